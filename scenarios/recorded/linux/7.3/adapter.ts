/**
 * Replays recordings of iommufd of Linux 7.3 through our machines of it. calls.ts translates operations into calls, and
 * objects.ts what the machines say back. What happens in between is the machines' affair.
 *
 * In the class `errors` the kernel made one point of an operation fail, and the recording does not say which one. The replay
 * takes the first of the machines' steps whose failure gives the events that were recorded.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import { canonical } from "../../../../checker/kernel/canon.ts";
import { defineSystem, type System } from "../../../../checker/system.ts";
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
}

/** The recorded device is the selftest's, which never stores the index of a hardware queue. */
const RECORDED: Required<Departure> = { queueIndex: "never-stored" };

function systemOf({ ops }: Recording, { queueIndex }: Required<Departure>): System {
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
  return defineSystem({
    name: "recorded-linux-7.3",
    parameters: {},
    components: {
      ...objects73({ many, areas: MAPPED, queueIndex }),
      ...faults73(many),
      ...threads73([CALLER], [READER]),
      outside: { machine: outside, role: "outside" },
    },
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
  #isFailing = false;

  constructor(recording: Recording, departure: Required<Departure>) {
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
      this.#isFailing = true;
      return [];
    }
    const isFailing = this.#isFailing;
    this.#isFailing = false;
    if (OF_FILE.includes(op.op)) {
      const at = this.#handles.at("e", op);
      return this.#result(op, isFailing, (drive, failing) => performOnFile(drive, op, at, failing));
    }
    if (FAULT_FILE.includes(op.op)) return this.#onFaultFile(op, isFailing);
    if (op.op === "discard") return this.#discards();
    return this.#call(op, isFailing);
  }

  #onFaultFile(op: Op, isFailing: boolean): readonly Json[] {
    const queue = this.#handles.at("f", op);
    if (!isOpen(this.drive, queue)) {
      const [said] = this.#recordedOf(op);
      const { hit } = (said ?? {}) as { readonly hit?: Json };
      return [{ ...(closedWord(op, EBADF) as object), ...(hit === undefined ? {} : { hit }) }];
    }
    return this.#result(op, isFailing, (drive, failing) => performOnFaultFile(drive, op, queue, failing));
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

  #call(op: Op, isFailing: boolean): readonly Json[] {
    if (op.op === "viommu_mmap" && this.#mapped.has(Number(op["v"])))
      return [this.#ofHarness({ ev: "skip", why: "mapped already" })];
    if (op.op === "viommu_munmap") return this.#unmaps(op);
    const asked = callOf(op, this.#handles, (one) => this.#idev(one))!;
    const events = this.#result(op, isFailing, (drive, failing) => performCall(drive, asked, failing));
    this.#keep(op, asked);
    return events;
  }

  /** The program knows what it has mapped. */
  #unmaps(op: Op): readonly Json[] {
    const offset = this.#mapped.get(Number(op["v"]));
    if (offset === undefined) return [this.#ofHarness({ ev: "ret", val: -9 })];
    this.#mapped.delete(Number(op["v"]));
    const asked: Asked = { call: "page-unmap", args: { offset, whole: 1 } };
    return this.#result(op, false, (drive, failing) => performCall(drive, asked, failing));
  }

  #ofHarness(event: Json): Json {
    if ((event as { readonly ev: string }).ev !== "skip") this.ofHarness.set(event, "munmap of what is not mapped");
    return event;
  }

  #idev(op: Op): number {
    const found = this.#handles.of("dev", op);
    return found?.id === null ? 0 : (this.#idevs.get(found?.at ?? -1) ?? 0);
  }

  /** The events of the operation; where a point failed, those of the first failure that gives what was recorded. */
  #result(op: Op, isFailing: boolean, act: (drive: Drive, failing: number | null) => boolean): readonly Json[] {
    const recorded = this.#recordedOf(op) as readonly { readonly hit?: Json }[];
    const hit = recorded.find((event) => "hit" in event)?.hit;
    const words = (drive: Drive, failing: number | null): readonly Json[] => {
      this.#heard = [];
      act(drive, failing);
      return this.#words(op, hit);
    };
    if (!isFailing || hit !== 1) return words(this.drive, null);
    const wanted = canonical(recorded);
    for (let failing = 1; failing <= MOST_FAILURES; failing += 1) {
      this.#trial.state = this.drive.state;
      if (canonical(words(this.#trial, failing)) === wanted) return words(this.drive, failing);
    }
    return words(this.drive, null);
  }

  #words(op: Op, hit: Json | undefined): readonly Json[] {
    const returned = this.#heard.find(({ type }) => RETURNS.includes(type));
    const dev = (at: number): number => this.#devs.get(at) ?? Number(op["dev"]);
    const effects = this.#heard.flatMap((message) => effectWord(message, dev) ?? []).toSorted(byPlace);
    const said = (message: Message): Json =>
      FAULT_FILE.includes(op.op) ? fileWord(op, message, dev) : returnWord(op, message);
    const first = returned ? said(returned) : { ev: "stuck", state: this.drive.stateName(CALLER) };
    return [hit === undefined ? first : { ...(first as object), hit }, ...effects];
  }

  /** What the program knows after the call. */
  #keep(op: Op, { memory = {}, makes, destroys, args }: Asked): void {
    const returned = this.#heard.find(({ type }) => type === "call.returned");
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
