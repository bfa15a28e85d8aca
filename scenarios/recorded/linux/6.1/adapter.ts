/**
 * Replays recordings of Linux 6.1's IOPF core through our machines of it. This file translates operations into events
 * of machines; words.ts translates what they say back. What happens in between is the machines' affair.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Fault, ResponseCode } from "../../../../model/machines/linux/include/iommu.ts";
import type { DeviceFaultDataContext } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data-messages.ts";
import type { QueueContext } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-queue-messages.ts";
import { queueSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-queue.ts";
import { workerSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/iopf-worker.ts";
import { queueIopfSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/queue-iopf.ts";
import { reporterSteps } from "../../../../model/machines/linux/iommu/io-pgfault/6.1/reporter.ts";
import type { Adapter } from "../../conformance.ts";
import { BOOTED_61 } from "../classes.ts";
import { compare, Drive, numberOrNull, queuesOf, type Op, type Recording } from "../drive.ts";
import { linux61System, NULL_QUEUE, type Setting } from "./system.ts";
import { event61, state61 } from "./words.ts";

/** Deliberate defects from the rules of 6.1, for tests that must see a difference. */
export type Departure = Omit<Setting, "devices" | "queues">;

const CODES: readonly ResponseCode[] = ["success", "invalid", "failure"];
/** Fault types: 2 is a page request. */
const PAGE_REQUEST = 2;

const faultOf = ({ dev, pasid, grp, addr, perm, last, needs_pasid }: Op): Fault => ({
  device: Number(dev),
  pasid: numberOrNull(pasid),
  grp: Number(grp ?? 0),
  page: Number(addr ?? 0),
  perm: Number(perm ?? 1),
  last: last === true,
  ...(needs_pasid === false ? { needsPasid: false } : {}),
});

/** One sequence in progress. */
class Run {
  readonly drive: Drive;
  readonly #devices: number;
  readonly #queues: readonly number[];
  #events: Json[] = [];
  /** The message with which the called function returned. */
  #returned: Message | undefined;
  /** Which allocation of the next operation fails. */
  #failing: number | undefined;

  constructor(init: Op, queues: readonly number[], departure: Departure) {
    this.#devices = Number(init["devs"]);
    this.#queues = queues;
    this.drive = new Drive(linux61System({ devices: this.#devices, queues, ...departure }), ({ to, message }) => {
      if (to === "outside" && "result" in message) this.#returned = message;
      const event = event61(message, to);
      if (event !== undefined) this.#events.push(event);
    });
  }

  perform(op: Op): readonly Json[] {
    this.#events = [];
    this.#returned = undefined;
    this.#operate(op);
    if (op.op !== "fail_alloc") this.#failing = undefined;
    return this.#events;
  }

  #operate(op: Op): void {
    const device = Number(op["dev"]);
    const mm = Number(op["mm"]);
    const queue = op["q"] === undefined ? NULL_QUEUE : `queue-${Number(op["q"])}`;
    const data = `data-${device}`;
    switch (op.op) {
      case "queue_alloc":
        return this.#call(queue, { type: "queue.allocates" });
      case "queue_free":
        return this.#call(queue, { type: "queue.frees" });
      case "add_dev":
        return this.#call(queue, { type: "queue.adds", device });
      case "remove_dev":
        return this.#call(queue, { type: "queue.removes", device });
      case "discard":
        return this.#call(queue, { type: "queue.discards" });
      case "flush":
        return this.#call(data, { type: "param.flushes", device });
      case "register": {
        // The recorded test handler does what the last register asked for, also when it was refused.
        this.drive.take("test-handler", { type: "test-handler.is-told", device, refuses: op["mode"] === "err" });
        const handler = op["mode"] === "iopf" ? "iommu_queue_iopf" : "test";
        return this.#call(data, { type: "handler.registers", device, handler });
      }
      case "unregister":
        return this.#call(data, { type: "handler.unregisters", device });
      case "fault":
        return this.#report(faultOf(op), (op["type"] ?? PAGE_REQUEST) !== PAGE_REQUEST);
      case "page_response":
        return this.#pageResponse(op);
      case "run": {
        const { queued } = this.drive.context<QueueContext>(queue);
        if (queued.length === 0) this.#events.push({ ev: "idle" });
        else this.#work(Number(op["q"]), Math.min(Number(op["n"] ?? 0), queued.length - 1));
        return;
      }
      case "fail_alloc":
        this.#failing = Number(op["n"]);
        return;
      case "mm_new":
        return this.#memory({ type: "mm.is-created", mm });
      case "mm_pasid":
        return void this.drive.take("pasids", { type: "mm.gets-pasid", mm, pasid: Number(op["pasid"]) });
      case "mm_exit":
        return this.#memory({ type: "mm.exits", mm });
      case "vma": {
        const { start, end, prot } = op as unknown as { start: number; end: number; prot: number };
        return this.#memory({ type: "mm.maps", mm, area: { start, end, prot, sigbus: op["sigbus"] === true } });
      }
      case "vma_del":
        return this.#memory({ type: "mm.unmaps", mm, start: Number(op["start"]) });
      case "state":
        return this.#dump();
    }
  }

  #memory(event: Message): void {
    this.drive.take("memory", event);
  }

  /** Calls a function and lets queues and workers go on until it returns: a flush waits for the oldest work first. */
  #call(component: string, event: Message): void {
    this.drive.take(component, event);
    while (!this.#returned) {
      const goesOn =
        this.#queues.some((queue) => this.drive.takeOne(`queue-${queue}`, queueSteps)) ||
        this.#queues.some((queue) => this.#isWaiting(queue) && this.#work(queue, 0));
      if (!goesOn) return this.#stuck(component);
    }
    this.#return();
  }

  #report(fault: Fault, unrecoverable: boolean): void {
    this.drive.take("reporter", { type: "driver.reports-fault", fault, unrecoverable });
    let allocations = 0;
    while (!this.#returned) {
      const fails = allocations + 1 === this.#failing;
      const chosen = (step: Message) => !("ok" in step) || step["ok"] === !fails;
      const taken =
        this.drive.takeOne("reporter", reporterSteps("may-fail").filter(chosen)) ??
        this.drive.takeOne("queue-iopf", queueIopfSteps("may-fail").filter(chosen));
      if (!taken) return this.#stuck("reporter");
      if ("ok" in taken) allocations += 1;
    }
    this.#return();
  }

  #pageResponse({ dev, grp, pasid, code, version }: Op): void {
    const device = Number(dev);
    this.drive.take(`data-${device}`, {
      type: "page.responds",
      device,
      grp: Number(grp ?? 0),
      pasid: numberOrNull(pasid),
      code: CODES[Number(code ?? 0)]!,
      version: Number(version ?? 1),
      by: null,
    });
    if (this.#returned?.["locked"]) this.drive.take(`data-${device}`, { type: "response.leaves", device });
    this.#return();
  }

  /** Whether a flush or the end of the queue waits for its work. */
  #isWaiting(queue: number): boolean {
    return /freeing|waiting/.test(this.drive.stateName(`queue-${queue}`));
  }

  /** Handles the queued group at the place, from the first step to the last. */
  #work(queue: number, index: number): boolean {
    const worker = `worker-${queue}`;
    if (!this.drive.take(worker, { type: "worker.begins", index })) return false;
    while (this.drive.stateName(worker) !== "idle") if (!this.drive.takeOne(worker, workerSteps(0))) return false;
    return true;
  }

  #return(): void {
    this.#events.push({ ev: "ret", val: this.#returned?.["result"] ?? null });
  }

  #stuck(component: string): void {
    this.#events.push({ ev: "stuck", component, state: this.drive.stateName(component) });
  }

  #dump(): void {
    for (let device = 0; device < this.#devices; device += 1)
      this.#events.push(state61(this.drive.context<DeviceFaultDataContext>(`data-${device}`)));
    for (const q of this.#queues)
      if (!this.drive.stateName(`queue-${q}`).startsWith("calls:absent"))
        this.#events.push({
          ev: "state_wq",
          q,
          queued: this.drive.context<QueueContext>(`queue-${q}`).queued.length,
        });
  }
}

/** What cannot be seen from outside on a booted kernel. */
const NOT_SEEN_BOOTED: readonly string[] = ["mm_fault", "log", "alloc_fail", "state_wq"];

export const linux61 = (departure: Departure = {}): Adapter => ({
  name: "Linux 6.1",
  accepts: (line) => String((line as Partial<Recording> | null)?.kernel).startsWith("6.1."),
  shape: async () => (await import("./schema.ts")).shape61,
  replay: (line) => {
    const recording = line as Recording;
    const start = (init: Op): Run => new Run(init, queuesOf(recording), departure);
    return compare(recording, start, { events: recording.class === BOOTED_61 ? NOT_SEEN_BOOTED : [] });
  },
});
