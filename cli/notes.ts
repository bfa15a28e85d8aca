/** What a record says besides its verdicts: what was built in place of what was chosen, and knobs without effect. */
import type { RunRecord } from "../checker/run-record.ts";
import { replacedBy } from "../properties/build.ts";
import { opens } from "../properties/looked-at.ts";
import type { Advance } from "./knob-effect.ts";
import { unseenDefects } from "./known-defects.ts";
import type { RunRequest } from "./ports.ts";
import { systemsWith } from "./selection.ts";

/** At most eight of them. */
const few = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(", ")} and ${names.length - 8} more` : names.join(", ");

/** "pages has no effect in iommufd at these bounds; with --bounds default it has." */
function unread(request: RunRequest, knob: string): string {
  const { system } = request;
  const nothing = `${knob} has no effect in ${system}`;
  const having = systemsWith(knob);
  if (having.length === 0) return `${nothing}: no system uses it.`;
  if (!having.includes(system)) return `${nothing}: it is a knob of ${few(having)}.`;
  const choice = opens(request, knob);
  if (choice === undefined) return `${nothing} with these choices.`;
  return `${nothing} ${choice.startsWith("--bounds") ? "at these bounds" : "here"}; with ${choice} it has.`;
}

/**
 * The record with what replaced what was chosen, and a note for each knob set by hand that nothing looked at (`missing`),
 * and for each of `knobs` that is known to break something and did not.
 */
export async function noted(
  record: RunRecord,
  request: RunRequest,
  missing: readonly string[],
  knobs: readonly string[],
  advance?: Advance,
): Promise<RunRecord> {
  const replaced = replacedBy(request);
  const notes = [
    ...missing.map((knob) => unread(request, knob)),
    ...(await unseenDefects(record, request, knobs, advance)),
  ];
  return { ...record, ...(replaced.length > 0 && { replaced }), ...(notes.length > 0 && { notes }) };
}
