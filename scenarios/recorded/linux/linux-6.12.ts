/**
 * Replays recordings of Linux 6.12's IOPF core through our machines of it. This file translates operations into events
 * of machines; words-6.12.ts translates what they say back. What happens in between is the machines' affair.
 *
 * Out of scope: a discard of no queue (NULL); and as a whole, the classes in `leftOut612` and hand-written
 * sequences with SVA, iommufd or Intel's page request ring.
 */
import type { Json, Message } from "../../../checker/json.ts";
import type { Fault, ResponseCode } from "../../../model/machines/linux/include/iommu.ts";
import type { FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import { queueSteps } from "../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import type { QueueContext, Work } from "../../../model/machines/linux/iommu/io-pgfault/6.12/iopf-queue-messages.ts";
import { reporterSteps } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import type { Adapter } from "../conformance.ts";
import { leftOut612 } from "./classes.ts";
import { compare, Drive, leftOut, numberOrNull, queuesOf, type Op, type OutOfScope, type Recording } from "./drive.ts";
import { linux612System, type Setting } from "./system-6.12.ts";
import { event612, state612, Tokens } from "./words-6.12.ts";

const OPERATIONS: readonly string[] = [
  ..."init queue_alloc queue_free add_dev remove_dev discard flush attach detach".split(" "),
  ..."fault respond run fail_alloc state".split(" "),
];

/** Deliberate defects from the rules of 6.12, for tests that must see a difference. */
export type Departure = Pick<Setting, "rules" | "discards">;

const CODES: readonly ResponseCode[] = ["success", "invalid", "failure"];

/** The handler that an `attach` asks for; null: the domain has none. */
const handlerOf = ({ mode, code }: Op): Json =>
  mode === "none"
    ? null
    : { mode: mode === "err" ? "refuse" : String(mode).replace("_", "-"), code: CODES[Number(code ?? 0)]! };

const faultOf = ({ dev, pasid, grp, addr, perm, last }: Op): Fault => ({
  device: Number(dev),
  pasid: numberOrNull(pasid),
  grp: Number(grp ?? 0),
  page: Number(addr ?? 0),
  perm: Number(perm ?? 1),
  last: last === true,
});

/** One sequence in progress. */
class Run {
  readonly #drive: Drive;
  readonly #tokens = new Tokens();
  readonly #groups: readonly number[];
  readonly #queues: readonly number[];
  #events: Json[] = [];
  /** The message with which the called function returned. */
  #returned: Message | undefined;
  /** Which allocation of the next operation fails. */
  #failing: number | undefined;

  constructor(init: Op, queues: readonly number[], departure: Departure) {
    this.#groups = (init["groups"] as readonly number[] | undefined) ?? [...Array(Number(init["devs"])).keys()];
    this.#queues = queues;
    const userPasidTable = init["upt"] === true;
    const canRespond = init["pr"] !== false;
    const system = linux612System({ groups: this.#groups, queues, userPasidTable, canRespond, ...departure });
    this.#drive = new Drive(system, ({ to, message }) => {
      if (to === "outside" && "result" in message) this.#returned = message;
      const event = event612(message, this.#tokens);
      if (event !== undefined) this.#events.push(event);
    });
  }

  get drive(): Drive {
    return this.#drive;
  }

  perform(op: Op): readonly Json[] | OutOfScope {
    if (op.op === "discard" && op["q"] === undefined) return { outOfScope: "discard of no queue" };
    this.#events = [];
    this.#returned = undefined;
    this.#operate(op);
    if (op.op !== "fail_alloc") this.#failing = undefined;
    return this.#events;
  }

  #operate(op: Op): void {
    const device = Number(op["dev"]);
    const queue = `queue-${Number(op["q"])}`;
    switch (op.op) {
      case "queue_alloc":
        return this.#call(queue, { type: "queue.allocates" });
      case "queue_free":
        return this.#call(queue, { type: "queue.frees" }, "void");
      case "add_dev":
        return this.#call(queue, { type: "queue.adds", device });
      case "remove_dev":
        return this.#call(queue, { type: "queue.removes", device }, "void");
      case "discard":
        return this.#call(queue, { type: "queue.discards" });
      case "flush":
        return this.#call(`param-${device}`, { type: "param.flushes", device });
      case "attach": {
        const domain = { handler: handlerOf(op), nested: op["nested"] === true };
        return this.#call(this.#handles(device), { type: "handle.inserts", pasid: Number(op["pasid"]), domain });
      }
      case "detach":
        return this.#detach(device, Number(op["pasid"]));
      case "fault":
        return this.#report(faultOf(op), (op["type"] ?? 1) !== 1);
      case "respond":
        return this.#respond(Number(op["g"]), CODES[Number(op["code"] ?? 0)]!);
      case "run":
        return this.#run(Number(op["q"]), Number(op["n"] ?? 0));
      case "fail_alloc":
        this.#failing = Number(op["n"]);
        return;
      case "state":
        return this.#dump();
    }
  }

  readonly #handles = (device: number): string => `handles-${this.#groups[device]}`;

  /** Calls a function and lets queues and workers go on until it returns: a flush waits for the oldest work first. */
  #call(component: string, event: Message, returns: "result" | "void" = "result"): void {
    this.#drive.take(component, event);
    while (!this.#returned) {
      const goesOn =
        this.#queues.some((queue) => this.#drive.takeOne(`queue-${queue}`, queueSteps)) ||
        this.#queues.some((queue) => this.#isWaiting(queue) && this.#begin(queue, this.#queued(queue)[0]));
      if (!goesOn) {
        this.#events.push({ ev: "stuck", component, state: this.#drive.stateName(component) });
        return;
      }
    }
    this.#events.push({ ev: "ret", val: returns === "void" ? null : this.#returned["result"]! });
  }

  #detach(device: number, pasid: number): void {
    this.#call(this.#handles(device), { type: "handle.erases", pasid });
    const old = this.#returned?.["old"];
    if (old) this.#drive.take(this.#handles(device), { type: "handle.frees", pasid, domain: old });
  }

  #report(fault: Fault, unrecoverable: boolean): void {
    this.#drive.take("reporter", { type: "driver.reports-fault", fault, unrecoverable });
    let allocations = 0;
    while (!this.#returned) {
      const fails = allocations + 1 === this.#failing;
      const steps = reporterSteps("may-fail").filter((step) => !("ok" in step) || step["ok"] === !fails);
      const taken = this.#drive.takeOne("reporter", steps);
      if (!taken) {
        this.#events.push({ ev: "stuck", component: "reporter", state: this.#drive.stateName("reporter") });
        return;
      }
      if (taken.type === "reporter.allocates") allocations += 1;
    }
    this.#events.push({ ev: "ret", val: this.#returned["result"]! });
  }

  #respond(token: number, code: ResponseCode): void {
    const named = this.#tokens.named(token);
    if (!named) this.#events.push({ ev: "skip", why: "group is gone" });
    else if (this.#drive.take("handler", { type: "handler.answers", ...named, code }))
      this.#events.push({ ev: "ret", val: null });
    else this.#events.push({ ev: "skip", why: "not held by the handler" });
  }

  #run(queue: number, nth: number): void {
    const works = this.#queued(queue);
    if (!this.#begin(queue, works[nth] ?? works.at(-1))) this.#events.push({ ev: "idle" });
  }

  /** Oldest first: works are queued in the order of delivery. */
  #queued(queue: number): readonly Work[] {
    const { queued } = this.#drive.context<QueueContext>(`queue-${queue}`);
    return queued.toSorted((a, b) => Number(this.#tokens.of(a)) - Number(this.#tokens.of(b)));
  }

  /** Whether a flush or the end of the queue waits for its work. */
  #isWaiting(queue: number): boolean {
    return /freeing|waiting/.test(this.#drive.stateName(`queue-${queue}`));
  }

  #begin(queue: number, work: Work | undefined): boolean {
    return work !== undefined && this.#drive.take(`worker-${queue}`, { type: "worker.begins", ...work });
  }

  #dump(): void {
    for (const device of this.#groups.keys())
      this.#events.push(state612(this.#drive.context<FaultParamContext>(`param-${device}`), this.#tokens));
    for (const q of this.#queues)
      if (!this.#drive.stateName(`queue-${q}`).startsWith("calls:absent"))
        this.#events.push({ ev: "state_wq", q, queued: this.#queued(q).length });
  }
}

export const linux612 = (departure: Departure = {}): Adapter => ({
  name: "linux-6.12-harness",
  accepts: (line) => String((line as Partial<Recording> | null)?.kernel).startsWith("6.12."),
  shape: async () => (await import("./schema-6.12.ts")).shape612,
  replay: (line) => {
    const recording = line as Recording;
    if (leftOut612.includes(recording.class)) return leftOut(`class ${recording.class}`);
    const { ops } = recording;
    const strange = ops.find(({ op, intel }) => !OPERATIONS.includes(op) || intel);
    if (strange)
      return leftOut(`hand-written sequence with ${strange.op === "init" ? "Intel's page request ring" : strange.op}`);
    return compare(recording, (init) => new Run(init, queuesOf(recording), departure));
  },
});
