/**
 * What a thread of the trace may have called for its next line to appear. A line tells little of the call: which queue a
 * file belongs to, which HWPT is attached, which cookies were written. Later lines of the same thread tell some of it;
 * everything else is tried.
 */
import type { OutsideCall, Watched } from "../../../checker/explore/observed/observed-system.ts";
import { stateName } from "../../../checker/kernel/step.ts";
import { EXECUTE, PRIVILEGED, READ, WRITE, type Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultReaderContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import { IoctlCalls, type Places } from "./ioctl-calls.ts";
import { contextOf, queuesIn } from "./queues-in.ts";
import { LAST_PAGE, PASID_VALID, type SpeakingLine } from "./trace-lines.ts";
import { RECORD, RESPONSE } from "./trace-marks.ts";
import { groupsIn, requestThreadOf } from "./trace-size.ts";
import { missingField } from "./words.ts";

/** Machines of one thread. */
const OF_THREAD = ["reporter", "handler", "reader", "writer", "closer", "destroyer"];

const EFAULT = -14;
const ENOMEM = -12;

/** The request that the page request thread reports so. */
export function requestOf({ device, pasid, grp, page, perm, last }: Fault) {
  const [executes, isPrivileged] = [(perm & EXECUTE) !== 0, (perm & PRIVILEGED) !== 0];
  const mode = isPrivileged ? (executes ? "privileged-execute" : "privileged") : executes ? "execute" : undefined;
  const access = { read: (perm & READ) !== 0, write: (perm & WRITE) !== 0, ...(mode && { mode }) };
  return { device, pasid, prgi: grp, page, ...access, last, instance: 0 };
}

export class Calls {
  readonly #places: Places;
  /** By lane: indexes of its lines. */
  readonly #ofLane = new Map<string, number[]>();
  readonly #placeInLane: readonly number[];
  readonly #ioctls: IoctlCalls;

  constructor(places: Places) {
    this.#places = places;
    this.#placeInLane = places.lines.map(({ lane }, index) => {
      const indexes = this.#ofLane.get(lane) ?? [];
      this.#ofLane.set(lane, indexes);
      return indexes.push(index) - 1;
    });
    this.#ioctls = new IoctlCalls(places, (place) => this.#following(place));
  }

  /** As in ioctl-calls.ts. */
  get lacksHwpts(): boolean {
    return this.#ioctls.lacksHwpts;
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
      case "queue_discard_partial":
        return this.#isRequestThread(slot) ? [{ component: `ring-${slot}`, event: { type: "prq.overflows" } }] : [];
      case "iopf_enable":
      case "attach_group_handle":
      case "replace_group_handle":
      case "detach_group_handle":
        return this.#ioctls.controls(watched, place, slot);
      case "add_device_to_group":
      case "remove_device_from_group":
        return this.#ioctls.bus(watched, place);
      case "fault_destroy":
        return this.#ioctls.destroys(watched, slot);
      default:
        return [];
    }
  }

  /** A thread makes one call after the other: it has returned from what it called before. */
  #isOutside(watched: Watched, lane: string, slot: number): boolean {
    const isIdle = (component: string): boolean => stateName(watched.state.snapshots.get(component)!.value) === "idle";
    return (
      OF_THREAD.every((name) => isIdle(`${name}-${slot}`)) &&
      (!this.#isRequestThread(slot) || isIdle(`prq-${slot}`)) &&
      groupsIn(this.#places.size).every(
        (group) => watched.lanes[`control-${group}`] !== lane || isIdle(`control-${group}`),
      )
    );
  }

  /** The lines of the thread from this one on. */
  *#following(place: number): Generator<SpeakingLine> {
    const indexes = this.#ofLane.get(this.#places.lines[place]!.lane)!;
    for (let at = this.#placeInLane[place]! + 1; at < indexes.length; at++) yield this.#places.lines[indexes[at]!]!;
  }

  #isRequestThread(slot: number): boolean {
    return this.#places.size.requestThreads?.some((one) => one.slot === slot) ?? false;
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
    const reads = requestThreadOf(this.#places.size, device);
    if (reads === undefined ? this.#isRequestThread(slot) : reads !== slot) return [];
    // The page request queue has no other faults.
    if (reads !== undefined)
      return unrecoverable ? [] : [{ component: `ring-${slot}`, event: { type: "pri.request", ...requestOf(fault) } }];
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
}
