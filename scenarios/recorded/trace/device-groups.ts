/** What the lines of a trace say of devices and their IOMMU groups: the system is built from it. */
import type { TraceLine } from "./trace-line.ts";
import { wordOf, WORDS } from "./words.ts";

/** The name of the device on the line. */
export const deviceNameOf = ({ fields }: Pick<TraceLine, "fields">): string | undefined => {
  const name = fields["dev"] ?? fields["device"];
  return name === undefined ? undefined : String(name);
};

/** The driver of the selftest is the only one of 6.12 that sets `user_pasid_table` (iommufd/selftest.c, mock_ops). */
export const isOfSelftest = (name: string): boolean => /^iommufd_mock\d/.test(name);

/** Devices whose first line adds them to their group: nothing was attached to them before. */
export function addedOf(events: readonly TraceLine[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  for (const event of events) {
    const device = deviceNameOf(event);
    if (device !== undefined && !first.has(device)) first.set(device, event.name);
  }
  return new Set([...first].filter(([, name]) => name === "add_device_to_group").map(([device]) => device));
}

/** Lines of calls that switch the domain of a group. */
export const HANDLE_CALLS: ReadonlySet<string> = new Set([
  "attach_group_handle",
  "detach_group_handle",
  "replace_group_handle",
]);
/** PID 0 is that of an idle task on each CPU, which does nothing but interrupts. */
export const laneOf = ({ task, pid, cpu, inInterrupt }: TraceLine): string =>
  inInterrupt || pid === 0 ? `interrupts of CPU ${cpu}` : `${task}-${pid}`;

/** A call that switches the domain of a group: its name, and the devices that it has switched. */
export interface SwitchCall {
  readonly name: string;
  readonly devices: readonly string[];
}

/** By thread: the call that switches a domain, up to the line. Lines that no probe makes do not end it. */
export class SwitchCalls {
  readonly #calls = new Map<string, SwitchCall>();

  /** The call that the line belongs to, with its device. */
  after(event: TraceLine): SwitchCall | undefined {
    if (!Object.hasOwn(WORDS, wordOf(event.name))) return undefined;
    const lane = laneOf(event);
    const call = this.#calls.get(lane);
    this.#calls.delete(lane);
    if (HANDLE_CALLS.has(event.name)) this.#calls.set(lane, { name: event.name, devices: [] });
    if (event.name !== "attach_device_to_domain" || !call) return undefined;
    const device = String(deviceNameOf(event));
    // The next switch of the same device is another one.
    if (call.devices.includes(device)) return undefined;
    const longer = { ...call, devices: [...call.devices, device] };
    this.#calls.set(lane, longer);
    return longer;
  }
}

export interface DeviceGroups {
  /** The device that stands for the group of the device. */
  readonly of: (device: string) => string;
  /** Devices that are taken to share a group because they are switched together, and not for each a line adds it to one. */
  readonly inferred: readonly string[];
  /** A device that shares its group with others at one time, and is apart from them at another. */
  readonly moves: { readonly line: number; readonly device: string } | undefined;
}

/** Devices that lines add to one group, or that calls always switch together, if no line adds one of them to a group. */
export function deviceGroups(events: readonly TraceLine[]): DeviceGroups {
  const parents = new Map<string, string>();
  const of = (device: string): string => {
    const parent = parents.get(device);
    return parent === undefined ? device : of(parent);
  };
  const unite = (a: string, b: string): void => {
    const [first = a, second = b] = [of(a), of(b)].sort();
    if (first !== second) parents.set(second, first);
  };
  for (const { device, others } of memberships(events)) for (const other of others) unite(device, other);
  const added = new Set(events.filter(({ name }) => name === "add_device_to_group").map(deviceNameOf));
  const inferred = switchedTogether(events).filter((pair) => pair.some((device) => !added.has(device)));
  for (const [a, b] of inferred) unite(a, b);
  const moves = memberships(events).find(({ device, apart }) => apart.some((other) => of(other) === of(device)));
  return { of, inferred: [...new Set(inferred.flat())], moves: moves && { line: moves.line, device: moves.device } };
}

/** By line that adds a device: the devices that are in its group then, and those in other groups. */
function memberships(events: readonly TraceLine[]) {
  const groupOf = new Map<string, string>();
  const found: {
    readonly line: number;
    readonly device: string;
    readonly others: readonly string[];
    readonly apart: readonly string[];
  }[] = [];
  for (const event of events) {
    const device = deviceNameOf(event);
    if (device === undefined) continue;
    if (event.name === "remove_device_from_group") groupOf.delete(device);
    if (event.name !== "add_device_to_group") continue;
    const group = String(event.fields["groupID"]);
    const present = [...groupOf].filter(([other]) => other !== device);
    const others = present.flatMap(([other, of]) => (of === group ? [other] : []));
    const apart = present.flatMap(([other, of]) => (of === group ? [] : [other]));
    found.push({ line: event.line, device, others, apart });
    groupOf.set(device, group);
  }
  return found;
}

/** Pairs of devices that each call switches both of, if it switches one. */
function switchedTogether(events: readonly TraceLine[]): readonly (readonly [string, string])[] {
  const calls = new SwitchCalls();
  /** The longest of each call. */
  const sets: (readonly string[])[] = [];
  const last = new Map<string, number>();
  for (const event of events) {
    const call = calls.after(event);
    if (!call) continue;
    const lane = laneOf(event);
    if (call.devices.length === 1) last.set(lane, sets.length);
    sets[last.get(lane)!] = call.devices;
  }
  const pairs = new Map<string, readonly [string, string]>();
  for (const devices of sets)
    for (const [place, a] of devices.entries())
      for (const b of devices.slice(place + 1)) pairs.set([a, b].sort().join("\n"), [a, b]);
  return [...pairs.values()].filter(([a, b]) => sets.every((devices) => devices.includes(a) === devices.includes(b)));
}
