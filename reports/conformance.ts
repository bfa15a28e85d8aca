/** docs/conformance.md: which machines the replayed recordings cover, and which they do not. */
import type { ReplayedClass, ReplayedRules } from "../checker/replay-record.ts";
import { WRITTEN } from "./findings.ts";
import { markdownTable, type Column } from "./table.ts";
import { count } from "./words.ts";

/** A file of model/machines that makes a machine, and what it rests on. */
export interface HeldFile {
  /** "model/machines/linux/vfio/type1/page-release.ts". */
  readonly path: string;
  /** Of the machines that recordings replay. */
  readonly replayed?: ReplayedRules;
  readonly isRefined: boolean;
  readonly isDemonstrated: boolean;
}

export interface ShownSurprise {
  readonly what: string;
  readonly tree: string;
  readonly function: string;
  readonly recording: string;
  readonly line: number;
  readonly operation: number;
  /** A command, and the page of its answer from docs/ if there is one. */
  readonly command: string;
  readonly page?: string;
}

export interface ConformanceBook {
  readonly classes: readonly ReplayedClass[];
  readonly files: readonly HeldFile[];
  readonly surprises: readonly ShownSurprise[];
}

/** How a reason ends that says what a recording cannot show: see `compare()` in scenarios/recorded/linux/drive.ts. */
const UNRECORDED = "an event of the model that the recordings do not have";

/** Of recorded Linux events, so many may be left out. */
const MOST_LEFT_OUT = 2;

const right = (title: string): Column => ({ title, align: "right" });
const left = (title: string): Column => ({ title });

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
const percent = (part: number, whole: number): string =>
  `${whole === 0 ? 0 : Number(((100 * part) / whole).toFixed(1))} %`;

/** The room of a machine file: "linux/vfio/type1". */
const roomOf = (path: string): string => path.replace("model/machines/", "").replace(/\/[^/]+$/, "");

/** What the page and README count. */
function conformanceNumbers({ classes, files }: Pick<ConformanceBook, "classes" | "files">) {
  const recorded = sum(classes.map((one) => one.recorded));
  const leftOut = sum(classes.map((one) => one.leftOut));
  const held = files.filter(({ replayed }) => replayed && replayed.taken > 0);
  return {
    recorded,
    leftOut,
    sequences: sum(classes.map((one) => one.sequences)),
    replayed: sum(classes.map((one) => one.replayed)),
    compared: sum(classes.map((one) => one.compared)),
    differences: sum(classes.map((one) => one.differences)),
    ofHarness: sum(classes.flatMap(({ ofHarness }) => Object.values(ofHarness))),
    held: held.length,
    files: files.length,
    rules: sum(held.map(({ replayed }) => replayed!.rules)),
    taken: sum(held.map(({ replayed }) => replayed!.taken)),
  };
}

function numberLines(book: ConformanceBook): readonly string[] {
  const of = conformanceNumbers(book);
  return [
    `- **${percent(of.leftOut, of.recorded)}** of the recorded Linux events are left out: ${count(of.leftOut)} of ${count(of.recorded)}. The target is below ${MOST_LEFT_OUT} %.`,
    `- **${count(of.compared)} events** are compared, in ${count(of.replayed)} of ${count(of.sequences)} sequences, with **${count(of.differences)} differences**. Another ${count(of.ofHarness)} events are the harness's own words. They must be equal, and are not counted.`,
    `- **${of.held} of ${of.files} machine files** rest on recordings: replays take ${count(of.taken)} of the ${count(of.rules)} rules of these files.`,
  ];
}

const classRow = (one: ReplayedClass): readonly string[] => [
  `\`${one.file}\``,
  `\`${one.class}\``,
  one.replayed === one.sequences ? count(one.sequences) : `${count(one.replayed)} of ${count(one.sequences)}`,
  count(one.operations),
  count(one.compared),
  count(one.differences),
  count(sum(Object.values(one.ofHarness))),
];

/** "file: words" with the sum over the classes of the file. */
function byFile(classes: readonly ReplayedClass[], of: "ofHarness" | "outOfScope"): readonly (readonly string[])[] {
  const sums = new Map<string, number>();
  for (const one of classes)
    for (const [words, times] of Object.entries(one[of])) {
      const key = `${one.file}\n${words}`;
      sums.set(key, (sums.get(key) ?? 0) + times);
    }
  return [...sums].map(([key, times]) => {
    const [file = "", words = ""] = key.split("\n");
    return [`\`${file}\``, words, count(times)];
  });
}

/** What a machine file rests on, the strongest first. */
function restsOn({ replayed, isRefined, isDemonstrated }: HeldFile): string {
  const on = [
    ...(replayed && replayed.taken > 0 ? ["recordings"] : []),
    ...(isRefined ? ["refinement"] : []),
    ...(isDemonstrated ? ["booted kernels"] : []),
  ];
  return on.join(", ") || "reading";
}

const codes = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

const roomRows = (files: readonly HeldFile[]): readonly (readonly string[])[] =>
  [...new Set(files.map(({ path }) => roomOf(path)))].sort().map((room) => {
    const inside = files.filter(({ path }) => roomOf(path) === room);
    const resting = (what: string): string => count(inside.filter((file) => restsOn(file).includes(what)).length);
    return [
      `\`${room}\``,
      count(inside.length),
      resting("recordings"),
      resting("refinement"),
      resting("booted kernels"),
      resting("reading"),
    ];
  });

const heldRows = (files: readonly HeldFile[]): readonly (readonly string[])[] =>
  files
    .filter(({ replayed }) => replayed !== undefined)
    .map((file) => [
      `\`${file.path.replace("model/machines/", "")}\``,
      restsOn(file),
      `${file.replayed!.taken} of ${file.replayed!.rules}`,
      codes(file.replayed!.never),
    ]);

/** One line for each room: the files on which no recording has a say. */
const otherLines = (files: readonly HeldFile[], what: string): readonly string[] => {
  const others = files.filter((file) => restsOn(file) === what);
  return [...new Set(others.map(({ path }) => roomOf(path)))].sort().map((room) => {
    const names = others.filter(({ path }) => roomOf(path) === room).map(({ path }) => path.replace(/^.*\//, ""));
    return `- \`${room}\`: ${codes(names)}`;
  });
};

const surpriseRow = (one: ShownSurprise): readonly string[] => [
  one.what,
  `\`${one.function}()\`, ${one.tree}`,
  `\`${one.recording}\`, line ${one.line}, operation ${one.operation}`,
  one.page === undefined ? `\`${one.command}\`` : `[\`${one.command}\`](${one.page})`,
];

export function conformancePage(book: ConformanceBook): string {
  const { classes, files, surprises } = book;
  const leftOut = byFile(classes, "outOfScope");
  const unrecorded = leftOut.filter(([, words]) => words!.endsWith(UNRECORDED));
  const refined = otherLines(files, "refinement");
  return [
    "# Conformance: machines compared with recordings of real code",
    "",
    WRITTEN,
    "",
    "Real code was recorded in `scenarios/recorded/data`: the IOPF core, SVA, iommufd and the page request thread of VT-d",
    "in Linux 6.1.192 and 6.12.117, in a harness and on booted kernels, iommufd of a booted 7.3.4, and a RISC-V IOMMU",
    "reference model.",
    "`npx faultline conform` replays these recordings through the machines that the searches use, and compares event by event.",
    "[evidence.md](evidence.md) says what else the verdicts rest on.",
    "",
    "## The numbers that matter",
    "",
    ...numberLines(book),
    "",
    "## By file and class",
    "",
    "A class is the part of the kernel that its sequences were drawn for. `npx faultline conform --class NAME` replays one.",
    "",
    markdownTable(
      [
        left("recording"),
        left("class"),
        right("sequences"),
        right("operations"),
        right("events compared"),
        right("differences"),
        right("said by the harness"),
      ],
      classes.map(classRow),
    ),
    "",
    "### What the harness says, not counted",
    "",
    "The harness that recorded decides these events, or states them by itself. The replay must say the same, but that is no",
    "agreement of a machine with real code.",
    "",
    markdownTable([left("recording"), left("event"), right("times")], byFile(classes, "ofHarness")),
    "",
    "### What is left out",
    "",
    markdownTable(
      [left("recording"), left("what, and why"), right("times")],
      leftOut.filter((row) => !unrecorded.includes(row)),
    ),
    "",
    "### What a recording cannot show",
    "",
    "On a booted kernel some events cannot be seen from outside. The machines say them, and nothing is compared. A booted",
    "6.12 also does not show which handler got a group (`via`), nor an identity of groups (`g`).",
    "",
    markdownTable(
      [left("recording"), left("event"), right("times")],
      unrecorded.map(([file = "", words = "", times = ""]) => [file, `\`${words.split(":")[0]}\``, times]),
    ),
    "",
    "## By machine file",
    "",
    "A rule is one transition of a machine; each guarded alternative of an event in a state is a rule of its own. A rule",
    "counts as taken when a replay takes it. Transitions without an event are not counted. A machine file is a file of",
    "`model/machines` that makes a machine. It rests on",
    "",
    "- **recordings**: a replay takes at least one of its rules;",
    "- **refinement**: it stands in for machines that rest on recordings, and can do all that they can do at their interface",
    "  (`npx faultline refine`);",
    "- **booted kernels**: `scenarios/recorded/data/type1-deadlock.json` has what booted kernels did, and a test compares the",
    "  verdicts of a system with this machine;",
    "- **reading** alone: a specification or a driver was read, and nothing was compared.",
    "",
    markdownTable(
      [
        left("room"),
        right("machine files"),
        right("recordings"),
        right("refinement"),
        right("booted kernels"),
        right("reading alone"),
      ],
      roomRows(files),
    ),
    "",
    "### Rules that recordings take",
    "",
    "`state: event (2 of 3)` is the second of three alternatives. A rule that no recording takes may belong to a design or to",
    "hardware that was not recorded.",
    "",
    markdownTable(
      [left("file"), left("rests on"), right("rules taken"), left("rules that no recording takes")],
      heldRows(files),
    ),
    "",
    ...(refined.length > 0 ? ["### Files that rest on refinement", "", ...refined, ""] : []),
    "### Files that rest on booted kernels",
    "",
    ...otherLines(files, "booted kernels"),
    "",
    "### Files that rest on reading alone",
    "",
    ...otherLines(files, "reading"),
    "",
    "## What real kernels do that surprised us",
    "",
    "Operations are counted from 0. The last column shows the same in the model: a question and its answer, or the replay.",
    "",
    markdownTable(
      ["what", "function", "recording", "in the model"].map((title) => ({ title })),
      surprises.map(surpriseRow),
    ),
    "",
  ].join("\n");
}
