/**
 * Traces that are made up: the machines run under a random schedule, and each probe prints its line at some moment of its
 * window. Such a trace must be explained; what the schedule was is not in it.
 */
import {
  unobserved,
  worldOf,
  type OutsideCall,
  type Watched,
} from "../../../checker/explore/observed/observed-system.ts";
import type { ObservedStep } from "../../../checker/explore/observed/inclusion-world.ts";
import { drawing, type Drawing } from "../../../checker/textbook/drawing.ts";
import type { Json } from "../../../checker/json.ts";
import { stateName } from "../../../checker/kernel/step.ts";
import type { ControlContext } from "../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { requestOf } from "./trace-calls.ts";
import { marksOf, remembers, RESPONSE, RECORD } from "./trace-marks.ts";
import { hwptsOf } from "./hwpts.ts";
import { groupOf, range, threadOf } from "./trace-size.ts";
import { traceSystem } from "./trace-system.ts";
import { WORDS } from "./words.ts";

export interface MadeTrace {
  readonly seed: number;
  readonly faults: number;
  /** Each thread runs on a CPU of its own. */
  readonly threads: number;
  readonly devices: number;
  readonly queues: number;
  /** IOMMU groups, among which the devices are dealt out; they join and leave them. Absent: each has its own from the start. */
  readonly groups?: number;
  /** The first thread reads a page request queue, which overflows now and then, and nobody else reports faults. */
  readonly overflows?: boolean;
}

interface Shown {
  readonly thread: number;
  readonly name: string;
  readonly fields: { readonly [field: string]: Json };
  /** The step that it is a line of, and its place among the lines of that step. */
  readonly effect: number;
  readonly place: number;
}

const nameOf = (device: number): string => `iommufd_mock${device}`;
const MACHINES = ["reporter", "handler", "reader", "writer", "closer", "destroyer"];

/** The text of /sys/kernel/tracing/trace. */
export function madeTrace(made: MadeTrace): string {
  const draw = drawing(made.seed);
  return textOf(timesOf(runOf(made, draw), draw));
}

/** What a random run shows, in the order of its effects. */
function runOf(made: MadeTrace, draw: Drawing): readonly Shown[] {
  const { faults, threads, devices, queues, groups, overflows = false } = made;
  const all = range(devices);
  const size = {
    slots: threads,
    devices,
    queues,
    ...(groups !== undefined && { groups: all.map((device) => device % groups), absent: all }),
    ...(overflows && { requestThreads: [{ slot: 0, devices: all }] }),
  };
  const system = traceSystem(size);
  let wishes: readonly OutsideCall[] = [];
  const world = worldOf({
    system,
    threadOf,
    shows: (passing, memory) => marksOf(passing, memory, nameOf),
    remembers,
    replies: [],
    calls: () => wishes,
  });
  let watched: Watched = unobserved(system);
  const shown: Shown[] = [];
  let effect = 0;
  const possible = (): readonly ObservedStep<Watched>[] => world.steps(watched).filter((step) => "to" in step);
  const take = ({ to, lane, marks }: ObservedStep<Watched>): void => {
    watched = to;
    effect += 1;
    const thread = Number(/^slot-(\d+)$/.exec(lane)?.[1] ?? lane);
    for (const [place, { name, fields }] of marks.entries()) shown.push({ thread, name, fields, effect, place });
  };
  const calls = (thread: number, call: OutsideCall): boolean => {
    wishes = [call];
    const observation = { lane: String(thread), shows: { name: "", fields: {} }, opens: 0, closes: 0 };
    const [step] = world.calls(watched, observation, 0);
    if (!step || "refused" in step) return false;
    take(step);
    return true;
  };
  const contextOf = (component: string) => watched.state.snapshots.get(component)!.context as unknown;
  const isIdle = (component: string): boolean => stateName(watched.state.snapshots.get(component)!.value) === "idle";
  const busyWith = new Map<number, string>();
  const isOutside = (thread: number): boolean =>
    MACHINES.every((name) => isIdle(`${name}-${thread}`)) &&
    (!overflows || thread > 0 || isIdle("prq-0")) &&
    isIdle(busyWith.get(thread) ?? "reporter-0") === true;
  const finishes = (): void => {
    for (let steps = possible(); steps.length > 0; steps = possible()) take(draw.pick(steps));
  };
  const control = (thread: number, device: number, event: { readonly type: string; readonly hwpt?: number }): void => {
    const component = `control-${groupOf(size, device)}`;
    if (isIdle(component) && calls(thread, { component, event: { ...event, device } })) busyWith.set(thread, component);
  };
  /** Attaches a device that is not attached; detaches or replaces one that is, to a fault queue or to none. */
  const moves = (thread: number, device: number): void => {
    const { members, attached } = contextOf(`control-${groupOf(size, device)}`) as ControlContext;
    const hwpt = draw.once(4) ? 0 : hwptsOf(draw.below(queues))[draw.below(2)]!;
    if (!members.includes(device)) control(thread, device, { type: "control.attaches", hwpt: attached ?? hwpt });
    else if (draw.once(3)) control(thread, device, { type: "control.detaches" });
    else control(thread, device, { type: "control.replaces", hwpt });
  };
  for (let queue = 0; queue < queues; queue++)
    calls(0, { component: "destroyer-0", event: { type: "control.creates", queue } });
  if (groups !== undefined)
    for (const device of all)
      calls(0, { component: `group-${groupOf(size, device)}`, event: { type: "bus.adds", device } });
  for (let device = 0; device < devices; device++) {
    const { attached } = contextOf(`control-${groupOf(size, device)}`) as ControlContext;
    control(0, device, { type: "control.attaches", hwpt: attached ?? 0 });
    finishes();
    control(0, device, { type: "control.replaces", hwpt: hwptsOf(device % queues)[0]! });
    finishes();
  }
  let reported = 0;
  const begins = (thread: number): void => {
    const what = draw.below(100);
    const queue = draw.below(queues);
    const { entries } = contextOf(`queue-${queue}`) as FaultQueueContext;
    const isReading = overflows && thread === 0;
    if (isReading && draw.once(8)) calls(0, { component: "ring-0", event: { type: "prq.overflows" } });
    else if (isReading ? reported < faults : !overflows && what < 55 && reported < faults) {
      reported += 1;
      const pasid = draw.once(4) ? null : draw.below(3);
      const fault = {
        device: draw.below(devices),
        pasid,
        grp: draw.below(8),
        page: 4096 * draw.below(64),
        perm: 1 + draw.below(3),
        last: !overflows || draw.once(2),
      };
      const reports = { type: "driver.reports-fault", fault, unrecoverable: false };
      if (isReading) calls(0, { component: "ring-0", event: { type: "pri.request", ...requestOf(fault) } });
      else calls(thread, { component: `reporter-${thread}`, event: reports });
    } else if (isReading) return;
    else if (what < 75)
      calls(thread, {
        component: `reader-${thread}`,
        event: { type: "reader.reads", queue, bytes: RECORD * (1 + draw.below(4)) },
      });
    else if (what < 98) {
      const cookies = draw.some(entries.flatMap(({ place, cookie }) => (place === "outstanding" ? [cookie!] : [])));
      const codes = cookies.map(() => draw.pick(["success", "invalid"]));
      if (cookies.length > 0)
        calls(thread, {
          component: `writer-${thread}`,
          event: { type: "writer.writes", queue, cookies, codes, bytes: RESPONSE * cookies.length },
        });
    } else if (groups !== undefined) moves(thread, draw.below(devices));
    else
      control(thread, draw.below(devices), {
        type: "control.replaces",
        hwpt: hwptsOf(draw.below(queues))[draw.below(2)]!,
      });
  };
  for (let quiet = 0; reported < faults || quiet < 200; quiet += reported < faults ? 0 : 1) {
    const thread = draw.below(threads);
    if (isOutside(thread)) begins(thread);
    const steps = possible();
    if (steps.length > 0) take(draw.pick(steps));
  }
  finishes();
  if (groups !== undefined)
    for (const device of all) {
      control(0, device, { type: "control.detaches" });
      finishes();
      calls(0, { component: `group-${groupOf(size, device)}`, event: { type: "bus.removes", device } });
    }
  return shown;
}

/** By line: the next effect of its thread that shows a line. */
function nextEffects(shown: readonly Shown[]): readonly (number | undefined)[] {
  const next = new Map<number, number>();
  const after = new Map<number, number | undefined>();
  return shown
    .toReversed()
    .map(({ thread, effect }) => {
      const known = next.get(thread);
      if (known !== effect) after.set(thread, known);
      next.set(thread, effect);
      return after.get(thread);
    })
    .reverse();
}

/** A line is printed before its effect, or after; the second line of a step after it. */
function timesOf(shown: readonly Shown[], draw: Drawing): readonly (Shown & { readonly time: number })[] {
  const last = new Map<number, { time: number; effect: number }>();
  const between = (from: number, to: number): number => from + ((to - from) * (1 + draw.below(98))) / 100;
  const following = nextEffects(shown);
  const timed = shown.map((line, index) => {
    const { thread, name, effect, place } = line;
    const before = last.get(thread) ?? { time: effect - 1, effect: effect - 1 };
    const next = following[index];
    const isBefore = WORDS[name]!.edge !== "return" && place === 0;
    const earliest = Math.max(before.time, isBefore ? before.effect : effect);
    const time = between(earliest, isBefore ? effect : Math.min(next ?? effect + 3, effect + 3));
    last.set(thread, { time, effect });
    return { ...line, time };
  });
  return timed.sort((a, b) => a.time - b.time);
}

const valueText = (field: string, value: Json): string =>
  typeof value === "string"
    ? `${field}="${value}"`
    : `${field}=${field === "addr" || field === "perm" ? `0x${Number(value).toString(16)}` : String(value)}`;

function textOf(lines: readonly (Shown & { readonly time: number })[]): string {
  const header = [
    "# tracer: nop",
    "#",
    `# entries-in-buffer/entries-written: ${lines.length}/${lines.length}   #P:4`,
    "#",
  ];
  const texts = lines.map(({ thread, name, fields, time }) => {
    const cpu = String(thread % 4).padStart(3, "0");
    const details = Object.entries(fields).map(([field, value]) => valueText(field, value));
    const where = WORDS[name]!.probes === undefined ? "IOMMU:" : `(${WORDS[name]!.probes}+0x0/0x0)`;
    return `           faults-${100 + thread}     [${cpu}] .....  ${(10 + time / 1e4).toFixed(6)}: ${name}: ${[where, ...details].join(" ")}`;
  });
  return [...header, ...texts, ""].join("\n");
}
