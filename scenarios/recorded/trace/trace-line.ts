/**
 * One line of a trace of the kernel, as three programs print it:
 *
 *   /sys/kernel/tracing/trace   "  iommufd-48      [000] .....     1.705790: report_fault: (sym+0x0/0x560) dev="a" type=1"
 *   trace-cmd report            "  iommufd-48      [000]     1.705790: report_fault:         (sym+0x0/0x560) dev="a" type=1"
 *   perf script                 "  iommufd    48 [000]     1.705790: probe:report_fault: (ffffffff81) dev="a" type=1"
 */

/** A value of a field: a number, or text. A number that is too large to be exact stays text. */
export type Value = number | string;

export interface TraceLine {
  /** From 1. */
  readonly line: number;
  readonly task: string;
  readonly pid: number;
  readonly cpu: number;
  /** Inside an interrupt, of whatever task it interrupted. */
  readonly inInterrupt: boolean;
  /** In microseconds, or in ticks of a trace clock that counts. */
  readonly time: number;
  /** Without the group that perf prints. */
  readonly name: string;
  readonly fields: { readonly [field: string]: Value };
}

/** What a line is that is not an event. */
export type OtherLine =
  | { readonly kind: "comment" }
  /** `events` is absent where the tracer does not say how many. */
  | { readonly kind: "lost"; readonly cpu: number | undefined; readonly events: number | undefined }
  /** The header of ftrace: events in the buffer, and events written. */
  | { readonly kind: "entries"; readonly inBuffer: number; readonly written: number }
  /** The header of perf: the release of the kernel. */
  | { readonly kind: "release"; readonly release: string }
  /** A line of the kernel's log. */
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "unknown" };

const FTRACE =
  /^\s*(?<task>\S.*)-(?<pid>\d+)\s+(?:\(\s*[-\d]+\)\s+)?\[(?<cpu>\d+)\]\s+(?:(?<flags>\S{4,8})\s+)?(?<time>\d+(?:\.\d+)?):\s+(?<name>[\w:.-]+):(?:\s+(?<details>.*))?$/;
const PERF =
  /^\s*(?<task>\S.*?)\s+(?:\d+\/)?(?<pid>\d+)\s+\[(?<cpu>\d+)\]\s+(?<time>\d+\.\d+):\s+(?:\d+\s+)?(?<name>[\w.-]+:[\w.-]+):(?:\s+(?<details>.*))?$/;
const FIELD = /(?<![\w.])(?<name>[A-Za-z_]\w*)=(?:"(?<text>[^"]*)"|(?<word>[^\s"]+))/g;

const LOST =
  /^\s*CPU:?\s*(?<cpu>\d+)\s+\[(?:LOST\s+(?<events>\d+)\s+EVENTS|LOST EVENTS|(?:(?<dropped>\d+)\s+)?EVENTS DROPPED)\]/;
const PERF_LOST = /PERF_RECORD_LOST(?:_SAMPLES)?\s+lost\s+(?<events>\d+)/;
const ENTRIES = /entries-in-buffer\/entries-written:\s*(?<inBuffer>\d+)\/(?<written>\d+)/;
const RELEASE = /^#\s*os release\s*:\s*(?<release>\S+)/;
const COMMENT = /^\s*(?:#.*|version = \d+|cpus=\d+|CPU \d+ is empty|trace-cmd version.*)?$/;
const LOG = /^(?:<\d+>)?\[\s*\d+\.\d+\]\s+(?<text>.*)$/;

export function valueOf(word: string): Value {
  if (!/^-?(?:0x[0-9a-f]+|\d+)$/i.test(word)) return word;
  const number = word.startsWith("-") ? -Number(word.slice(1)) : Number(word);
  return Number.isSafeInteger(number) ? number : word;
}

/** What a function returned, printed without its sign: of 32 or of 64 bits. */
function signed(value: Value): Value {
  if (typeof value === "string" && !/^(?:0x[0-9a-f]+|\d+)$/i.test(value)) return value;
  const bits = BigInt(value);
  for (const width of [32, 64]) {
    const negative = BigInt.asIntN(width, bits);
    if (bits > 0 && bits < 1n << BigInt(width) && negative < 0 && negative > -4096n) return Number(negative);
  }
  return value;
}

/** The flag of hard and soft interrupts, and NMI. Kernels with lazy preemption of their own have one more before it. */
const interruptFlag = (flags: string): string => flags[flags.length > 6 ? 3 : 2] ?? ".";

/** The event on the line, or what else it is. */
export function parseLine(text: string, line: number): TraceLine | OtherLine {
  const found = FTRACE.exec(text)?.groups ?? PERF.exec(text)?.groups;
  if (!found) return otherLine(text);
  const { task = "", pid = "", cpu = "", flags = "", time = "", name = "", details = "" } = found;
  const fields: Record<string, Value> = {};
  for (const { groups } of details.matchAll(FIELD)) {
    const { name: field = "", text: quoted, word } = groups!;
    // What the kernel prints where it could not read a string.
    if (word === "(fault)") continue;
    const value = quoted ?? valueOf(word!);
    fields[field] = field === "ret" ? signed(value) : value;
  }
  return {
    line,
    task: task.trim(),
    pid: Number(pid),
    cpu: Number(cpu),
    inInterrupt: /[hHsZz]/.test(interruptFlag(flags)),
    time: time.includes(".") ? Math.round(Number(time) * 1e6) : Number(time),
    name: name.slice(name.lastIndexOf(":") + 1),
    fields,
  };
}

const numberOf = (digits: string | undefined): number | undefined =>
  digits === undefined ? undefined : Number(digits);

function otherLine(text: string): OtherLine {
  const lost = LOST.exec(text)?.groups ?? PERF_LOST.exec(text)?.groups;
  if (lost)
    return {
      kind: "lost",
      cpu: numberOf(lost["cpu"]),
      events: numberOf(lost["events"] ?? lost["dropped"]),
    };
  const entries = ENTRIES.exec(text)?.groups;
  if (entries) return { kind: "entries", inBuffer: Number(entries["inBuffer"]), written: Number(entries["written"]) };
  const release = RELEASE.exec(text)?.groups?.["release"];
  if (release !== undefined) return { kind: "release", release };
  if (COMMENT.test(text)) return { kind: "comment" };
  const log = LOG.exec(text)?.groups?.["text"];
  return log === undefined ? { kind: "unknown" } : { kind: "log", text: log };
}

export const isEvent = (line: TraceLine | OtherLine): line is TraceLine => "pid" in line;
