/** What a claim that is not violated rests on, in sentences. */
import { listed } from "./evaluation.ts";
import type { Line } from "./lines.ts";
import { ascii } from "./phrases.ts";
import { item, paragraph } from "./why-lines.ts";
import type { ClaimBasisRecord, WhyRecord } from "./why.ts";
import { claimName, count, counted, verdictWords } from "./words.ts";

/** Groups of fields, and constant fields, that are told. */
const MOST = 8;

function verdictLines({ property }: WhyRecord, { verdict, instances }: ClaimBasisRecord): readonly Line[] {
  const id = ascii(property.id);
  const of =
    instances > 1
      ? ` of ${counted(instances, "component or group of components", "components or groups of components")} each`
      : "";
  if (verdict.kind === "vacuous") return paragraph(`${id} is vacuous here: ${ascii(verdict.because)}.`, 0);
  if (verdict.kind === "not-claimed") return paragraph(`${id} is not claimed here: ${ascii(verdict.because)}.`, 0);
  return paragraph(`${id} ${verdictWords(verdict)}${of}.`, 0);
}

function witnessLines({ witness }: ClaimBasisRecord): readonly Line[] {
  if (!witness) return [];
  return paragraph(
    `Its situation is ${ascii(claimName(witness))}: "${ascii(witness.statement)}" ${verdictWords(witness.verdict)}.`,
    0,
  );
}

const PREMISES = { leadsTo: "Something is owed", canAlways: "What it asks for is there" } as const;

function premiseLines({ kind }: WhyRecord, { premise }: ClaimBasisRecord): readonly Line[] {
  if (!premise || (kind !== "leadsTo" && kind !== "canAlways")) return [];
  return paragraph(`${PREMISES[kind]} in ${count(premise.states)} of ${counted(premise.of, "case")}.`, 0);
}

function decidedLines({ decided, constant }: ClaimBasisRecord): readonly Line[] {
  if (decided.length === 0) return [];
  const all = decided.reduce((sum, { states }) => sum + states, 0);
  const told = decided.slice(0, MOST);
  const width = Math.max(...told.map(({ states }) => count(states).length));
  return [
    "What decides it",
    ...paragraph(
      `Of ${counted(all, "case")} (a state, and what it is claimed of), so many were decided by these fields alone, looked at in this order:`,
    ),
    ...told.flatMap(({ fields, states }) =>
      item(count(states), fields.length === 0 ? "nothing but the parameters" : fields.map(ascii).join(", "), width),
    ),
    ...(decided.length > MOST ? paragraph(`and ${decided.length - MOST} other groups of fields.`) : []),
    ...(constant.length > 0
      ? [
          ...paragraph(
            `Wherever it was looked at, ${listed(constant.slice(0, MOST).map(({ field, value }) => `${ascii(field)} was ${ascii(value)}`))}${constant.length > MOST ? `; ${constant.length - MOST} more fields never changed` : ""}.`,
          ),
        ]
      : []),
    "",
  ];
}

export const basisLines = (record: WhyRecord, claim: ClaimBasisRecord): readonly Line[] => [
  ...verdictLines(record, claim),
  ...witnessLines(claim),
  ...premiseLines(record, claim),
  "",
  ...decidedLines(claim),
];
