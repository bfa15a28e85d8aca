/** Devices, HWPTs and fault queues of iommufd in Linux 7.3 in a replay: what each operation calls, and what is said of it. */
import type { Json, Message } from "../../../../checker/json.ts";
import type { Transfer } from "../../../../checker/simulation.ts";
import type { Fault } from "../../../../model/machines/linux/include/iommu.ts";
import type { Told } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import type { ObjectTableContext } from "../../../../model/machines/linux/iommu/iommufd/objects-7.3/object-entries.ts";
import { Drive, type Op, type Performer, type Recording } from "../drive.ts";
import { pasidSystem } from "./pasid-system.ts";

export const PASID_OPERATIONS: readonly string[] = [
  ..."dev_new dev_destroy idev_destroy hwpt_alloc hwpt_destroy hwpt_replace".split(" "),
  ..."pasid_attach pasid_replace pasid_detach pasid_check".split(" "),
  ..."fq_alloc fq_destroy fd_close fd_read fd_write fd_poll fault discard iommufd_close".split(" "),
];

/** What the kernel says of a descriptor that is closed, before it calls iommufd. */
const EBADF = -9;
/** An ID that no object has. */
const NO_ID = 2 ** 31 - 1;
/** The IOAS of every script. */
const IOAS_ID = 1;
/** 20 PASID bits; a device without them has PASID 0 alone. */
const maxPasids = (op: Op): number => (op["pasid"] === 1 ? 2 ** 20 : 1);
const CODES = ["success", "invalid"] as const;
const CODE_NUMBERS: { readonly [code: string]: number } = { success: 0, invalid: 1, failure: 2 };

/** Of one call; a call that takes more goes round in a circle. */
const MOST_STEPS = 2_000;

/** In order: who goes on first. Nothing fails. */
const STEPS: readonly (readonly [component: string, steps: readonly Message[]])[] = [
  ["thread", [{ type: "thread.steps" }]],
  [
    "reporter",
    [
      { type: "reporter.finds-handler" },
      { type: "reporter.takes-reference" },
      { type: "reporter.allocates", ok: true },
      { type: "reporter.pushes-partial" },
      { type: "reporter.puts-reference" },
      { type: "reporter.collects-group" },
      { type: "reporter.calls-handler" },
      { type: "reporter.aborts-group" },
      { type: "reporter.frees-group" },
      { type: "reporter.rejects" },
    ],
  ],
  ["fault-handler", [{ type: "handler.dequeues" }, { type: "handler.appends" }, { type: "handler.wakes" }]],
  [
    "reader",
    [{ type: "reader.locks" }, { type: "reader.fetches" }, { type: "reader.copies" }, { type: "reader.unlocks" }],
  ],
  [
    "writer",
    [
      { type: "writer.locks" },
      { type: "writer.ends" },
      { type: "writer.takes" },
      { type: "writer.responds" },
      { type: "writer.frees" },
      { type: "writer.unlocks" },
    ],
  ],
  ["closer", [{ type: "closer.steps" }]],
  ["iopf-queue", [{ type: "queue.discards-next" }]],
];

/** The steps with which a copy to or from the buffer of the caller fails, in place of the copy. */
const BAD_BUFFER: { readonly [component: string]: readonly Message[] } = {
  reader: [{ type: "reader.locks" }, { type: "reader.fetches" }, { type: "reader.fails" }, { type: "reader.unlocks" }],
  writer: [{ type: "writer.locks" }, { type: "writer.ends" }, { type: "writer.fails" }, { type: "writer.unlocks" }],
};

/** Kinds as recordings spell them. */
const kindOf = (kind: Json | undefined): string => String(kind).replace("-", "_");

const faultOf = ({ dev, pasid, grp, addr, perm, last }: Op): Fault => ({
  device: Number(dev),
  pasid: pasid === 0 ? null : Number(pasid),
  grp: Number(grp),
  page: Number(addr),
  perm: Number(perm),
  last: last === 1,
});

/** Bits of `flags` of struct iommu_hwpt_pgfault. */
const recordOf = ({ cookie, idev, fault }: Told): Json => ({
  flags: (fault.pasid === null ? 0 : 1) + (fault.last ? 2 : 0),
  dev: idev,
  pasid: fault.pasid ?? 0,
  grp: fault.grp,
  perm: fault.perm,
  addr: fault.page,
  len: 0,
  cookie,
});

/** One sequence in progress. */
export class PasidRun implements Performer {
  readonly drive: Drive;
  /** By handle of the recording: the ID, and of a fault queue the number of its memory. */
  readonly #ids = new Map<string, number>();
  readonly #queues = new Map<number, number>();
  #made = 0;
  #events: Json[] = [];
  #returned: Message | undefined;
  #bad = false;

  constructor({ ops }: Pick<Recording, "ops">) {
    const devices = 1 + Math.max(-1, ...ops.map(({ dev }) => (typeof dev === "number" ? dev : -1)));
    const queues = ops.filter(({ op }) => op === "fq_alloc").length;
    this.drive = new Drive(pasidSystem({ devices, queues }), (transfer) => this.#hear(transfer));
  }

  perform(op: Op): readonly Json[] {
    this.#events = [];
    this.#returned = undefined;
    this.#bad = op["bad"] === 1;
    const said = this.#performed(op);
    return [said, ...this.#events];
  }

  #performed(op: Op): Json {
    switch (op.op) {
      case "fd_read":
      case "fd_write":
      case "fd_poll":
      case "fd_close":
        return this.#files(op);
      case "discard":
        this.#begin("iopf-queue", { type: "queue.discards" });
        return { ev: "ret", val: 0 };
      case "iommufd_close":
        this.#begin("thread", { type: "context.closes" });
        return { ev: "ret", val: 0 };
      default:
        return this.#ioctl(op);
    }
  }

  #id(field: string, handle: Json | undefined): number {
    return this.#ids.get(`${field}${Number(handle)}`) ?? NO_ID;
  }

  #table({ h }: Op): number {
    return h === undefined ? IOAS_ID : this.#id("h", h);
  }

  #call(op: Op): Message {
    const device = Number(op["dev"]);
    const self = this.#id("stdev", op["dev"]);
    const pasid = Number(op["pasid"]);
    switch (op.op) {
      case "dev_new":
        return { type: "ioctl.makes-device", device, maxPasids: maxPasids(op), ioas: IOAS_ID };
      case "dev_destroy":
        return { type: "ioctl.destroys", id: self };
      case "idev_destroy":
        return { type: "ioctl.destroys", id: this.#id("idev", op["dev"]) };
      case "hwpt_alloc": {
        const { ph, v, f, nest_parent: nestParent } = op;
        const base = ph === undefined ? (v === undefined ? IOAS_ID : this.#id("v", v)) : this.#id("h", ph);
        return {
          type: "ioctl.allocates-hwpt",
          self: this.#id("idev", op["dev"]),
          device,
          base,
          fault: f === undefined ? null : this.#id("f", f),
          pasid: op["pasid"] === 1,
          nestParent: nestParent === 1,
        };
      }
      case "hwpt_destroy":
        return { type: "ioctl.destroys", id: this.#id("h", op["h"]) };
      case "hwpt_replace":
        return { type: "ioctl.replaces", self, device, pasid: 0, table: this.#table(op) };
      case "pasid_attach":
        return { type: "ioctl.attaches", self, device, pasid, table: this.#table(op) };
      case "pasid_replace":
        return { type: "ioctl.replaces", self, device, pasid, table: this.#table(op) };
      case "pasid_detach":
        return { type: "ioctl.detaches", self, device, pasid };
      case "pasid_check":
        return { type: "ioctl.checks", self, device, pasid, table: op["h"] === undefined ? null : this.#table(op) };
      case "fq_alloc":
        return { type: "ioctl.creates-queue", queue: this.#made };
      case "fq_destroy":
        return { type: "ioctl.destroys", id: this.#id("f", op["f"]) };
      default:
        return { type: "ioctl.faults", id: this.#id("idev", op["dev"]), fault: faultOf(op) };
    }
  }

  #ioctl(op: Op): Json {
    this.#begin("thread", this.#call(op));
    const result = Number(this.#returned?.["result"]);
    const told = (this.#returned?.["told"] ?? {}) as { readonly [name: string]: number };
    if (result === 0) this.#keeps(op, told);
    return { ev: "ret", val: result, ...(result === 0 ? this.#toldOf(op, told) : {}) };
  }

  /** A handle names what was made last, and what is destroyed has no ID. */
  #keeps(op: Op, told: { readonly [name: string]: number }): void {
    const { dev, h, f } = op;
    switch (op.op) {
      case "dev_new":
        this.#ids.set(`stdev${Number(dev)}`, told["stdev"]!).set(`idev${Number(dev)}`, told["idev"]!);
        break;
      case "dev_destroy":
        this.#ids.delete(`stdev${Number(dev)}`);
        this.#ids.delete(`idev${Number(dev)}`);
        break;
      case "hwpt_alloc":
        this.#ids.set(`h${Number(h)}`, told["id"]!);
        break;
      case "hwpt_destroy":
        this.#ids.delete(`h${Number(h)}`);
        break;
      case "fq_alloc":
        this.#ids.set(`f${Number(f)}`, told["id"]!);
        this.#queues.set(Number(f), this.#made);
        this.#made += 1;
        break;
      case "fq_destroy":
        this.#ids.delete(`f${Number(f)}`);
    }
  }

  #toldOf(op: Op, told: { readonly [name: string]: number }): { readonly [name: string]: number } {
    if (op.op === "dev_new") return { stdev: told["stdev"]!, idev: told["idev"]!, hwpt: told["hwpt"]! };
    if (op.op === "hwpt_replace") return op["h"] === undefined ? { id: told["hwpt"]! } : {};
    return op.op === "hwpt_alloc" || op.op === "fq_alloc" ? { id: told["id"]! } : {};
  }

  #files(op: Op): Json {
    const f = Number(op["f"]);
    const queue = this.#queues.get(f)!;
    const bytes = op["bytes"];
    const size = typeof bytes === "number" ? { bytes } : {};
    if (!this.drive.canTake("closer", { type: "closer.closes", queue })) return { ev: "ret", val: EBADF };
    switch (op.op) {
      case "fd_read": {
        const room = typeof bytes === "number" ? { bytes } : { room: Number(op["n"]) };
        this.#begin("reader", { type: "reader.reads", queue, ...room });
        const recs = (this.#returned!["groups"] as unknown as readonly Told[]).map(recordOf);
        return { ev: "read", f, val: this.#returned!["result"]!, recs };
      }
      case "fd_write": {
        const responses = op["resps"] as readonly (readonly number[])[];
        const cookies = responses.map(([cookie]) => cookie!);
        const codes = responses.map(([, code]) => CODES[code!] ?? "unknown");
        this.#begin("writer", { type: "writer.writes", queue, cookies, codes, ...size });
        return { ev: "write", f, val: this.#returned!["result"]! };
      }
      case "fd_poll":
        this.#begin("reader", { type: "reader.polls", queue, sleeps: false });
        return { ev: "poll", f, in: this.#returned!["in"]!, out: this.#returned!["out"]! };
      default:
        this.#begin("closer", { type: "closer.closes", queue });
        return { ev: "ret", val: 0 };
    }
  }

  /** The call, and all that follows from it. */
  #begin(component: string, event: Message): void {
    if (!this.drive.take(component, event)) this.#events.push({ ev: "stuck", component });
    for (let taken = 0; this.#goesOn(); taken += 1)
      if (taken === MOST_STEPS) return void this.#events.push({ ev: "stuck", component });
  }

  #goesOn(): boolean {
    return STEPS.some(
      ([component, steps]) =>
        this.drive.takeOne(component, (this.#bad ? BAD_BUFFER[component] : undefined) ?? steps) !== undefined,
    );
  }

  #hear({ to, from, message }: Transfer): void {
    if (to === "outside" && ["ioctl.returns", "read.returns", "write.returns", "poll.returns"].includes(message.type))
      this.#returned = message;
    const event = this.#word(from, message, to);
    if (event !== undefined) this.#events.push(event);
  }

  #word(from: string, message: Message, to: string): Json | undefined {
    switch (message.type) {
      case "group.delivered": {
        const members = message["members"] as readonly Fault[];
        const { device: dev, grp, pasid } = members.at(-1)!;
        return { ev: "deliver", dev, grp, pasid, count: members.length };
      }
      case "driver.page-response": {
        const { device: dev, grp, pasid, code } = message;
        return { ev: "response", dev: dev!, grp: grp!, pasid: pasid!, code: CODE_NUMBERS[String(code)]! };
      }
      case "queue.adds":
        return from === "driver" ? { ev: "iopf_add", dev: message["device"]! } : undefined;
      case "queue.removes":
        return from === "driver" ? { ev: "iopf_remove", dev: message["device"]! } : undefined;
      case "object.destroys":
        return { ev: "destroyed", kind: kindOf(message["kind"]), id: this.#idOf(message) };
      case "kernel.warns":
        return to === "outside" ? { ev: "warn_on", in: message["in"]! } : undefined;
      default:
        return undefined;
    }
  }

  #idOf({ kind, at }: Message): number {
    const { entries } = this.drive.context<ObjectTableContext>("objects");
    return entries.findLast((entry) => entry.kind === kind && entry.at === at)!.id;
  }
}
