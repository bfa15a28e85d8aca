/** What `--help` says below the options of a command: examples that run, and notes; and the groups of commands. */
import { headingOf, laid, paragraph } from "../reports/lines.ts";
import * as notes from "./help-notes.ts";

interface Help {
  readonly group: string;
  /** Each command line, and in a few words what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  readonly notes?: string;
}

const SEARCH = "Search:";
const ASK = "Ask:";
const KEEP = "Keep and compare:";

const A_COUNTEREXAMPLE = "reports/out/counterexamples/RSP-12-95b77e82.json";

/** By command, in the order in which `faultline --help` shows them. */
const AUTOMATA = `
States that no sequence of event types can tell apart are one state. Where the
type of an event does not say which state follows, the component is refused by
name: monitors of the kernel see no more than the type. Steps that a component
can take and that the rest of the system then refuses are in it.
`;

export const help: { readonly [command: string]: Help } = {
  check: {
    group: SEARCH,
    examples: [
      ["faultline check --bounds small", "the suite, with small sizes"],
      ["faultline check type1-unmap", "a known deadlock of Linux, with charts"],
      ["faultline check pri-overflow --bounds small --set ovfLastResponse=none", "with one knob changed"],
      [
        "faultline check unmap-race --bounds small --hardware amd --max-states 100000",
        "on other hardware, with a bound",
      ],
      ["faultline check --bounds deep --queue redis://10.0.0.5:6379", "on the machines of others (faultline worker)"],
    ],
    notes: notes.STOPS,
  },
  random: {
    group: SEARCH,
    examples: [["faultline random pri-overflow --seed 7 --runs 200", "200 walks, the same each time"]],
  },
  why: {
    group: SEARCH,
    examples: [
      [`faultline why ${A_COUNTEREXAMPLE}`, "steps, order and knobs that a violation needs"],
      ["faultline why scenarios/regressions/GRP-3-807dde38.json --no-knobs", "the steps of a saved regression"],
      ["faultline why pri-overflow --claim RSP-12 --bounds small --no-knobs", "what decides a claim that holds"],
    ],
    notes: notes.WHYS,
  },
  measure: {
    group: ASK,
    examples: [
      ["faultline measure rfc --design rfc-v1,rfc-v2,rfc-v3", "locks and look-ups of a fault"],
      ["faultline measure stall-flat --count locks --json", "one count, as JSON"],
      ["faultline measure pri-flat --method expected --sweep pages=1,2", "with a time for each step"],
      ["faultline measure pri-flat --method simulate --workload zipf:1.1 --events 2000", "in discrete events"],
      ["faultline measure --question working-set", "a question of docs/numbers.md, with a plot"],
      ["faultline measure --question load --csv", "its values, for a program that draws"],
    ],
    notes: notes.MEASURES,
  },
  sweep: {
    group: SEARCH,
    examples: [
      ["faultline sweep unmap-race --bounds small --vary releaseOrder=all --vary core=all", "18 runs"],
      ["faultline sweep pri-overflow --hardware vtd,amd --vary clearPolicy=all", "on two IOMMUs"],
      ["faultline sweep nested --bounds small --vary all --pairs", "each pair of values at least once"],
      ["faultline sweep pin-limit --vary limit=1,2 --vary reclaim=all --shard 1/3", "the first of three shards"],
    ],
    notes: notes.SWEEPS,
  },
  merge: {
    group: SEARCH,
    examples: [["faultline merge 1/sweep.json 2/sweep.json 3/sweep.json", "the three shards of a sweep"]],
    notes: notes.MERGES,
  },
  explore: {
    group: ASK,
    examples: [
      ["faultline explore", "choose a system in the page"],
      ["faultline explore type1-unmap --design linux-6.12.117", "begin with this one"],
      ["faultline explore scenarios/regressions/GRP-3-807dde38.json", "step through a saved path"],
    ],
    notes: notes.EXPLORES,
  },
  scenarios: {
    group: ASK,
    examples: [
      ["faultline scenarios", "every question, one line each"],
      ["faultline scenarios --message M2", "what Alex Williamson asked on 2021-01-29"],
      ["faultline scenarios --search device_list_lock", "questions and answers with this word"],
      ["faultline scenarios unmap-and-close-in-a-circle", "one answer, searched again, with its chart"],
      ["faultline scenarios --subject iommufd --all", "a subject, searched again"],
    ],
  },
  defects: {
    group: ASK,
    examples: [
      ["faultline defects --list", "every bug that the model can say, one line each"],
      ["faultline defects overflow-cleared-early", "one in full, tried, with its chart"],
      ["faultline defects CVE-2026-74520 --list", "those of a CVE; also of a commit or a source"],
      ["faultline defects --system group-open --random", "those of a system, by random walks, too"],
      ["faultline defects --fixed-in 6.12 --list", "what a release of 6.12 has fixed"],
      ["faultline defects --kernel 6.12.117 --kind published --list", "what this kernel has"],
    ],
    notes: notes.DEFECTS,
  },
  impact: {
    group: ASK,
    examples: [
      ["faultline impact --function vfio_unmap_unpin --function iopf_group_response", "functions by name"],
      ["faultline impact 0001-vfio-type1-keep-the-lock.patch", "a patch, a mail or a mailbox"],
      ["git -C linux show HEAD | faultline impact -", "a commit"],
    ],
    notes: notes.PATCHES,
  },
  explain: {
    group: ASK,
    examples: [
      ["faultline explain UNM-3", "a property: what it rests on, what breaks it"],
      ["faultline explain ovfLastResponse=none", "a value of a knob"],
      ["faultline explain vfio_unmap_unpin", "a kernel function: machines, questions, runs"],
      ["faultline explain never witnessed", "a verdict"],
      ["faultline explain slot0.0 --all", "a lane of a chart, everything"],
    ],
  },
  list: {
    group: ASK,
    examples: [
      ["faultline list", "what can be listed"],
      ["faultline list knobs iommufd", "knobs of a system, with values and defaults"],
      ["faultline list properties UNM", "a family; also an id or a system"],
    ],
  },
  completion: {
    group: ASK,
    examples: [
      ["faultline completion bash", "for eval in ~/.bashrc, or for a file that it sources"],
      ["faultline completion fish", "for ~/.config/fish/completions/faultline.fish"],
    ],
  },
  replay: {
    group: KEEP,
    examples: [
      ["faultline replay scenarios/regressions/GRP-3-807dde38.json", "a saved regression"],
      [`faultline replay ${A_COUNTEREXAMPLE} --steps`, "a counterexample, nothing left out"],
    ],
  },
  report: {
    group: KEEP,
    examples: [
      ["faultline report reports/out/run.json", "the last run again"],
      ["faultline report reports/out/run.json --format markdown", "to quote in a mail"],
      ["faultline report reports/out/run.json --format html", "a page of all runs, for a browser"],
      ["faultline report reports/out/run.json --format ktap", "for tools that read test results of the kernel"],
      [`faultline report ${A_COUNTEREXAMPLE} --format mermaid`, "a sequence diagram"],
    ],
  },
  save: {
    group: KEEP,
    examples: [[`faultline save ${A_COUNTEREXAMPLE}`, "keep it in scenarios/regressions"]],
  },
  coverage: {
    group: ASK,
    examples: [
      ["faultline coverage lifetimes --bounds small", "the runs of one system; without it the whole suite"],
      ["faultline coverage fault-object --bounds small --json", "for report --coverage"],
    ],
    notes: notes.COVERS,
  },
  conform: {
    group: KEEP,
    examples: [
      ["faultline conform", "the project's own recordings"],
      ["faultline conform --class overflow", "only sequences of one class"],
      ["faultline conform --write docs", "renew docs/conformance.md"],
      ["faultline conform --trace scenarios/recorded/data/iommufd-selftest.trace.txt.gz", "a trace of a real machine"],
      ["faultline conform --print-probes", "what to set to record one"],
    ],
    notes: notes.TRACES,
  },
  automaton: {
    group: ASK,
    examples: [
      ["faultline automaton type1-unmap", "its components, and which can be drawn"],
      ["faultline automaton type1-unmap iommu-lock", "one of them, for dot2c, dot2k or rvgen"],
    ],
    notes: AUTOMATA,
  },
  worker: {
    group: SEARCH,
    examples: [
      ["faultline worker --queue redis://10.0.0.5:6379", "one search for each core of this machine"],
      ["faultline worker --queue redis://10.0.0.5:6379 --jobs 2 --drain", "two at once, until nothing is left"],
    ],
    notes: notes.WORKS,
  },
  refine: {
    group: SEARCH,
    examples: [
      ["faultline refine", "every cut that is compared"],
      ["faultline refine two-consumers", "the cuts of one focused model"],
      ["faultline refine two-consumers --steps", "with every step of the detailed machines"],
    ],
    notes: notes.REFINES,
  },
};

/** Where it fits into 80 columns, what a line does stands beside it; else below. */
const BESIDE = 40;
const WIDTH = 80;

/** The paragraphs of a note, each on one line; a heading and what it says are one, too. */
function paragraphsOf(note: string): readonly string[] {
  const paragraphs: string[] = [];
  let margin: number | undefined;
  for (const line of note.split("\n")) {
    const text = line.trimStart();
    const heading = headingOf(line);
    if (text !== "" && heading === 0 && line.length - text.length === margin) {
      paragraphs.push(`${paragraphs.pop()!} ${text}`);
    } else {
      paragraphs.push(line);
      margin = text === "" ? undefined : heading;
    }
  }
  return paragraphs;
}

/** A note, which is written for 80 columns, where there are fewer. */
export const asWide = (note: string, columns = WIDTH): string =>
  columns >= WIDTH
    ? note
    : laid(
        paragraphsOf(note).map((text) => (headingOf(text) > 0 ? text : paragraph(text, WIDTH))),
        columns,
      ).join("\n");

/** "Examples:", one a line. */
export function helpText(command: string, columns = WIDTH): string {
  const { examples, notes = "" } = help[command]!;
  const lines = examples.flatMap(([line, does]) =>
    line.length <= BESIDE && BESIDE + 4 + does.length <= Math.min(columns, WIDTH)
      ? [`  ${line.padEnd(BESIDE)}  ${does}`]
      : [`  ${line}`, `      ${does}`],
  );
  return `\nExamples:\n${lines.join("\n")}\n${asWide(notes, columns)}`.trimEnd();
}
