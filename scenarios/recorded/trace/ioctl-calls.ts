/**
 * The ioctls that a thread of the trace may have made for its next line to appear, and the ones of the bus. Of the devices of an
 * IOMMU group only the first one that attaches and the last one that detaches shows lines; the others are called where a later
 * line needs it.
 */
import type { OutsideCall, Watched } from "../../../checker/explore/observed/observed-system.ts";
import type { ControlContext } from "../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import type { IommuGroupInput } from "../../../model/machines/linux/iommu/iommufd/attach/iommu-group.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import { deviceNameOf, HANDLE_CALLS } from "./device-groups.ts";
import { contextOf, hwptsNamed, queuesIn } from "./queues-in.ts";
import { BEGINS, ENABLES, type SpeakingLine } from "./trace-lines.ts";
import { differing, hwptsOf } from "./hwpts.ts";
import { groupOf, groupsIn, range, type TraceSize } from "./trace-size.ts";

/** Where the lines of the trace belong. */
export interface Places {
  readonly lines: readonly SpeakingLine[];
  readonly size: TraceSize;
  readonly slotOf: (lane: string) => number;
  readonly deviceOf: (name: string) => number | undefined;
  /** The queue of the call that begins on the line, as far as later lines tell: it is tried first. */
  readonly queueOf?: (place: number) => number | undefined;
  /** The HWPT that it attaches, if it has a queue. */
  readonly hwptOf?: (place: number) => number | undefined;
}

export class IoctlCalls {
  readonly #places: Places;
  readonly #following: (place: number) => Iterable<SpeakingLine>;

  #lacks = false;

  /** `following`: the lines of the thread behind one. */
  constructor(places: Places, following: (place: number) => Iterable<SpeakingLine>) {
    this.#places = places;
    this.#following = following;
  }

  /** Of a queue each HWPT was named by groups, where a further one could have been attached. */
  get lacksHwpts(): boolean {
    return this.#lacks;
  }

  /** Attach, replace and detach. */
  controls(watched: Watched, place: number, slot: number): readonly OutsideCall[] {
    return this.#groups(place).flatMap((group) =>
      this.#selves(watched, place, group).flatMap((device) => this.#control(watched, place, slot, device)),
    );
  }

  #control(watched: Watched, place: number, slot: number, device: number): readonly OutsideCall[] {
    const { word } = this.#places.lines[place]!;
    const group = groupOf(this.#places.size, device);
    const component = `control-${group}`;
    const { op, attached, members } = contextOf<ControlContext>(watched, component);
    const detaches = { component, event: { type: "control.detaches", device } };
    if (op !== "none") return [{ ...detaches, waits: true }];
    if (attached !== null && !members.includes(device))
      return [{ component, event: { type: "control.attaches", device, hwpt: attached } }];
    if (word === "detach_group_handle") {
      const other = members.find((member) => member !== device);
      return [other === undefined ? detaches : { component, event: { ...detaches.event, device: other } }];
    }
    const { hwpts, makes } = this.#targets(watched, group, attached, place);
    const made: readonly OutsideCall[] =
      makes === undefined ? [] : [{ component: `destroyer-${slot}`, event: { type: "control.creates", queue: makes } }];
    const type = attached === null ? "control.attaches" : "control.replaces";
    if (word === "attach_group_handle" && attached !== null) return [];
    return [...this.#likelyFirst(place, hwpts).map((hwpt) => ({ component, event: { type, device, hwpt } })), ...made];
  }

  /** The lines of the ioctl that begins on the line. */
  *#ofIoctl(place: number): Generator<SpeakingLine> {
    let last = this.#places.lines[place]!;
    yield last;
    for (const line of this.#following(place)) {
      const isOf = ENABLES.has(last.word) && HANDLE_CALLS.has(line.word);
      if (BEGINS.has(line.word) && !isOf) return;
      yield line;
      last = line;
    }
  }

  /** The group of an ioctl is named by the devices that it switches or enables; without such a line it may be any. */
  #groups(place: number): readonly number[] {
    const { size, deviceOf } = this.#places;
    for (const { event } of this.#ofIoctl(place)) {
      const name = deviceNameOf(event);
      if (name === undefined) continue;
      const device = deviceOf(name);
      return device === undefined ? [] : [groupOf(size, device)];
    }
    return groupsIn(size);
  }

  /**
   * Devices in the group that the ioctl may be of. Where page faults are enabled or disabled, it matters which one it is.
   * Elsewhere one that is attached stands for all: no line shows which one it is, and others attach where they are needed.
   */
  #selves(watched: Watched, place: number, group: number): readonly number[] {
    const { size, deviceOf } = this.#places;
    const { devices } = contextOf<IommuGroupInput>(watched, `group-${group}`);
    const those = range(size.devices).filter((device) => devices.includes(device));
    if (those.length <= 1) return those;
    const lines = [...this.#ofIoctl(place)];
    const changed = lines.find(({ word }) => word === "queue_add_device" || word === "queue_remove_device");
    const named = changed && deviceOf(String(deviceNameOf(changed.event)));
    if (named !== undefined && those.includes(named)) return [named];
    const { members, enabled } = contextOf<ControlContext>(watched, `control-${group}`);
    const turns = lines.find(({ word }) => word === "iopf_enable" || word === "iopf_disable")?.word;
    if (turns === undefined && !changed) return [members[0] ?? those[0]!];
    // Without a line of the IOPF queue the device is likely one that is only counted.
    const counted = (device: number): number => enabled.filter((one) => one === device).length;
    const isLikely = (device: number): boolean =>
      turns === "iopf_enable" ? counted(device) > 0 : counted(device) !== 1;
    return [...those.filter(isLikely), ...those.filter((device) => !isLikely(device))];
  }

  /** HWPTs that the device may go to: of each kind one that is not attached. */
  #targets(
    watched: Watched,
    group: number,
    attached: number | null,
    place: number,
  ): { readonly hwpts: readonly number[]; readonly makes: number | undefined } {
    const likely = this.#places.queueOf?.(place);
    const { used, unused, destroyed } = queuesIn(watched, this.#places.size, likely);
    const named = hwptsNamed(watched, this.#places.size, group);
    const queues = [...used, ...(unused === undefined ? [] : [unused])];
    const hwpts = queues
      .sort((a, b) => Number(b === likely) - Number(a === likely))
      .flatMap((queue) => {
        const those = differing(queue, attached, named);
        if (named.has(those[0]!)) this.#lacks = true;
        return those;
      });
    const first = this.#places.hwptOf?.(place);
    return {
      hwpts: [
        hwptsOf(null).find((hwpt) => hwpt !== attached)!,
        ...hwpts.sort((a, b) => Number(b === first) - Number(a === first)),
      ],
      makes: unused === undefined ? destroyed : undefined,
    };
  }

  /** Page faults are enabled or disabled in the call, or they stay as they are: HWPTs of that kind come first. */
  #likelyFirst(place: number, hwpts: readonly number[]): readonly number[] {
    const { word } = this.#places.lines[place]!;
    let isFaulting = word !== "attach_group_handle";
    for (const { word: next } of this.#following(place)) {
      if (next === "iopf_disable") isFaulting = false;
      if (next === "iopf_disable" || BEGINS.has(next)) break;
    }
    const isLikely = (hwpt: number): boolean => hwptsOf(null).includes(hwpt) !== isFaulting;
    return [...hwpts.filter(isLikely), ...hwpts.filter((hwpt) => !isLikely(hwpt))];
  }

  /** A device joins its group or leaves it. Before it leaves, its owner detaches it, which no line shows if others remain. */
  bus(watched: Watched, place: number): readonly OutsideCall[] {
    const { event, word } = this.#places.lines[place]!;
    const device = this.#places.deviceOf(String(deviceNameOf(event)));
    if (device === undefined) return [];
    const group = groupOf(this.#places.size, device);
    if (word === "add_device_to_group") return [{ component: `group-${group}`, event: { type: "bus.adds", device } }];
    const component = `control-${group}`;
    const { op, members, attached } = contextOf<ControlContext>(watched, component);
    const leaves = { component: `group-${group}`, event: { type: "bus.removes", device } };
    if (!members.includes(device)) return [leaves];
    // It waits for the ioctl that has the group now.
    if (op !== "none") return [{ ...leaves, component, waits: true }];
    if (members.length > 1) return [{ component, event: { type: "control.detaches", device } }];
    const { devices } = contextOf<IommuGroupInput>(watched, `group-${group}`);
    return devices
      .filter((other) => other !== device)
      .map((other) => ({ component, event: { type: "control.attaches", device: other, hwpt: attached! } }));
  }

  /** The last reference of a file is dropped without a line; the object goes when user space asks for it. */
  destroys(watched: Watched, slot: number): readonly OutsideCall[] {
    const { used, unused } = queuesIn(watched, this.#places.size);
    const inDestruction = range(this.#places.size.slots).map(
      (other) => contextOf<ControlContext>(watched, `destroyer-${other}`).queue,
    );
    const fileOf = (queue: number) => contextOf<FaultQueueContext>(watched, `queue-${queue}`);
    const idle = used.filter((queue) => fileOf(queue).hwpts === 0 && !inDestruction.includes(queue));
    const closed = idle.filter((queue) => fileOf(queue).file !== "open");
    const open = idle.filter((queue) => fileOf(queue).file === "open");
    // Of queues that nobody used one is enough.
    const toClose = closed.length > 0 || unused === undefined ? open : [...open, unused];
    return [
      ...closed.map((queue) => ({ component: `destroyer-${slot}`, event: { type: "control.destroys", queue } })),
      ...toClose.map((queue) => ({ component: `closer-${slot}`, event: { type: "closer.closes", queue } })),
    ];
  }
}
