/**
 * Why no answer about a trace can be NOT EXPLAINED: runs that might show it and are not tried. Calls and states before the
 * first line are chosen by what lines say; where those lines are missing, or there are too many choices, some are left out.
 */
import { HANDLE_CALLS } from "./device-groups.ts";
import { BEGINS, ENABLES, type Sorted, type SpeakingLine } from "./trace-lines.ts";
import { missingField, WORDS } from "./words.ts";

/** Lines that say which call a thread made, besides those with which calls begin. */
const GUIDES = [
  "fops_read_ret",
  "fops_write_ret",
  "group_response",
  "queue_add_device",
  "queue_remove_device",
  "iommufd_auto_response",
  "attach_device_to_domain",
];

export interface Chosen {
  readonly without: readonly string[];
  readonly attachedBefore: readonly string[];
  /** Fault queues that the trace may use at the same time, and those that the system has. */
  readonly wanted: number;
  readonly queues: number;
  /** Each HWPT of a queue was named by groups when a device was attached to the queue: another one was not tried. */
  readonly lacksHwpts: boolean;
  /** Words that are left out on purpose, with all that they tell of. */
  readonly omitted: readonly string[];
  /** The place of the line that was not explained. */
  readonly at: number;
}

/** Whether a line near the one that adds a device to the IOPF queue says that iommufd does. */
function isOfIommufd(lines: readonly SpeakingLine[], index: number): boolean {
  const isOfLane = ({ lane }: SpeakingLine): boolean => lane === lines[index]!.lane;
  const before = lines.slice(0, index).findLast(isOfLane);
  const [first, second] = lines.slice(index + 1).filter(isOfLane);
  return [before, first, second].some((line) => line?.word === "iopf_enable" || HANDLE_CALLS.has(line?.word ?? ""));
}

/** Somebody else than iommufd enables page faults of a device. */
export function enabledByOthers(lines: readonly SpeakingLine[]): string | undefined {
  const found = lines.find(({ word }, index) => word === "queue_add_device" && !isOfIommufd(lines, index));
  return found
    ? `line ${found.event.line}: page faults of ${String(found.event.fields["dev"])} are enabled without iopf_enable, so by another user than iommufd, which was not tried`
    : undefined;
}

/** Lines that one CPU cannot write within a microsecond. */
const TOO_MANY = 8;

/** Where the clock of a CPU stands still, the order of its lines and those of other CPUs is not that of what happened. */
function clockStoodStill(lines: readonly SpeakingLine[]): string | undefined {
  if (new Set(lines.map(({ event }) => event.cpu)).size < 2) return undefined;
  const seen = new Map<string, number>();
  for (const { event } of lines) {
    const key = `${event.cpu} ${event.time}`;
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    if (count === TOO_MANY)
      return `line ${event.line}: CPU ${event.cpu} has ${TOO_MANY} lines or more in one microsecond, so its clock stood still, and lines of other CPUs may stand before or behind them wrongly; record with "mono" in trace_clock`;
  }
  return undefined;
}

/** Between CPUs the order of the file is that of what happened only as far as their clocks agree. */
function clockWentBack(lines: readonly SpeakingLine[]): string | undefined {
  if (new Set(lines.map(({ event }) => event.cpu)).size < 2) return undefined;
  const back = lines.find(({ event }, index) => index > 0 && event.time < lines[index - 1]!.event.time);
  return back
    ? `line ${back.event.line}: the time is before that of the line before it, so lines of other CPUs may stand before or behind it wrongly; record with "mono" in trace_clock`
    : undefined;
}

const ENOMEM = -12;
const FAILURE = 2;
/** Lines that a call may have behind the line at which it has no explanation, at most. */
const REST = 4;

/** What fails in the kernel on the line, between the ones before and behind it of its thread; no machine of the system fails so. */
function failureOn(before: SpeakingLine | undefined, { word, event }: SpeakingLine, behind: SpeakingLine | undefined) {
  const { ret, status } = event.fields;
  if (word === "queue_add_device_ret" && Number(ret) < 0) return "the device was not added to an IOPF queue";
  if (word === "report_fault_ret" && ret === ENOMEM) return "a report got no memory";
  if (word === "group_response" && status === FAILURE && before?.word === "report_fault")
    return "a report got no memory for a group";
  if (word === "iopf_disable" && before && ENABLES.has(before.word)) return "an attach got no memory";
  if (word === "iopf_disable" && before && HANDLE_CALLS.has(before.word)) return "the driver refused a domain";
  const isRefused = word === "iopf_enable" && behind && BEGINS.has(behind.word) && !HANDLE_CALLS.has(behind.word);
  // Two such lines in a row are likelier to be a mistake.
  return isRefused && behind.word !== word ? "the driver refused page faults" : undefined;
}

/** By line: the next one of its thread. */
function behind(lines: readonly SpeakingLine[]): readonly (SpeakingLine | undefined)[] {
  const next = new Map<string, SpeakingLine>();
  const found = lines.toReversed().map((line) => {
    const one = next.get(line.lane);
    next.set(line.lane, line);
    return one;
  });
  return found.reverse();
}

/** A call that fails, up to the line that was not explained, or in the call of this line. */
function failed(lines: readonly SpeakingLine[], at: number): string | undefined {
  const next = behind(lines);
  const last = new Map<string, SpeakingLine>();
  let rest = REST;
  for (const [index, line] of lines.entries()) {
    if (index > at && (rest === 0 || line.lane !== lines[at]!.lane)) continue;
    if (index > at) rest -= 1;
    const failure = failureOn(last.get(line.lane), line, next[index]);
    if (failure !== undefined) return `line ${line.event.line}: ${failure}, and calls that fail so were not tried`;
    last.set(line.lane, line);
  }
  return undefined;
}

/** The first reason; undefined: every run of the system is tried. */
export function limited({ lines, notRecorded, groups }: Sorted, chosen: Chosen): string | undefined {
  const { without, attachedBefore, wanted, queues, lacksHwpts, omitted, at } = chosen;
  const names = attachedBefore.join(", ");
  const stood = clockStoodStill(lines) ?? clockWentBack(lines);
  if (stood !== undefined) return stood;
  const failure = failed(lines, at);
  if (failure !== undefined) return failure;
  if (groups.moves)
    return `line ${groups.moves.line}: ${groups.moves.device} moves between IOMMU groups, and that was not tried`;
  if (groups.inferred.length > 0)
    return `${groups.inferred.join(", ")} are taken to share an IOMMU group, as they are switched together, and no line adds one of them to a group`;
  const other = enabledByOthers(lines);
  if (other !== undefined) return other;
  if (attachedBefore.length > 1)
    return `${names} may have been attached before the first line, and not every way in which they share fault queues was tried; record from before the attach`;
  // What a fault queue gave out before the trace decides which cookies it gives out in it.
  const cookie = lines.slice(0, at + 1).find(({ event }) => event.fields["cookie"] !== undefined);
  if (names !== "" && cookie)
    return `${names} may have been attached before the first line, and line ${cookie.event.line} has a cookie, which depends on those that the fault queue gave out before; record from before the attach`;
  if (wanted > queues)
    return `up to ${wanted} fault queues may exist at the same time, and no more than ${queues} were tried`;
  if (lacksHwpts)
    return "groups of every HWPT of a fault queue that was tried were still waiting when a device was attached to another one";
  const isMissing = (word: string): boolean =>
    !omitted.includes(word) && (without.includes(word) || notRecorded.includes(WORDS[word]!.set));
  const missing = [...BEGINS, ...GUIDES].find(isMissing);
  if (missing !== undefined)
    return `${missing} was not recorded, so not every call that a thread may have made was tried`;
  for (const { word, event } of lines) {
    const field = missingField(word, event.fields);
    if (field !== undefined)
      return `line ${event.line} (${event.name}) has no field "${field}", so not every call that a thread may have made was tried`;
  }
  return undefined;
}
