/** Whether a trace of a real machine is a run of the machines of Linux 6.12. */
import { explain } from "../../../checker/explore/observed/inclusion.ts";
import type { Answer } from "../../../checker/explore/observed/inclusion-world.ts";
import { worldOf, type Observing } from "../../../checker/explore/observed/observed-system.ts";
import { planOf, turnOf, type TracePlan } from "./plan.ts";
import { attachedBefore, statesBefore, withQueues } from "./before-trace.ts";
import { deviceNameOf, isOfSelftest } from "./device-groups.ts";
import { requestThreadsOf } from "./request-threads.ts";
import { aboutOf, Foresight } from "./foresight.ts";
import { limited } from "./limited.ts";
import { OF_FAULTS, withoutFaults } from "./only-ioctls.ts";
import { Calls } from "./trace-calls.ts";
import { sortLines, type Sorted, type SpeakingLine } from "./trace-lines.ts";
import type { TraceLine } from "./trace-line.ts";
import { marksOf, remembers } from "./trace-marks.ts";
import { threadOf, type TraceSize } from "./trace-size.ts";
import { traceSystem } from "./trace-system.ts";
import { WORDS } from "./words.ts";

/** Threads get slots of their own up to here; then those of threads that are through. */
const MOST_SLOTS = 16;
/** Fault queues that may exist at the same time, at most. */
const MOST_QUEUES = 32;

export interface TraceChecked extends Sorted {
  readonly answer: Answer;
  readonly size: TraceSize;
  /** Devices that must have been attached before the first line. */
  readonly attachedBefore: readonly string[];
  /** Devices that may have been attached then. */
  readonly mayBeAttached: readonly string[];
  /** Why runs that might show the trace were not tried. */
  readonly limited: string | undefined;
}

/** A slot for each lane. */
function slotsOf(lines: readonly SpeakingLine[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const [index, { lane }] of lines.entries()) last.set(lane, index);
  const slots = new Map<string, number>();
  const busyUntil: number[] = [];
  for (const [index, { lane }] of lines.entries()) {
    if (slots.has(lane)) continue;
    const free = busyUntil.length < MOST_SLOTS ? -1 : busyUntil.findIndex((until) => until < index);
    const slot = free < 0 ? busyUntil.length : free;
    busyUntil[slot] = last.get(lane)!;
    slots.set(lane, slot);
  }
  return slots;
}

function devicesOf(lines: readonly SpeakingLine[]): readonly string[] {
  const names = lines.flatMap(({ event }) => deviceNameOf(event) ?? []);
  return [...new Set(names)].sort();
}

/** A queue for each time that page faults are enabled or moved, and one that is not used. */
const queuesOf = (lines: readonly SpeakingLine[]): number =>
  1 + lines.filter(({ word }) => word === "iopf_enable" || word === "iommufd_auto_response").length;

export function checkTrace(events: readonly TraceLine[], without: readonly string[], states: number): TraceChecked {
  const checked = checkLines(events, without, [], states);
  const { answer, limited: reason, lines } = checked;
  if (reason === undefined || checked.mayBeAttached.length === 0 || answer.kind !== "not-explained") return checked;
  const ioctls = checkLines(withoutFaults(events), without, OF_FAULTS, states);
  const isSame =
    ioctls.answer.kind === "not-explained" && ioctls.lines[ioctls.answer.at]!.event === lines[answer.at]!.event;
  return isSame && ioctls.answer.exhaustive ? { ...checked, limited: ioctls.limited } : checked;
}

function sizeOf(
  { lines, added, groups }: Sorted,
  slots: ReadonlyMap<string, number>,
  devices: readonly string[],
  queues: number,
): TraceSize {
  const absent = devices.flatMap((name, device) => (added.has(name) ? [device] : []));
  const requestThreads = requestThreadsOf(lines).map(({ lane, reports }) => ({
    slot: slots.get(lane)!,
    devices: reports.map((name) => devices.indexOf(name)),
  }));
  const groupsOf = devices.map((name) => devices.findIndex((other) => groups.of(other) === groups.of(name)));
  const withoutPasidTable = [...new Set(groupsOf.filter((_, device) => !isOfSelftest(devices[device]!)))];
  return {
    slots: Math.max(1, ...[...slots.values()].map((slot) => slot + 1)),
    devices: devices.length,
    queues: Math.min(MOST_QUEUES, queues),
    groups: groupsOf,
    ...(withoutPasidTable.length > 0 && { withoutPasidTable }),
    ...(absent.length > 0 && { absent }),
    ...(requestThreads.length > 0 && { requestThreads }),
  };
}

/** `omitted`: words that the machines say nothing of, besides those that were not recorded. */
function checkLines(
  events: readonly TraceLine[],
  notSet: readonly string[],
  omitted: readonly string[],
  states: number,
): TraceChecked {
  const without = [...notSet, ...omitted];
  const sorted = sortLines(events, without);
  const { lines, observed, notRecorded } = sorted;
  const slots = slotsOf(lines);
  const devices = devicesOf(lines);
  const before = attachedBefore(sorted);
  const wanted = queuesOf(lines) + before.length;
  const size = sizeOf(sorted, slots, devices, wanted);
  const system = traceSystem(size);
  const isRecorded = (name: string): boolean => !notRecorded.includes(WORDS[name]!.set) && !without.includes(name);
  const foresight = new Foresight(lines, observed);
  const plan = planOf(sorted, system, size, devices);
  let planned: TracePlan = { turns: [], queues: new Map(), hwpts: new Map(), isComplete: false };
  const calls = new Calls({
    lines,
    size,
    slotOf: (lane) => slots.get(lane)!,
    deviceOf: (name) => (devices.includes(name) ? devices.indexOf(name) : undefined),
    queueOf: (place) => planned.queues.get(place),
    hwptOf: (place) => planned.hwpts.get(place),
  });
  const observing: Observing = {
    system,
    threadOf,
    shows: (passing, memory) =>
      marksOf(passing, memory, (device) => devices[device]!).filter(({ name }) => isRecorded(name)),
    remembers,
    replies: ["handle.found", "param.got", "group.built"],
    stateless: ["outside"],
    calls: (watched, _, place) => calls.of(watched, place),
    turn: turnOf,
    plan: ({ state }) => {
      planned = plan(state);
      return planned.turns;
    },
    about: aboutOf,
    meant: (watched, place) => foresight.meant(watched, place),
    doubts: (passing, memory, when) => foresight.doubts(passing, memory, when),
  };
  const world = worldOf(observing);
  const fresh = withQueues(system, size);
  const attached = statesBefore(
    system,
    size,
    fresh,
    before.map((name) => devices.indexOf(name)),
  );
  const initial = [fresh, ...attached].map((state) => ({ state, memory: {}, lanes: {} }));
  const answer = explain(world, initial, observed, { states });
  const isFresh = answer.kind !== "explained" || answer.from === 0;
  const at = answer.kind === "not-explained" ? answer.at : lines.length;
  return {
    ...sorted,
    size,
    attachedBefore: isFresh ? [] : before,
    mayBeAttached: before,
    limited: limited(sorted, {
      without,
      omitted,
      attachedBefore: before,
      wanted,
      queues: size.queues,
      lacksHwpts: calls.lacksHwpts,
      at,
    }),
    answer,
  };
}
