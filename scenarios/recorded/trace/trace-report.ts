/** What is told of a trace: the answer, the lines it rests on, and everything that it does not rest on. Plain JSON. */
import type { Explanation } from "../../../checker/explore/observed/inclusion-world.ts";
import type { Mark } from "../../../checker/explore/observed/observed.ts";
import type { Json } from "../../../checker/json.ts";
import { RecordingError } from "../conformance.ts";
import { textOfFile } from "../read.ts";
import { beforeTrace } from "./before-trace.ts";
import { checkTrace, type TraceChecked } from "./check-trace.ts";
import { enabledByOthers } from "./limited.ts";
import { readTrace, type Loss, type Trace } from "./read-trace.ts";
import type { TraceLine } from "./trace-line.ts";
import { LEFT_OUT, WORDS } from "./words.ts";

/** A step of the machines, with the lines of the trace that it shows; without a line it is hidden. */
export interface ToldStep {
  readonly lines: readonly number[];
  readonly step: Json;
}

export interface TraceReport {
  readonly file: string;
  readonly verdict: "explained" | "not-explained" | "undecided";
  /** Lines that the machines had to explain, and those among them that are explained. */
  readonly lines: number;
  readonly explained: number;
  readonly threads: number;
  readonly devices: number;
  /** Devices that are taken to have been attached before the first line. */
  readonly attachedBefore: readonly string[];
  /** Where it is undecided. */
  readonly because?: string;
  /** The first line that cannot happen, or that is undecided. */
  readonly at?: { readonly line: number; readonly thread: string; readonly name: string; readonly fields: Json };
  /** What could have been on the next line, by thread. */
  readonly instead?: readonly { readonly thread: string; readonly name: string; readonly fields: Json }[];
  readonly steps: readonly ToldStep[];
  /** Lines that say nothing of the machines, and lines that are not understood, by name. */
  readonly leftOut: { readonly [name: string]: number };
  readonly unknown: { readonly [name: string]: number };
  /** Lines that are no events and no comments. */
  readonly strange: number;
  readonly notRecorded: readonly string[];
  readonly losses: readonly Loss[];
  readonly overwritten: number;
  readonly cutOff: boolean;
  readonly backwards: number;
  /** Times that the log tells of an overflow of a page request queue. */
  readonly overflows: number;
}

/** VT-d, SMMUv3, and AMD, whose driver says what it does about it. */
const OVERFLOW = /\bPRI?Q overflow detected\b|\bPPR log restarting\b/;

/** Lines after the first loss are not judged: what is missing could explain anything. */
function judged({ events, losses }: Trace): readonly TraceLine[] {
  const first = losses[0]?.line ?? Infinity;
  return events.filter(({ line }) => line < first);
}

/** @throws RecordingError for a file that is no trace, or has no line of a probe. */
export function traceReport(file: string, without: readonly string[], states: number): TraceReport {
  const trace = readTrace(file, textOfFile(file), /^6\.12(?:\.|-|$)/);
  const checked = checkTrace(judged(trace), without, states);
  if (checked.lines.length === 0)
    throw new RecordingError(
      `"${file}" has no line of a probe: ${trace.events.length} events, none of them ${Object.keys(WORDS).slice(0, 4).join(", ")} or the like; "faultline conform --print-probes" prints the probes.`,
    );
  const { lines, size, leftOut, unknown, notRecorded } = checked;
  return {
    file,
    ...verdictOf(checked, trace),
    lines: lines.length,
    threads: new Set(lines.map(({ lane }) => lane)).size,
    devices: size.devices,
    attachedBefore: checked.attachedBefore,
    leftOut,
    unknown,
    strange: trace.unknown.length,
    notRecorded,
    losses: trace.losses,
    overwritten: trace.overwritten,
    cutOff: trace.cutOff,
    backwards: trace.backwards.length,
    overflows: trace.log.filter(({ text }) => OVERFLOW.test(text)).length,
  };
}

type Verdict = Pick<TraceReport, "verdict" | "explained" | "because" | "at" | "instead" | "steps">;

/** The log tells of an overflow, and no line of what the kernel does about it. */
const isUntold = (lines: TraceChecked["lines"], { log }: Trace): boolean =>
  log.some(({ text }) => OVERFLOW.test(text)) && !lines.some(({ word }) => word === "queue_discard_partial");

function verdictOf({ answer, lines, limited, mayBeAttached }: TraceChecked, trace: Trace): Verdict {
  const { losses, overwritten } = trace;
  const lineOf = (index: number) => lines[index]!.event.line;
  const stepsOf = (steps: readonly Explanation[]): readonly ToldStep[] =>
    steps.map(({ what, consumed }) => ({ lines: consumed.map(lineOf), step: what }));
  if (answer.kind === "explained") {
    const steps = stepsOf(answer.steps);
    if (losses.length === 0) return { verdict: "explained", explained: lines.length, steps };
    const because = `events were lost at line ${losses[0]!.line}; what comes after it was not judged`;
    return { verdict: "undecided", explained: lines.length, because, steps };
  }
  const { event, lane } = lines[answer.at]!;
  const at = { line: event.line, thread: lane, name: event.name, fields: event.fields };
  if (answer.kind === "undecided")
    return { verdict: "undecided", explained: answer.at, because: answer.because, at, steps: [] };
  const instead = answer.instead.map(({ lane: thread, mark: { name, fields } }: { lane: string; mark: Mark }) => ({
    thread,
    name,
    fields,
  }));
  const told = { explained: answer.at, at, instead, steps: stepsOf(answer.steps) };
  if (overwritten > 0)
    return {
      verdict: "undecided",
      because: `the first ${overwritten} events were overwritten or lost; what was attached and outstanding before is not known`,
      ...told,
    };
  const before = enabledByOthers(lines) ?? beforeTrace(lines, answer.at, mayBeAttached);
  if (before !== undefined) return { verdict: "undecided", because: before, ...told };
  const untold =
    "the log tells of an overflow, and no line of queue_discard_partial: partial faults may have been discarded, and the probe not set";
  if (isUntold(lines, trace)) return { verdict: "undecided", because: untold, ...told };
  if (limited !== undefined) return { verdict: "undecided", because: limited, ...told };
  if (answer.exhaustive) return { verdict: "not-explained", ...told };
  const because = `line ${at.line} was not explained, and of the explanations of the lines before only some were followed`;
  return { verdict: "undecided", because, ...told };
}

/** Names that `without` may have. */
export const probeNames: readonly string[] = [...Object.keys(WORDS), "mock_page_response"];
/** Why lines of a name are left out. */
export const whyLeftOut = (name: string): string =>
  LEFT_OUT[name] ??
  (name === "attach_device_to_domain" ? "a domain that iommufd did not attach" : "said not to be recorded");
