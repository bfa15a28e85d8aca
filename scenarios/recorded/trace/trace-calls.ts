/**
 * What a thread of the trace may have called for its next line to appear. A line tells little of the call: which queue a
 * file belongs to, which HWPT is attached, which cookies were written. Later lines of the same thread tell some of it;
 * everything else is tried.
 */
import type { OutsideCall, Watched } from "../../../checker/explore/observed/observed-system.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { ControlContext } from "../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultReaderContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import { stateName } from "../../../checker/kernel/step.ts";
import { BEGINS, LAST_PAGE, PASID_VALID, type SpeakingLine } from "./trace-lines.ts";
import { RECORD, RESPONSE } from "./trace-marks.ts";
import { missingField } from "./words.ts";
import { hwptsOf, type TraceSize } from "./trace-system.ts";

/** Machines of one thread. */
const OF_THREAD = ["reporter", "handler", "reader", "writer", "closer", "destroyer"];

const EFAULT = -14;
const ENOMEM = -12;

/** Where the lines of the trace belong. */
export interface Places {
  readonly lines: readonly SpeakingLine[];
  readonly size: TraceSize;
  readonly slotOf: (lane: string) => number;
  readonly deviceOf: (name: string) => number | undefined;
  /** The queue of the call that begins on the line, as far as later lines tell: it is tried first. */
  readonly queueOf?: (place: number) => number | undefined;
}

const contextOf = <T>({ state }: Watched, component: string): T => state.snapshots.get(component)!.context as T;
const range = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);

/**
 * Fault queues that differ from one that was made and never used; of those that do not differ one stands for all, the likely
 * one if it is among them.
 */
function queuesIn(watched: Watched, { queues }: TraceSize, likely?: number) {
  const used: number[] = [];
  let unused: number | undefined;
  let destroyed: number | undefined;
  for (const queue of range(queues)) {
    const { hwpts, entries, zeroIsFree, file, calls } = contextOf<FaultQueueContext>(watched, `queue-${queue}`);
    if (stateName(watched.state.snapshots.get(`queue-${queue}`)!.value) === "destroyed") destroyed ??= queue;
    else if (hwpts > 0 || entries.length > 0 || zeroIsFree || file !== "open" || calls > 0) used.push(queue);
    else if (unused === undefined || queue === likely) unused = queue;
  }
  return { used, unused, destroyed };
}

export class Calls {
  readonly #places: Places;
  /** By lane: indexes of its lines. */
  readonly #ofLane = new Map<string, number[]>();
  readonly #placeInLane: readonly number[];

  constructor(places: Places) {
    this.#places = places;
    this.#placeInLane = places.lines.map(({ lane }, index) => {
      const indexes = this.#ofLane.get(lane) ?? [];
      this.#ofLane.set(lane, indexes);
      return indexes.push(index) - 1;
    });
  }

  of(watched: Watched, place: number): readonly OutsideCall[] {
    const { event, word, lane } = this.#places.lines[place]!;
    if (missingField(word, event.fields) !== undefined) return [];
    const slot = this.#places.slotOf(lane);
    // Two lines of a call that is under way say that something fails in it.
    if (word === "fops_read_ret") return this.#failedRead(watched, Number(event.fields["ret"]), slot);
    if (word === "fops_write_ret")
      return event.fields["ret"] === EFAULT ? [{ component: `writer-${slot}`, event: { type: "writer.fails" } }] : [];
    if (!this.#isOutside(watched, lane, slot)) return [];
    switch (word) {
      case "report_fault":
        return this.#reports(place, slot);
      case "fops_read":
        return this.#open(watched, place, this.#returned(place, "fops_read_ret")).map((queue) => ({
          component: `reader-${slot}`,
          event: { type: "reader.reads", queue, bytes: Number(event.fields["count"]) },
        }));
      case "fops_write":
        return this.#writes(watched, place, slot);
      case "iopf_enable":
      case "attach_group_handle":
      case "replace_group_handle":
      case "detach_group_handle":
        return this.#controls(watched, place, slot);
      case "fault_destroy":
        return this.#destroys(watched, slot);
      default:
        return [];
    }
  }

  /** A thread makes one call after the other: it has returned from what it called before. */
  #isOutside(watched: Watched, lane: string, slot: number): boolean {
    const isIdle = (component: string): boolean => stateName(watched.state.snapshots.get(component)!.value) === "idle";
    return (
      OF_THREAD.every((name) => isIdle(`${name}-${slot}`)) &&
      range(this.#places.size.devices).every(
        (device) => watched.lanes[`control-${device}`] !== lane || isIdle(`control-${device}`),
      )
    );
  }

  /** The lines of the thread from this one on. */
  *#following(place: number): Generator<SpeakingLine> {
    const indexes = this.#ofLane.get(this.#places.lines[place]!.lane)!;
    for (let at = this.#placeInLane[place]! + 1; at < indexes.length; at++) yield this.#places.lines[indexes[at]!]!;
  }

  #reports(place: number, slot: number): readonly OutsideCall[] {
    const { fields } = this.#places.lines[place]!.event;
    const device = this.#places.deviceOf(String(fields["dev"]));
    if (device === undefined) return [];
    const flags = Number(fields["flags"]);
    const fault: Fault = {
      device,
      pasid: flags & PASID_VALID ? Number(fields["pasid"]) : null,
      grp: Number(fields["grpid"]),
      page: fields["addr"] as number,
      perm: Number(fields["perm"]),
      last: (flags & LAST_PAGE) !== 0,
    };
    const unrecoverable = fields["type"] !== undefined && fields["type"] !== 1;
    return [{ component: `reporter-${slot}`, event: { type: "driver.reports-fault", fault, unrecoverable } }];
  }

  /** What the call that begins on the line returned, as a later line says. */
  #returned(place: number, name: string): number {
    for (const { word, event } of this.#following(place)) if (word === name) return Number(event.fields["ret"] ?? 0);
    return 0;
  }

  /**
   * Queues whose file is open: all that were used, and one that was not. One that was not used has nothing to be read or
   * answered: a call that returned more than 0 was of another.
   */
  #open(watched: Watched, place: number, returned: number): readonly number[] {
    const { used, unused } = queuesIn(watched, this.#places.size);
    const open = used.filter((queue) => contextOf<FaultQueueContext>(watched, `queue-${queue}`).file === "open");
    const all = unused === undefined || returned > 0 ? open : [unused, ...open];
    const likely = this.#places.queueOf?.(place);
    return [...all].sort((a, b) => Number(b === likely) - Number(a === likely));
  }

  /**
   * A copy fails, or the xarray gets no memory, where the call says so; and where it returns the records that were read
   * before: the kernel does not tell of a failure then.
   */
  #failedRead(watched: Watched, result: number, slot: number): readonly OutsideCall[] {
    const component = `reader-${slot}`;
    const { counted } = contextOf<FaultReaderContext>(watched, component);
    const isPartial = result > 0 && counted * RECORD === result;
    return [
      ...(result === EFAULT || isPartial ? [{ component, event: { type: "reader.fails" } }] : []),
      ...(result === ENOMEM || isPartial ? [{ component, event: { type: "reader.fetches", ok: false } }] : []),
    ];
  }

  /** The responses of a write are those that the thread sends before it returns, and one that ends the loop. */
  #writes(watched: Watched, place: number, slot: number): readonly OutsideCall[] {
    const count = Number(this.#places.lines[place]!.event.fields["count"]);
    const cookies: number[] = [];
    const codes: string[] = [];
    for (const { word, event } of this.#following(place)) {
      if (word === "fops_write_ret") break;
      if (word !== "group_response") continue;
      if (missingField(word, event.fields) !== undefined) return [];
      cookies.push(Number(event.fields["cookie"]));
      codes.push(event.fields["status"] === 0 ? "success" : "invalid");
    }
    const isShort = count % RESPONSE === 0 && cookies.length < count / RESPONSE;
    return this.#open(watched, place, this.#returned(place, "fops_write_ret")).flatMap((queue) => {
      // A code that is none, or a cookie that nobody has. The xarray notices only whether that cookie is 0.
      const tails: readonly (readonly [number, string])[][] = isShort ? [[[0, "unknown"]], [[0, "success"]]] : [[]];
      return tails.map((tail) => ({
        component: `writer-${slot}`,
        event: {
          type: "writer.writes",
          queue,
          cookies: [...cookies, ...tail.map(([cookie]) => cookie)],
          codes: [...codes, ...tail.map(([, code]) => code)],
          bytes: count,
        },
      }));
    });
  }

  /** The device of an ioctl is named by a later line of the thread; without such a line it may be any. */
  #devices(place: number): readonly number[] {
    const { word, event } = this.#places.lines[place]!;
    for (const next of [{ word, event }, ...this.#following(place)]) {
      const name = next.event.fields["dev"] ?? next.event.fields["device"];
      if (name === undefined || !/^(?:queue_|attach_device)/.test(next.word)) continue;
      const device = this.#places.deviceOf(String(name));
      return device === undefined ? [] : [device];
    }
    return range(this.#places.size.devices);
  }

  /** HWPTs that the device may go to: of each kind one that is not attached. */
  #targets(
    watched: Watched,
    attached: number | null,
    likely: number | undefined,
  ): { readonly hwpts: readonly number[]; readonly makes: number | undefined } {
    const { used, unused, destroyed } = queuesIn(watched, this.#places.size, likely);
    const queues = [...used, ...(unused === undefined ? [] : [unused])];
    const kinds = [null, ...queues.sort((a, b) => Number(b === likely) - Number(a === likely))];
    return {
      hwpts: kinds.map((queue) => hwptsOf(queue).find((hwpt) => hwpt !== attached)!),
      makes: unused === undefined ? destroyed : undefined,
    };
  }

  #controls(watched: Watched, place: number, slot: number): readonly OutsideCall[] {
    const { word } = this.#places.lines[place]!;
    return this.#devices(place).flatMap((device): readonly OutsideCall[] => {
      const component = `control-${device}`;
      const { op, attached } = contextOf<ControlContext>(watched, component);
      const detaches = { component, event: { type: "control.detaches", device } };
      if (op !== "none") return [{ ...detaches, waits: true }];
      if (word === "detach_group_handle") return [detaches];
      const { hwpts, makes } = this.#targets(watched, attached, this.#places.queueOf?.(place));
      const made: readonly OutsideCall[] =
        makes === undefined
          ? []
          : [{ component: `destroyer-${slot}`, event: { type: "control.creates", queue: makes } }];
      const type = attached === null ? "control.attaches" : "control.replaces";
      if (word === "attach_group_handle" && attached !== null) return [];
      return [
        ...this.#likelyFirst(place, hwpts).map((hwpt) => ({ component, event: { type, device, hwpt } })),
        ...made,
      ];
    });
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

  /** The last reference of a file is dropped without a line; the object goes when user space asks for it. */
  #destroys(watched: Watched, slot: number): readonly OutsideCall[] {
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
