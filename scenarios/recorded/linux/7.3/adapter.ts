/**
 * Replays recordings of iommufd of Linux 7.3 through our machines of it. calls.ts translates operations into calls, and
 * objects.ts what the machines say back. What happens in between is the machines' affair.
 *
 * In the class `errors` the kernel made one point of an operation fail, and the recording does not say which one. The replay
 * takes a step of the machines whose failure gives the events that were recorded.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import { canonical } from "../../../../checker/kernel/canon.ts";
import { defineSystem, type Component, type System } from "../../../../checker/system.ts";
import { outside } from "../../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import type { QueueIndex } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import { objectRoutes73, objects73, threads73 } from "../../../../model/systems/iommufd-7.3.ts";
import { endsOfFaults73, faultRoutes73, faults73 } from "../../../../model/systems/faults-7.3.ts";
import type { Transfer } from "../../../../checker/simulation.ts";
import { LINUX_6_12_IOMMUFD } from "../6.12/iommufd-system.ts";
import type { Adapter } from "../../conformance.ts";
import { compare, Drive, type Op, type Performer, type Recording } from "../drive.ts";
import { callOf, type Asked } from "./calls.ts";
import { Handles, mostOf } from "./handles.ts";
import { beginsOnFaults, closedOrDone, OF_FAULTS, OF_LOG } from "./faults.ts";
import { beginsCall, beginsOnVeventq, effectWord, MAPPED, OF_VEVENTQ, returnWord } from "./objects.ts";
import { CALLER, failuresNear, READER, runs, type Failing } from "./threads.ts";

/** Departures from the rules of 7.3, for tests that must see a difference. */
export interface Departure {
  /** What the selftest does with the index of a hardware queue. */
  readonly queueIndex?: QueueIndex;
  /** Puts another component in the place of one, which shows that its rule is looked at. */
  readonly meddles?: (component: Component) => Component;
}

type Rules = Required<Pick<Departure, "queueIndex">> & Departure;

/** The recorded device is the selftest's, which never stores the index of a hardware queue. */
const RECORDED: Required<Pick<Departure, "queueIndex">> = { queueIndex: "never-stored" };

function systemOf({ ops }: Recording, { queueIndex, meddles = (one) => one }: Rules): System {
  const most = (field: string): number => mostOf(ops, field);
  const { handler, reader, writer } = LINUX_6_12_IOMMUFD;
  const faults = { devices: most("dev"), queues: most("f") + 1, handler, reader, writer };
  const components: { readonly [name: string]: Component } = {
    ...objects73({
      many: {
        device: most("dev"),
        hwpt: most("h"),
        // One more than are made: the file of a queue that never was.
        fault: most("f") + 1,
        viommu: most("v"),
        vdevice: most("d"),
        veventq: most("e") + 1,
        "hw-queue": most("k"),
      },
      areas: MAPPED,
      queueIndex,
    }),
    ...faults73(faults),
    ...threads73([CALLER], [READER]),
    outside: { machine: outside, role: "outside" },
  };
  return defineSystem({
    name: "recorded-linux-7.3",
    parameters: {},
    components: Object.fromEntries(Object.entries(components).map(([name, one]) => [name, meddles(one)])),
    routes: [...objectRoutes73(endsOfFaults73("outside")), ...faultRoutes73(faults, CALLER, "outside")],
    properties: [],
  });
}

/** The messages with which something that the program does returns. */
const RETURNS: readonly string[] = [
  "call.returned",
  "vread.returns",
  "vpoll.returns",
  "vwrite.returns",
  "read.returns",
  "write.returns",
  "poll.returns",
];

class Replayed implements Performer {
  readonly drive: Drive;
  readonly ofHarness = new Map<Json, string>();
  readonly #recording: Recording;
  readonly #handles: Handles;
  /** IDs of bound devices, and the handle that a device has, by its memory. */
  readonly #idevs = new Map<number, number>();
  readonly #devs = new Map<number, number>();
  /** Pages that the program has mapped, by handle of their vIOMMU. */
  readonly #mapped = new Map<number, number>();
  /** For attempts: a step that fails is looked for before it is taken. */
  readonly #trial: Drive;
  #heard: Transfer[] = [];
  /** The point of the next operation that fails. */
  #nth: number | undefined;

  constructor(recording: Recording, departure: Rules) {
    this.#recording = recording;
    this.#handles = new Handles(recording.ops);
    const system = systemOf(recording, departure);
    const hear = (transfer: Transfer): void => void (transfer.how === "ignored" || this.#heard.push(transfer));
    this.drive = new Drive(system, hear);
    this.#trial = new Drive(system, hear);
  }

  /** The context and its IOAS were there before the first operation. */
  begins(): this {
    beginsCall(this.drive, { call: "ioas-alloc", args: {}, memory: { ioas: 0 } });
    runs(this.drive, false);
    return this;
  }

  perform(op: Op): readonly Json[] {
    if (op.op === "fail_nth") {
      this.#nth = Number(op["n"]);
      return [];
    }
    const nth = this.#nth;
    this.#nth = undefined;
    if (OF_VEVENTQ.includes(op.op)) {
      const at = this.#handles.at("e", op);
      return this.#result(op, nth, (drive) => beginsOnVeventq(drive, op, at));
    }
    if (OF_FAULTS.includes(op.op)) {
      const at = this.#handles.at("f", op);
      return this.#result(op, nth, (drive) => beginsOnFaults(drive, op, at));
    }
    return this.#call(op, nth);
  }

  #call(op: Op, nth: number | undefined): readonly Json[] {
    if (op.op === "viommu_mmap" && this.#mapped.has(Number(op["v"])))
      return [this.#ofHarness({ ev: "skip", why: "mapped already" })];
    if (op.op === "viommu_munmap") return this.#unmaps(op, nth);
    const asked = callOf(op, this.#handles, (one) => this.#idev(one))!;
    const events = this.#result(op, nth, (drive) => beginsCall(drive, asked));
    this.#keep(op, asked);
    return events;
  }

  /** The program knows what it has mapped. */
  #unmaps(op: Op, nth: number | undefined): readonly Json[] {
    const offset = this.#mapped.get(Number(op["v"]));
    if (offset === undefined) return [this.#ofHarness({ ev: "ret", val: -9 })];
    const asked: Asked = { call: "page-unmap", args: { offset, whole: 1 } };
    const events = this.#result(op, nth, (drive) => beginsCall(drive, asked));
    if (this.#returned()?.["result"] === 0) this.#mapped.delete(Number(op["v"]));
    return events;
  }

  #ofHarness(event: Json): Json {
    if ((event as { readonly ev: string }).ev !== "skip") this.ofHarness.set(event, "munmap of what is not mapped");
    return event;
  }

  #idev(op: Op): number {
    const found = this.#handles.of("dev", op);
    return found?.id === null ? 0 : (this.#idevs.get(found?.at ?? -1) ?? 0);
  }

  /** The events of the operation; where a point failed, those of a failure that gives what was recorded. */
  #result(op: Op, nth: number | undefined, begins: (drive: Drive) => void): readonly Json[] {
    const { ops, events } = this.#recording;
    const index = ops.indexOf(op);
    const recorded = events.filter(({ i }) => i === index).map(({ i: _, ...event }) => event);
    const hit = recorded.find((event) => "hit" in event)?.["hit"];
    const words = (drive: Drive, failing?: Failing): readonly Json[] | undefined => {
      this.#heard = [];
      begins(drive);
      return runs(drive, op["bad"] === 1, failing) ? this.#words(op, hit) : undefined;
    };
    const wanted = canonical(recorded);
    for (const failing of nth === undefined || hit !== 1 ? [] : failuresNear(nth)) {
      this.#trial.state = this.drive.state;
      const said = words(this.#trial, failing);
      if (said && canonical(said) === wanted) return words(this.drive, failing)!;
    }
    return words(this.drive)!;
  }

  #returned(): Message | undefined {
    return this.#heard.find(({ to, message }) => to === "outside" && RETURNS.includes(message.type))?.message;
  }

  #words(op: Op, hit: Json | undefined): readonly Json[] {
    const returned = this.#returned();
    const dev = (at: number): number => this.#devs.get(at) ?? Number(op["dev"]);
    const heard = this.#heard.flatMap(({ message }) => effectWord(message, dev) ?? []);
    const isOfLog = (event: Json): boolean => OF_LOG.includes((event as { readonly ev: string }).ev);
    const effects = [...heard.filter((event) => !isOfLog(event)), ...heard.filter(isOfLog)];
    const first = returned
      ? returnWord(op, returned, dev)
      : (closedOrDone(op) ?? { ev: "stuck", state: this.drive.stateName(CALLER) });
    return [hit === undefined ? first : { ...(first as object), hit }, ...effects];
  }

  /** What the program knows after the call. */
  #keep(op: Op, { memory = {}, makes, destroys, args }: Asked): void {
    const returned = this.#returned();
    if (!returned || returned["result"] !== 0) return;
    const ids = returned["ids"] as { readonly [role: string]: number };
    if (makes) this.#handles.makes(makes[0], op, ids[makes[1]]!, memory[makes[1]]!);
    if (destroys !== undefined) this.#handles.destroys(destroys, op);
    if (op.op === "viommu_mmap") this.#mapped.set(Number(op["v"]), args["offset"]!);
    if (op.op !== "dev_new") return;
    this.#idevs.set(memory["device"]!, ids["device"]!);
    this.#devs.set(memory["device"]!, Number(op["dev"]));
  }
}

export const linux73 = (departure: Departure = {}): Adapter => ({
  name: "Linux 7.3",
  accepts: (line) => String((line as Partial<Recording> | null)?.kernel).startsWith("7.3."),
  shape: async () => (await import("./schema.ts")).shape73,
  replay: (line) => {
    const recording = line as Recording;
    return compare(recording, () => new Replayed(recording, { ...RECORDED, ...departure }).begins());
  },
});
