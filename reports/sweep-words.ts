/** The few words in which sweeps are told. */
import type { BreakingSet, ClaimSweep, Factor, Setting, SweptRun } from "./sweep.ts";
import { count, counted } from "./words.ts";

/** "hardware vtd", "releaseOrder=standard". */
export function settingWords(factors: readonly Factor[], { factor, value }: Setting): string {
  const { name, values } = factors[factor]!;
  return `${name}${name === "hardware" || name === "design" ? " " : "="}${values[value]}`;
}

/** "a=1 together with b=2 and c=3"; what every run has in common when there is none. */
export function settingsWords(factors: readonly Factor[], settings: readonly Setting[]): string {
  const [first, ...others] = settings.map((setting) => settingWords(factors, setting));
  if (first === undefined) return "any setting";
  return others.length === 0 ? first : `${first} together with ${others.join(" and ")}`;
}

/** "any run with a=1 (4 runs)"; a smaller set is said where it may do. */
export function setWords(factors: readonly Factor[], { settings, runs, maybeSmaller }: BreakingSet): string {
  const smaller = maybeSmaller ? "; fewer settings may do: the searches that would tell did not end" : "";
  const what = settings.length === 0 ? "every run" : `any run with ${settingsWords(factors, settings)}`;
  return `${what} (${counted(runs, "run")}${smaller})`;
}

/** "base", or what a run changes of it: "a=1, b=2". */
export function changesWords(factors: readonly Factor[], { values }: Pick<SweptRun, "values">): string {
  const changed = values.flatMap((value, factor) => (value === 0 ? [] : [settingWords(factors, { factor, value })]));
  return changed.length === 0 ? "the base" : changed.join(", ");
}

/** "releaseOrder=standard or clear-last alone", and in how many runs where that is not all: some of those may have no answer. */
export function mendingWords(factors: readonly Factor[], mends: ClaimSweep["mends"]): readonly string[] {
  const groups = new Map<string, { readonly words: string[]; readonly often: string }>();
  for (const { setting, runs, of, open = 0 } of mends) {
    const unanswered = open > 0 ? ` (${count(open)} without an answer)` : "";
    const often = runs === of ? "" : ` in ${runs} of ${counted(of, "run")}${unanswered}`;
    const key = `${setting.factor}${often}`;
    const group = groups.get(key);
    if (group) group.words.push(factors[setting.factor]!.values[setting.value]!);
    else groups.set(key, { words: [settingWords(factors, setting)], often });
  }
  return [...groups.values()].map(({ words, often }) => `${words.join(" or ")} alone${often}`);
}
