/** docs/design-space.md: sweeps over design questions, with what is safe and what is not. */
import { WRITTEN } from "./findings.ts";
import { checkCommand } from "./lost.ts";
import { mendingWords, changesWords, settingsWords, settingWords } from "./sweep-words.ts";
import { brokeEarly, outcomeOf, type ClaimSweep, type SweptRun, type SystemSweep } from "./sweep.ts";
import { markdownTable } from "./table.ts";
import { count, counted } from "./words.ts";

export interface SweptQuestion {
  readonly title: string;
  readonly question: string;
  /** The command that makes the sweep again. */
  readonly command: string;
  readonly sweep: SystemSweep;
  /** By name of what is varied: what it is, and what its values mean. */
  readonly knobs: { readonly [name: string]: string };
}

/** More combinations that hold are counted, and not listed. */
const MOST_LISTED = 16;

const columns = (...titles: readonly string[]) => titles.map((title) => ({ title }));

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");

const holding = ({ runs }: SystemSweep): readonly SweptRun[] =>
  runs.filter(({ result }) => outcomeOf(result) === "holds");

/** "`a=1` together with `b=2`". */
const codeWords = (text: string): string =>
  text.replaceAll(/(?:\w+=|hardware |design )[\w.-]+(?: or [\w.-]+)*/g, "`$&`");

/** Sets of settings with the claims that they break: those of the fewest settings first. */
function bySets({ factors, claims }: SystemSweep): ReadonlyMap<string, readonly string[]> {
  const all = claims.flatMap((claim) => claim.sets.map(({ settings }) => ({ settings, id: claim.id })));
  const found = new Map<string, string[]>();
  for (const { settings, id } of all.toSorted((a, b) => a.settings.length - b.settings.length)) {
    const words = settings.length === 0 ? "every combination" : codeWords(settingsWords(factors, settings));
    found.set(words, [...(found.get(words) ?? []), id]);
  }
  return found;
}

const safeWords = (sweep: SystemSweep): string => {
  const { length } = holding(sweep);
  const all = sweep.runs.length;
  return length === 0 ? `none of ${all}` : length === all ? `all ${all}` : `${length} of ${all}`;
};

function overview(questions: readonly SweptQuestion[]): string {
  const rows = questions.map(({ title, sweep }) => {
    const sets = [...bySets(sweep).keys()];
    return [
      `[${title}](#${anchorOf(title)})`,
      safeWords(sweep),
      sets.slice(0, 4).join("; ") + (sets.length > 4 ? "; ..." : "") || "nothing",
    ];
  });
  return markdownTable(columns("question", "combinations that hold", "what breaks a property"), rows);
}

function holdingLines(sweep: SystemSweep): readonly string[] {
  const runs = holding(sweep);
  if (runs.length === 0) return ["**Safe:** no combination holds.", ""];
  if (runs.length > MOST_LISTED)
    return [
      `**Safe:** ${counted(runs.length, "combination")} of ${sweep.runs.length}. The base holds${runs[0] === sweep.runs[0] ? "" : " not"}.`,
      "",
    ];
  const varied = variedIn(sweep);
  const rows = runs.map(({ values, result }) => [
    ...varied.map((factor) => `\`${factor.values[values[factor.index]!]!}\``),
    ...(result.kind === "searched" ? [count(result.states), count(result.holds.length)] : []),
  ]);
  const titles = [
    ...columns(...varied.map(({ name }) => name)),
    ...["states", "claims"].map((title) => ({ title, align: "right" as const })),
  ];
  return [
    `**Safe:** ${counted(runs.length, "combination")} of ${sweep.runs.length}.`,
    "",
    markdownTable(titles, rows),
    "",
  ];
}

const named = ({ id, name, known }: ClaimSweep): string =>
  `\`${id}\`${name === undefined ? "" : ` ${name}`}${known > 0 ? " (known)" : ""}`;

/** What is varied at all. */
const variedIn = ({ factors }: SystemSweep) =>
  factors.flatMap((factor, index) => (factor.values.length > 1 ? [{ ...factor, index }] : []));

function claimLines(sweep: SystemSweep): readonly string[] {
  if (sweep.claims.length === 0) return [];
  const rows = sweep.claims.map((claim) => [
    named(claim),
    claim.statement,
    codeWords(mendingWords(sweep.factors, claim.mends).join("; ")) || "nothing alone",
  ]);
  return [markdownTable(columns("property", "what it claims", "mended by"), rows), ""];
}

function breakingLines(sweep: SystemSweep): readonly string[] {
  const sets = [...bySets(sweep)];
  if (sets.length === 0) return [];
  const rows = sets.map(([words, ids]) => [words, ids.map((id) => `\`${id}\``).join(", ")]);
  return [
    "**Not safe:** each of these sets breaks a property in every run that has it.",
    "",
    markdownTable(columns("settings", "properties"), rows),
    "",
  ];
}

function pairLines({ factors, claims }: SystemSweep): readonly string[] {
  const found = new Map<string, string[]>();
  for (const { id, pairs } of claims)
    for (const { settings } of pairs) {
      const words = codeWords(settingsWords(factors, settings));
      found.set(words, [...(found.get(words) ?? []), id]);
    }
  if (found.size === 0) return [];
  const lines = [...found].map(([words, ids]) => `- ${words}: ${ids.map((id) => `\`${id}\``).join(", ")}`);
  return ["**Pairs** that break what neither of the two breaks alone, with the base:", "", ...lines, ""];
}

function besides({ factors, runs, idle, leftOut, unshown }: SystemSweep): readonly string[] {
  const open = runs.filter(({ result }) => !["holds", "breaks"].includes(outcomeOf(result)));
  const early = runs.filter(({ result }) => brokeEarly(result));
  return [
    ...open.map(
      (run) => `- Neither holds nor breaks: ${codeWords(changesWords(factors, run))}; its search did not end.`,
    ),
    ...early.map(
      (run) =>
        `- Breaks a property, and may break others: ${codeWords(changesWords(factors, run))}; its search did not end.`,
    ),
    ...leftOut.map(({ what, because }) => `- Left out: ${what} (${because}).`),
    ...unshown.map(
      ({ setting, breaks, command }) =>
        `- Not shown safe here: \`${settingWords(factors, setting)}\` is known to break ${breaks.map((id) => `\`${id}\``).join(", ")} with other settings or sizes: \`${command}\``,
    ),
    ...(idle.length > 0
      ? [`- Makes no difference to any run alone: ${idle.map((name) => `\`${name}\``).join(", ")}.`]
      : []),
  ];
}

function section({ title, question, command, sweep, knobs }: SweptQuestion): readonly string[] {
  const { factors, claims, runs } = sweep;
  const varied = variedIn(sweep);
  const base = varied.map(({ index }) => settingsWords(factors, [{ factor: index, value: 0 }]));
  const [example] = claims;
  const rest = besides(sweep);
  return [
    `## ${title}`,
    "",
    question,
    "",
    ...varied.map(
      ({ name, values }) => `- \`${name}\` (${values.map((value) => `\`${value}\``).join(", ")}): ${knobs[name] ?? ""}`,
    ),
    "",
    `The base: ${codeWords(base.join(", "))}.`,
    "",
    "```sh",
    command,
    "```",
    "",
    ...holdingLines(sweep),
    ...breakingLines(sweep),
    ...pairLines(sweep),
    ...claimLines(sweep),
    ...rest,
    ...(rest.length > 0 ? [""] : []),
    ...(example
      ? [
          `A shortest path to a violation of \`${example.id}\`:`,
          "",
          "```sh",
          checkCommand(runs[example.example]!.request),
          "```",
          "",
        ]
      : []),
  ];
}

/** The whole page. */
export function designSpacePage(questions: readonly SweptQuestion[]): string {
  const runs = questions.flatMap(({ sweep }) => sweep.runs);
  const lines = [
    "# The design space of the RFC",
    "",
    WRITTEN,
    "",
    `Which combinations of choices are safe? Each section is a sweep over one question of the RFC thread: ${counted(runs.length, "run")} in all, at small bounds.`,
    "The commands below print more: `npx faultline sweep --help` says how to sweep a question of your own.",
    "A combination is safe here if its search was complete and violates no property. That covers the sizes, the hardware and the design of the sweep, and nothing larger.",
    "Fewer claims than in other rows: what they are about cannot happen there. The base has the first of all values. A setting mends a property if the property holds in the runs that differ from a breaking one in it alone. (known): the suite lists the violation for one of these runs.",
    "",
    overview(questions),
    "",
    ...questions.flatMap(section),
  ];
  return `${lines.join("\n").trimEnd()}\n`;
}
