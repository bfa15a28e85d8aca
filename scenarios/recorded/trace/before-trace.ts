/**
 * What a trace does not show because it happened before its first line: devices that were attached, threads that were inside
 * a call, and groups that waited for their answers.
 */
import { initialState, take, type GlobalState } from "../../../checker/simulation.ts";
import type { System } from "../../../checker/system.ts";
import { deviceNameOf } from "./device-groups.ts";
import { BEGINS, type Sorted, type SpeakingLine } from "./trace-lines.ts";
import { hwptsOf } from "./hwpts.ts";
import { groupOf, type TraceSize } from "./trace-size.ts";

/**
 * Devices that the trace uses before a line attaches them, and that no line adds to its group before: one for each group. A
 * device that leaves its group was attached to nothing.
 */
export function attachedBefore({
  lines,
  added,
  groups,
}: Pick<Sorted, "lines" | "added" | "groups">): readonly string[] {
  const previous = new Map<string, string>();
  const known = new Set<string>();
  const before: string[] = [];
  for (const line of lines) {
    const name = deviceNameOf(line.event);
    const last = previous.get(line.lane);
    previous.set(line.lane, line.word);
    if (name === undefined || known.has(groups.of(name))) continue;
    if (line.word === "add_device_to_group") continue;
    known.add(groups.of(name));
    const isAttached = line.word === "queue_add_device" || last === "attach_group_handle";
    if (!isAttached && line.word !== "remove_device_from_group" && !added.has(name)) before.push(name);
  }
  return before;
}

/** Every fault queue is made at the beginning: nobody can tell a queue that is not used from one that does not exist. */
export function withQueues(system: System, { queues }: TraceSize): GlobalState {
  let state = initialState(system);
  for (let queue = 0; queue < queues; queue++) {
    const event = { type: "control.creates", queue };
    const made = take(system, state, { kind: "event", component: "destroyer-0", event });
    if (made.taken) state = made.state;
  }
  return state;
}

/** The state with each device attached to its HWPT. */
function withAttached(
  system: System,
  size: TraceSize,
  state: GlobalState,
  hwpts: ReadonlyMap<number, number>,
): GlobalState {
  let now = state;
  for (const [device, hwpt] of hwpts) {
    const component = `control-${groupOf(size, device)}`;
    let event: { readonly type: string } = { type: "control.attaches", device, hwpt } as { readonly type: string };
    for (let made = take(system, now, { kind: "event", component, event }); made.taken;) {
      now = made.state;
      event = { type: "control.steps" };
      made = take(system, now, { kind: "event", component, event });
    }
  }
  return now;
}

/** States in which the devices were attached: all to one fault queue, each to its own, or to none. */
export function statesBefore(
  system: System,
  size: TraceSize,
  fresh: GlobalState,
  devices: readonly number[],
): readonly GlobalState[] {
  if (devices.length === 0) return [];
  const attached = (hwptOf: (place: number) => number): GlobalState =>
    withAttached(system, size, fresh, new Map(devices.map((device, place) => [device, hwptOf(place)])));
  return [
    attached(() => hwptsOf(0)[0]!),
    ...(devices.length > 1 ? [attached((place) => hwptsOf(place)[0]!)] : []),
    attached(() => hwptsOf(null)[0]!),
  ];
}

/** Why the line may follow from what was before the trace. Undefined: it may not. */
export function beforeTrace(
  lines: readonly SpeakingLine[],
  at: number,
  [device]: readonly string[],
): string | undefined {
  const { event, word, lane } = lines[at]!;
  const first = lines.findIndex((line) => line.lane === lane && line.word !== "attach_device_to_domain");
  if (at === first && !BEGINS.has(word))
    return `${lane} was inside a call when the trace began: its first line, ${event.line}, is ${event.name}`;
  if (device === undefined) return undefined;
  const { pasid, grpid, addr } = event.fields;
  const isReported = lines
    .slice(0, at)
    .some(
      (line) =>
        line.word === "report_fault" && line.event.fields["grpid"] === grpid && line.event.fields["addr"] === addr,
    );
  const isOfGroup = grpid !== undefined && addr !== undefined && pasid !== undefined && word !== "report_fault";
  const mayHold = isOfGroup ? !isReported : word === "fops_read_ret" || word === "page_response";
  return mayHold
    ? `nothing attaches ${device} before it is used, so groups may have waited before the first line; line ${event.line} may be of one`
    : undefined;
}
