/**
 * Replays recordings of iommufd of Linux 7.3 through our machines of it. calls.ts translates operations into calls, and
 * objects.ts what the machines say back. What happens in between is the machines' affair.
 *
 * In the class `errors` the kernel made one point of an operation fail, and the recording does not say which one. The replay
 * takes a step of the machines whose failure gives the events that were recorded; of several that which is nearest in number.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import { canonical } from "../../../../checker/kernel/canon.ts";
import { defineSystem, type Component, type System } from "../../../../checker/system.ts";
import { outside } from "../../../../model/machines/linux/iommu/io-pgfault/outside.ts";
import { EBADF } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/errors.ts";
import type { QueueIndex } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import { faults73, objectRoutes73, objects73, threads73 } from "../../../../model/systems/iommufd-7.3.ts";
import type { Adapter } from "../../conformance.ts";
import { compare, Drive, type Op, type Performer, type Recording } from "../drive.ts";
import { callOf, type Asked } from "./calls.ts";
import { Handles, mostOf } from "./handles.ts";
import { FAULT_FILE, isOpen, performOnFaultFile } from "./fault-files.ts";
import { closedWord, fileWord } from "./fault-words.ts";
import {
  CALLER,
  effectWord,
  MAPPED,
  OF_FILE,
  performCall,
  performOnFile,
  READER,
  returnWord,
  runs,
} from "./objects.ts";

/** Departures from the rules of 7.3, for tests that must see a difference. */
export interface Departure {
  /** What the selftest does with the index of a hardware queue. */
  readonly queueIndex?: QueueIndex;
  /** Puts another component in the place of one, which shows that its rule is looked at. */
  readonly meddles?: (component: Component) => Component;
}

type Rules = Required<Pick<Departure, "queueIndex">> & Departure;

/** The recorded device is the selftest's, which never stores the index of a hardware queue. */
const RECORDED: Rules = { queueIndex: "never-stored" };

function systemOf({ ops }: Recording, { queueIndex, meddles = (one) => one }: Rules): System {
  const most = (field: string): number => mostOf(ops, field);
  const many = {
    device: most("dev"),
    hwpt: most("h"),
    // One more than are made: the file of a queue that never was.
    fault: most("f") + 1,
    viommu: most("v"),
    vdevice: most("d"),
    veventq: most("e") + 1,
    "hw-queue": most("k"),
  };
  const components: { readonly [name: string]: Component } = {
    ...objects73({ many, areas: MAPPED, queueIndex }),
    ...faults73(many),
    ...threads73([CALLER], [READER]),
    outside: { machine: outside, role: "outside" },
  };
  return defineSystem({
    name: "recorded-linux-7.3",
    parameters: {},
    components: Object.fromEntries(Object.entries(components).map(([name, one]) => [name, meddles(one)])),
    routes: objectRoutes73("outside", CALLER, many),
    properties: [],
  });
}

const IOPF_QUEUE = "iopf-queue";
/** With what a call, a read, a write or a poll returns. */
const RETURNS = [
  "call.returned",
  ...["vread", "vpoll", "vwrite", "read", "write", "poll"].map((one) => `${one}.returns`),
];

/** The kernel's log was read at the end of an operation, and its lines stand last. */
const OF_LOG = ["log", "warn_on"];
const isOfLog = (event: Json): boolean => OF_LOG.includes(String((event as { readonly ev?: Json }).ev));
const byPlace = (a: Json, b: Json): number => Number(isOfLog(a)) - Number(isOfLog(b));

/** The most steps of one call that can be made to fail. */
const MOST_FAILURES = 30;

/** The kernel counts its points, and the machines their steps: of two failures that look alike the nearer one is meant. */
const failuresNear = (nth: number): readonly number[] =>
  Array.from({ length: MOST_FAILURES }, (_, index) => index + 1).toSorted(
    (a, b) => Math.abs(a - nth) - Math.abs(b - nth) || a - b,
  );

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
  #heard: Message[] = [];
  /** The point of the next operation that fails. */
  #nth: number | undefined;

  constructor(recording: Recording, departure: Rules) {
    this.#recording = recording;
    this.#handles = new Handles(recording.ops);
    const system = systemOf(recording, departure);
    this.drive = new Drive(system, ({ message, how }) => void (how === "ignored" || this.#heard.push(message)));
    this.#trial = new Drive(system, ({ message, how }) => void (how === "ignored" || this.#heard.push(message)));
  }

  /** The context and its IOAS were there before the first operation. */
  begins(): this {
    performCall(this.drive, { call: "ioas-alloc", args: {}, memory: { ioas: 0 } }, null);
    return this;
  }

  perform(op: Op): readonly Json[] {
    if (op.op === "fail_nth") {
      this.#nth = Number(op["n"]);
      return [];
    }
    const nth = this.#nth;
    this.#nth = undefined;
    if (OF_FILE.includes(op.op)) {
      const at = this.#handles.at("e", op);
      return this.#result(op, nth, (drive, failing) => performOnFile(drive, op, at, failing));
    }
    if (FAULT_FILE.includes(op.op)) return this.#onFaultFile(op, nth);
    if (op.op === "discard") return this.#discards();
    return this.#call(op, nth);
  }

  #onFaultFile(op: Op, nth: number | undefined): readonly Json[] {
    const queue = this.#handles.at("f", op);
    if (!isOpen(this.drive, queue)) {
      const [said] = this.#recordedOf(op);
      const { hit } = (said ?? {}) as { readonly hit?: Json };
      return [{ ...(closedWord(op, EBADF) as object), ...(hit === undefined ? {} : { hit }) }];
    }
    return this.#result(op, nth, (drive, failing) => performOnFaultFile(drive, op, queue, failing));
  }

  /** A module of the recording calls it. */
  #discards(): readonly Json[] {
    this.drive.take(IOPF_QUEUE, { type: "queue.discards" });
    runs(this.drive, { component: CALLER, steps: [] }, null);
    return [{ ev: "ret", val: 0 }];
  }

  #recordedOf(op: Op): readonly Json[] {
    const { ops, events } = this.#recording;
    const index = ops.indexOf(op);
    return events.filter(({ i }) => i === index).map(({ i: _, ...event }) => event);
  }

  #call(op: Op, nth: number | undefined): readonly Json[] {
    if (op.op === "viommu_mmap" && this.#mapped.has(Number(op["v"])))
      return [this.#ofHarness({ ev: "skip", why: "mapped already" })];
    if (op.op === "viommu_munmap") return this.#unmaps(op, nth);
    const asked = callOf(op, this.#handles, (one) => this.#idev(one))!;
    const events = this.#result(op, nth, (drive, failing) => performCall(drive, asked, failing));
    this.#keep(op, asked);
    return events;
  }

  /** The program knows what it has mapped. */
  #unmaps(op: Op, nth: number | undefined): readonly Json[] {
    const offset = this.#mapped.get(Number(op["v"]));
    if (offset === undefined) return [this.#ofHarness({ ev: "ret", val: -9 })];
    const asked: Asked = { call: "page-unmap", args: { offset, whole: 1 } };
    const events = this.#result(op, nth, (drive, failing) => performCall(drive, asked, failing));
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
  #result(op: Op, nth: number | undefined, act: (drive: Drive, failing: number | null) => boolean): readonly Json[] {
    const recorded = this.#recordedOf(op) as readonly { readonly hit?: Json }[];
    const hit = recorded.find((event) => "hit" in event)?.hit;
    const words = (drive: Drive, failing: number | null): readonly Json[] => {
      this.#heard = [];
      act(drive, failing);
      return this.#words(op, hit);
    };
    if (nth === undefined || hit !== 1) return words(this.drive, null);
    const wanted = canonical(recorded);
    for (const failing of failuresNear(nth)) {
      this.#trial.state = this.drive.state;
      if (canonical(words(this.#trial, failing)) === wanted) return words(this.drive, failing);
    }
    return words(this.drive, null);
  }

  #returned(): Message | undefined {
    return this.#heard.find(({ type }) => RETURNS.includes(type));
  }

  #words(op: Op, hit: Json | undefined): readonly Json[] {
    const returned = this.#returned();
    const dev = (at: number): number => this.#devs.get(at) ?? Number(op["dev"]);
    const effects = this.#heard.flatMap((message) => effectWord(message, dev) ?? []).toSorted(byPlace);
    const said = (message: Message): Json =>
      FAULT_FILE.includes(op.op) ? fileWord(op, message, dev) : returnWord(op, message);
    const first = returned ? said(returned) : { ev: "stuck", state: this.drive.stateName(CALLER) };
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
