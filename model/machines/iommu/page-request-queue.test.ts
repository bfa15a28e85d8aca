import { describe, expect, test } from "vitest";
import { initialSnapshot, stateName, step } from "../../../checker/kernel/step.ts";
import { amd } from "../../hardware/amd.ts";
import { riscv } from "../../hardware/riscv.ts";
import { smmuPri } from "../../hardware/smmu-pri.ts";
import { vtd } from "../../hardware/vtd.ts";
import type { PageRequestQueueEmitted, PageRequestQueueEvent } from "./page-request-queue-messages.ts";
import { pageRequestQueue, type PageRequestQueueKnobs, type PageRequestQueueOptions } from "./page-request-queue.ts";

/** An emitted event without the fields that do not matter here. */
function told(message: PageRequestQueueEmitted): string {
  if (message.type === "pri.response") return `response ${message.prgi} ${message.code} pasid ${message.pasid}`;
  if (message.type === "prq.record") return `record ${message.prgi} page ${message.page}`;
  return message.type;
}

/** A queue to talk to: `say` takes one event and gives what was emitted. */
function queueOf(knobs: PageRequestQueueKnobs, options?: PageRequestQueueOptions) {
  const machine = pageRequestQueue(knobs, options);
  let snapshot = initialSnapshot(machine, undefined);
  const say = (event: PageRequestQueueEvent): readonly string[] => {
    const outcome = step(machine, snapshot, event);
    if (!outcome) return ["not handled"];
    snapshot = outcome.snapshot;
    return outcome.emitted.map((message) => told(message as PageRequestQueueEmitted));
  };
  const request = (
    prgi: number,
    last: boolean,
    page: number,
    more: { pasid?: number | null; marker?: boolean; device?: number } = {},
  ) =>
    say({
      type: "pri.request",
      device: more.device ?? 0,
      pasid: more.pasid ?? null,
      prgi,
      page,
      read: !more.marker,
      write: false,
      last,
      instance: 0,
    });
  return { say, request, state: () => stateName(snapshot.value), context: () => snapshot.context };
}

const first = false;
const last = true;
const silent: readonly string[] = [];
const registers = { type: "prq.reads-registers" } as const;

describe("the RISC-V queue of four slots, as reference models were seen to behave", () => {
  const configured = {
    devices: [
      { device: 0, pri: true, prpr: false },
      { device: 1, pri: false, prpr: false },
    ],
  };
  const full = () => {
    const queue = queueOf(riscv, configured);
    expect(queue.request(1, first, 1)).toEqual(["prq.interrupt"]);
    expect(queue.request(1, first, 2)).toEqual(silent);
    expect(queue.request(2, first, 3)).toEqual(silent);
    return queue;
  };

  test("overflow: a first request is lost in silence, a last one answered, and a free slot does not help", () => {
    const queue = full();
    expect(queue.request(1, first, 4)).toEqual(silent);
    expect(queue.state()).toBe("overflowed");
    expect(queue.request(1, last, 5)).toEqual(["response 1 success pasid null"]);
    expect(queue.request(2, last, 6)).toEqual(["response 2 success pasid null"]);
    expect(queue.say({ type: "prq.pops" })).toEqual(["record 1 page 1"]);
    expect(queue.request(3, last, 7)).toEqual(["response 3 success pasid null"]);
  });

  test("clearing before draining leaves old requests beside the last one of a new group with their index", () => {
    const queue = full();
    queue.request(1, last, 4);
    queue.say({ type: "prq.pops" });
    expect(queue.say({ type: "prq.clears-overflow" })).toEqual(silent);
    expect(queue.request(1, last, 9)).toEqual(silent);
    expect([1, 2, 3, 4].map(() => queue.say({ type: "prq.pops" })[0])).toEqual([
      "record 1 page 2",
      "record 2 page 3",
      "record 1 page 9",
      "prq.empty",
    ]);
  });

  test("a device without PRI is refused as invalid, an unknown one with a failure; never a first request", () => {
    const queue = queueOf(riscv, configured);
    expect(queue.request(0, first, 1, { device: 1 })).toEqual(silent);
    expect(queue.request(0, last, 1, { device: 1 })).toEqual(["response 0 invalid pasid null"]);
    expect(queue.request(0, last, 1, { device: 9 })).toEqual(["response 0 failure pasid null"]);
    expect(queue.context().records).toEqual([]);
  });

  test("stop markers are records like others, with or without PASID", () => {
    const queue = queueOf(riscv, configured);
    expect(queue.request(0, last, 0, { marker: true, pasid: 5 })).toEqual(["prq.interrupt"]);
    expect(queue.request(0, last, 0, { marker: true })).toEqual(silent);
    expect(queue.context().records).toHaveLength(2);
  });

  test("a memory fault refuses until it is cleared, even when memory is fine again", () => {
    const queue = queueOf(riscv, configured);
    queue.say({ type: "prq.faults-memory", on: true });
    expect(queue.request(1, last, 1)).toEqual(["prq.interrupt", "response 1 failure pasid null"]);
    queue.say({ type: "prq.faults-memory", on: false });
    expect(queue.request(1, last, 1)).toEqual(["response 1 failure pasid null"]);
    queue.say({ type: "prq.clears-overflow" });
    expect(queue.request(1, last, 1)).toEqual(silent);
    expect(queue.context().records).toHaveLength(1);
  });

  test("off: a failure that carries the PASID whatever the device is configured for; markers and first ones in silence", () => {
    const queue = queueOf(riscv, configured);
    queue.say({ type: "prq.disables" });
    expect(queue.request(0, last, 1, { pasid: 5 })).toEqual(["response 0 failure pasid 5"]);
    expect(queue.request(0, last, 0, { marker: true })).toEqual(silent);
    expect(queue.request(0, first, 1)).toEqual(silent);
  });

  test("turning it on again loses what waits in it", () => {
    const queue = full();
    queue.say({ type: "prq.disables" });
    queue.say({ type: "prq.enables" });
    expect(queue.say({ type: "prq.pops" })).toEqual(["prq.empty"]);
  });
});

describe("what the knobs change", () => {
  test("with wrap bits all slots are usable", () => {
    const queue = queueOf(smmuPri);
    queue.request(0, first, 0);
    queue.request(0, first, 1);
    expect(queue.state()).toBe("accepting");
    queue.request(0, first, 2);
    expect(queue.state()).toBe("overflowed");
  });

  test("a head register written after the batch keeps the slots of records that were read", () => {
    const batch = queueOf({ ...vtd, pqEntries: 2 });
    batch.request(0, last, 0);
    batch.say({ type: "prq.pops" });
    expect(batch.request(1, last, 1)).toContain("response 1 success pasid null");
    batch.say({ type: "prq.publishes-head" });
    batch.say({ type: "prq.clears-overflow" });
    batch.request(1, last, 1);
    expect(batch.context().records).toHaveLength(1);
    const perEntry = queueOf({ ...vtd, pqEntries: 2, headAdvance: "perEntry" });
    perEntry.request(0, last, 0);
    perEntry.say({ type: "prq.pops" });
    perEntry.request(1, last, 1);
    expect(perEntry.state()).toBe("accepting");
  });

  test("accepting a request invalidates its page on VT-d, before the record is written", () => {
    expect(queueOf(vtd).request(0, last, 3)).toEqual(["iotlb.implicit-invalidation", "prq.interrupt"]);
  });

  test("edge: no second interrupt until software clears the bit, and none for what arrived before it did", () => {
    const queue = queueOf({ ...vtd, implicitInvOnPR: false });
    expect(queue.request(0, last, 0)).toEqual(["prq.interrupt"]);
    expect(queue.request(1, last, 1)).toEqual(silent);
    expect(queue.say({ type: "prq.clears-interrupt" })).toEqual(silent);
    expect(queue.request(2, last, 2)).toEqual(["prq.interrupt"]);
  });

  test("level: software is interrupted again as long as records wait", () => {
    const queue = queueOf({ ...riscv, irqModel: "level" });
    queue.request(0, last, 0);
    expect(queue.say({ type: "prq.clears-interrupt" })).toEqual(["prq.interrupt"]);
    queue.say({ type: "prq.pops" });
    expect(queue.say({ type: "prq.clears-interrupt" })).toEqual(silent);
  });

  test("lossy: the bit that is set while it is cleared hides the next arrival; only lossy hardware does so", () => {
    const queue = queueOf({ ...amd, earlyWarning: 0 });
    expect(queue.say({ type: "prq.loses-interrupt" })).toEqual(["not handled"]);
    queue.request(0, last, 0);
    queue.say({ type: "prq.clears-interrupt" });
    queue.say({ type: "prq.loses-interrupt" });
    expect(queue.request(1, last, 1)).toEqual(silent);
    const edge = queueOf(riscv);
    edge.request(0, last, 0);
    edge.say({ type: "prq.clears-interrupt" });
    expect(edge.say({ type: "prq.loses-interrupt" })).toEqual(["not handled"]);
  });

  test("a cleared overflow flag alone does not start a stopped log again", () => {
    const queue = queueOf({ ...amd, pqEntries: 2 });
    queue.request(0, first, 0);
    queue.request(0, last, 1);
    expect(queue.say({ type: "prq.clears-status", overflow: false })).toEqual(silent);
    expect(queue.state()).toBe("overflowed");
    queue.say({ type: "prq.clears-status", overflow: true });
    queue.say({ type: "prq.pops" });
    expect(queue.request(1, last, 1)).toEqual(silent);
    expect(queue.context().records).toEqual([]);
    queue.say({ type: "prq.clears-overflow" });
    expect(queue.request(1, last, 1)).toContain("prq.interrupt");
  });

  test("an early warning comes once, with the record that reaches the threshold", () => {
    const queue = queueOf({ ...amd, earlyWarning: 2 });
    expect(queue.request(0, first, 0)).toEqual(["prq.interrupt"]);
    expect(queue.request(0, first, 1)).toEqual(["prq.early-warning"]);
    expect(queue.request(0, last, 2)).toEqual(silent);
  });

  test("an overflow that keeps nothing out accepts again as soon as a slot is free", () => {
    const queue = queueOf({ ...riscv, pqEntries: 2, ovfInhibits: false });
    queue.request(0, first, 0);
    queue.request(0, first, 1);
    queue.say({ type: "prq.pops" });
    queue.request(0, last, 2);
    expect(queue.state()).toBe("overflowed");
    expect(queue.context().records).toHaveLength(1);
  });

  test("states that differ only by a rotation of the ring are one", () => {
    const queue = queueOf(riscv);
    queue.request(0, last, 0);
    const once = JSON.stringify(queue.context());
    queue.say({ type: "prq.pops" });
    queue.request(0, last, 0);
    expect(JSON.stringify(queue.context())).toBe(once);
    expect(queue.say(registers)).toEqual(["prq.registers"]);
  });
});
