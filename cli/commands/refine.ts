/** `refine`: whether the stand-ins of focused models can do whatever the detailed machines can. */
import type { Json } from "../../checker/json.ts";
import type { Mark } from "../../checker/explore/observed/observed.ts";
import { refineText, type CutRecord } from "../../reports/refine-text.ts";
import { printableLines, UsageError, unknownName } from "../errors.ts";
import { EXIT, interruptedBy } from "../exit.ts";
import { StatusLine } from "../progress.ts";
import { expectEachOnce } from "../single.ts";
import type { Terminal } from "../terminal.ts";

const REFINE_SCHEMA = "faultline-refine/1";

export interface RefineOptions {
  readonly json: boolean;
  readonly steps: boolean;
}

/** "reporter: reporter.finds-handler". */
const stepOf = (what: Json): string => {
  const { component, event } = what as { readonly component: string; readonly event: { readonly type: string } };
  return `${component}: ${event.type}`;
};

export async function refine(terminal: Terminal, names: readonly string[], options: RefineOptions): Promise<number> {
  expectEachOnce("system", names);
  const [{ cuts, incomparable }, { studies }, { verdictOf }, { filled }] = await Promise.all([
    import("../../model/refinements/cuts.ts"),
    import("../../model/systems/studies/index.ts"),
    import("../../model/refinements/cut.ts"),
    import("../../checker/said.ts"),
  ]);
  const known = [...new Set([...cuts, ...incomparable].flatMap(({ name, systems }) => [...systems, name]))];
  for (const name of names) {
    if (known.includes(name)) continue;
    // `list cuts` has it, with a sentence about where it ends.
    if (studies.some((study) => study.name === name))
      throw new UsageError(
        `${name} is a focused model whose cut no detailed machine is compared with (list cuts says where it ends).`,
        `one of the compared ones: ${[...new Set(cuts.flatMap(({ systems }) => systems))].join(", ")}`,
      );
    throw unknownName("compared focused model or cut", name, known);
  }
  const isChosen = ({ name, systems }: { readonly name: string; readonly systems: readonly string[] }): boolean =>
    names.length === 0 || names.includes(name) || systems.some((system) => names.includes(system));
  const status = new StatusLine(terminal);
  const records: CutRecord[] = [];
  for (const cut of cuts.filter(isChosen)) {
    if (terminal.signal.aborted) break;
    status.start(`comparing ${cut.name}`);
    await new Promise((resolve) => setImmediate(resolve));
    const { name, systems, standIn, detailed, within, difference } = cut;
    const told = ({ name: shown, fields }: Mark): string => filled(cut.says[shown] ?? shown, [fields]);
    const { kind, ...found } = verdictOf(cut);
    records.push({
      cut: name,
      systems,
      standIn,
      detailed,
      within,
      verdict: kind,
      ...("pairs" in found && { pairs: found.pairs }),
      ...("because" in found && { because: found.because }),
      ...("trace" in found && {
        trace: found.trace.map(told),
        instead: found.instead.map(told),
        steps: found.steps.map(({ what, marks }) => ({ step: stepOf(what), shows: marks.map(told) })),
        ...(difference !== undefined && { difference }),
      }),
    });
  }
  status.clear();
  for (const { name, systems, standIn, detailed, why } of incomparable.filter(isChosen))
    records.push({ cut: name, systems, standIn, detailed, within: why, verdict: "not-comparable" });
  const exit = terminal.signal.aborted ? interruptedBy(terminal.signal) : exitOf(records);
  terminal.out(
    options.json
      ? `${JSON.stringify({ schema: REFINE_SCHEMA, cuts: records, exit })}\n`
      : printableLines(refineText(records, options.steps, terminal.columns)),
  );
  return exit;
}

function exitOf(records: readonly CutRecord[]): number {
  const verdicts = new Set(records.map(({ verdict }) => verdict));
  if (verdicts.has("does-not") || verdicts.has("vacuous")) return EXIT.violated;
  return verdicts.has("bound") ? EXIT.incomplete : EXIT.asExpected;
}
