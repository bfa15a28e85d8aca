/** Reads the text of a trace: its events, and everything that was lost, cut off or not understood, counted. */
import { RecordingError } from "../conformance.ts";
import { isEvent, parseLine, type TraceLine } from "./trace-line.ts";

/** Events that the tracer did not keep. */
export interface Loss {
  /** The line of the trace that says so. */
  readonly line: number;
  readonly cpu: number | undefined;
  readonly events: number | undefined;
}

export interface Trace {
  readonly file: string;
  readonly events: readonly TraceLine[];
  readonly losses: readonly Loss[];
  /** The buffer was full, and the beginning was overwritten, or lost: so many events, or more. */
  readonly overwritten: number;
  /** The last line has no end, and was left out. */
  readonly cutOff: boolean;
  /** Lines of the kernel's log. */
  readonly log: readonly { readonly line: number; readonly text: string }[];
  /** Lines that are neither an event nor a comment. */
  readonly unknown: readonly number[];
  /** Where the time runs backwards. */
  readonly backwards: readonly number[];
}

const EXPECTED =
  "text of /sys/kernel/tracing/trace, trace-cmd report or perf script, such as " +
  "'iommufd-48 [000] ..... 1.705790: report_fault: ...'";

/** What the tracer prints for a name that it has not kept. */
const UNNAMED = "<...>";

/** @throws RecordingError for text without an event, and for a trace of another kernel. */
export function readTrace(file: string, text: string, kernel: RegExp): Trace {
  const texts = text.split("\n");
  const last = texts.pop()!;
  const events: TraceLine[] = [];
  const losses: Loss[] = [];
  const log: { line: number; text: string }[] = [];
  const unknown: number[] = [];
  const backwards: number[] = [];
  let overwritten = 0;
  for (const [index, content] of texts.entries()) {
    const found = parseLine(content.replace(/\r$/, ""), index + 1);
    if (isEvent(found)) {
      if (found.time < (events.at(-1)?.time ?? 0)) backwards.push(index + 1);
      events.push(found);
    } else if (found.kind === "lost" && events.length === 0) overwritten += found.events ?? 1;
    else if (found.kind === "lost") losses.push({ line: index + 1, cpu: found.cpu, events: found.events });
    else if (found.kind === "entries") overwritten += Math.max(0, found.written - found.inBuffer);
    else if (found.kind === "log") log.push({ line: index + 1, text: found.text });
    else if (found.kind === "unknown") unknown.push(index + 1);
    else if (found.kind === "release" && !kernel.test(found.release))
      throw new RecordingError(
        `"${file}" was recorded on kernel ${found.release}; the machines are those of Linux 6.12.`,
      );
  }
  if (events.length === 0)
    throw new RecordingError(`"${file}" is no trace: no line of it is an event; expected ${EXPECTED}.`);
  return { file, events: named(events), losses, overwritten, cutOff: last.trim() !== "", log, unknown, backwards };
}

/**
 * A thread is its PID. Its name may change, and the tracer may not know it always. A PID that is used again is that of a thread
 * that is through, so lines of both are in order.
 */
function named(events: readonly TraceLine[]): readonly TraceLine[] {
  const names = new Map<number, string>();
  for (const { pid, task } of events) if (task !== UNNAMED && !names.has(pid)) names.set(pid, task);
  return events.map((event) => {
    const task = names.get(event.pid) ?? event.task;
    return task === event.task ? event : { ...event, task };
  });
}
