/** Measurements as a table: plain text in, plain text out. */

export interface Run {
  /** Absent of a program that searches nothing. */
  readonly states?: number;
  readonly transitions?: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** Bytes of the tables that the tool says it used. */
  readonly bytes?: number;
  /** Whether it counts what all others count. */
  readonly agrees: boolean;
}

export interface Summary extends Run {
  readonly tool: string;
  readonly size: string;
}

export interface Row extends Summary {
  /** What ours took for the same. */
  readonly against: { readonly seconds: number; readonly cpuSeconds: number };
  /** Other counts are no mistake. */
  readonly mayDiffer?: true;
}

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

/** Several runs as one: medians of the costs; agrees when all do. */
export function summary(tool: string, size: string, runs: readonly Run[]): Summary {
  return {
    ...runs[0]!,
    tool,
    size,
    seconds: median(runs.map(({ seconds }) => seconds)),
    cpuSeconds: median(runs.map(({ cpuSeconds }) => cpuSeconds)),
    peakBytes: median(runs.map(({ peakBytes }) => peakBytes)),
    agrees: runs.every(({ agrees }) => agrees),
  };
}

const whole = (count: number | undefined): string => (count === undefined ? "" : count.toLocaleString("en-US"));

function rate(count: number | undefined, seconds: number): string {
  if (count === undefined) return "";
  // Below what the shell can tell.
  if (seconds === 0) return "-";
  const each = count / seconds;
  return each < 1e6 ? `${(each / 1e3).toFixed(0)} k` : `${(each / 1e6).toFixed(2)} M`;
}

function bytesPerState({ bytes, states }: Row): string {
  if (states === undefined) return "";
  return bytes === undefined ? "not told" : (bytes / states).toFixed(1);
}

function counts({ states, agrees, mayDiffer }: Row): string {
  if (states === undefined) return "";
  if (agrees) return "agree";
  return mayDiffer ? "differ" : "DISAGREE";
}

const COLUMNS: readonly (readonly [string, (row: Row) => string])[] = [
  ["size", ({ size }) => size],
  ["tool", ({ tool }) => tool],
  ["states", ({ states }) => whole(states)],
  ["transitions", ({ transitions }) => whole(transitions)],
  ["seconds", ({ seconds }) => seconds.toFixed(2)],
  ["cpu s", ({ cpuSeconds }) => cpuSeconds.toFixed(2)],
  ["states/cpu s", ({ states, cpuSeconds }) => rate(states, cpuSeconds)],
  ["transitions/cpu s", ({ transitions, cpuSeconds }) => rate(transitions, cpuSeconds)],
  ["bytes/state", bytesPerState],
  ["peak MB", ({ peakBytes }) => (peakBytes / 1024 ** 2).toFixed(0)],
  ["time / ours", ({ seconds, against }) => (seconds / against.seconds).toFixed(2)],
  ["cpu / ours", ({ cpuSeconds, against }) => (cpuSeconds / against.cpuSeconds).toFixed(2)],
  ["counts", counts],
];

/** Right-aligned, but for the names. */
export function tableOf(rows: readonly Row[]): string {
  const cells = [COLUMNS.map(([title]) => title), ...rows.map((row) => COLUMNS.map(([, text]) => text(row)))];
  const widths = COLUMNS.map((_, k) => Math.max(...cells.map((line) => line[k]!.length)));
  const isName = (k: number) => k < 2;
  return cells
    .map((line) =>
      line
        .map((text, k) => (isName(k) ? text.padEnd(widths[k]!) : text.padStart(widths[k]!)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
