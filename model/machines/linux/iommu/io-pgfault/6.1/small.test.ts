import { describe, expect, test } from "vitest";
import { emit, setup } from "xstate";
import { exhaustive } from "../../../../../../checker/explore/exhaustive.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { always, each, sometimes } from "../../../../../../checker/property.ts";
import { call, defineSystem } from "../../../../../../checker/system.ts";
import { outside } from "../outside.ts";
import { slot, slotSteps } from "../test-slot.ts";
import type { DeviceFaultDataContext } from "./device-fault-data-messages.ts";
import { deviceFaultData } from "./device-fault-data.ts";
import { iopfQueue, queueSteps } from "./iopf-queue.ts";
import { iopfWorker, workerSteps } from "./iopf-worker.ts";
import { queueIopf, queueIopfSteps } from "./queue-iopf.ts";
import { reporter, reporterSteps } from "./reporter.ts";

interface Bounds {
  readonly slots: number;
  /** The handler may be unregistered at any moment at which the kernel allows it, and registered again. */
  readonly unregisters: boolean;
  /** Somebody answers group 0 at any moment. */
  readonly strayAnswer: boolean;
  readonly allocations: "succeed" | "may-fail";
}

/** Handles every fault of a group with Success. */
const resolver = setup({ types: { events: {} as { type: "worker.resolves"; worker: number } } }).createMachine({
  id: "resolver",
  on: {
    "worker.resolves": {
      actions: emit(({ event }) => ({ type: "member.resolved", worker: event.worker, code: "success" })),
    },
  },
});

const source = { document: "Linux 6.1, drivers/iommu/iommu.c", clause: "iommu_page_response()" };
const properties = [
  always({
    id: "T-1",
    statement: "No fault data are used after they were freed.",
    source,
    witness: "T-3",
    reads: { data: each<DeviceFaultDataContext>("data") },
    holds: ({ data }) => !data.context.useAfterFree,
  }),
  always({
    id: "T-2",
    statement: "No page request group is answered twice.",
    source,
    witness: "T-3",
    reads: { slot: each<{ answeredTwice: boolean }>("slot") },
    holds: ({ slot: { context } }) => !context.answeredTwice,
  }),
  sometimes({
    id: "T-3",
    statement: "A fault waits for its answer.",
    source,
    reads: { data: each<DeviceFaultDataContext>("data") },
    holds: ({ data }) => data.context.pending.length > 0,
  }),
];

function run({ slots, unregisters, strayAnswer, allocations }: Bounds, stopAtViolation = false) {
  const handler = "iommu_queue_iopf";
  const stray: Message = {
    type: "page.responds",
    device: 0,
    grp: 0,
    pasid: null,
    code: "success",
    version: 1,
    by: null,
  };
  const system = defineSystem({
    name: "small-6.1",
    parameters: {},
    components: {
      ...Object.fromEntries(
        Array.from({ length: slots }, (_, grp) => [
          `slot-${grp}`,
          { machine: slot, role: "slot", input: { grp }, events: slotSteps },
        ]),
      ),
      reporter: { machine: reporter, role: "reporter", events: reporterSteps(allocations) },
      "queue-iopf": { machine: queueIopf, role: "queue-iopf", events: queueIopfSteps(allocations) },
      data: {
        machine: deviceFaultData,
        role: "data",
        input: { device: 0 },
        events: [
          { type: "handler.registers", device: 0, handler },
          ...(unregisters ? [{ type: "handler.unregisters", device: 0 }] : []),
          ...(strayAnswer ? [stray, { type: "response.leaves", device: 0 }] : []),
        ],
      },
      queue: {
        machine: iopfQueue,
        role: "queue",
        input: { queue: 0 },
        events: [...queueSteps, { type: "queue.adds", device: 0 }],
      },
      worker: { machine: iopfWorker, role: "worker", input: { worker: 0 }, events: workerSteps(slots) },
      resolver: { machine: resolver, role: "resolver" },
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      call("slot", ["driver.reports-fault"], "reporter", "block"),
      call("reporter", ["device.locks", "pending.appends", "pending.unlinks"], "data", "block"),
      call("reporter", ["device.unlocks", "pending.stays"], "data"),
      call("reporter", ["handler.called"], "queue-iopf"),
      call("reporter", ["reported", "allocation.fails"], "outside"),
      call("queue-iopf", ["queue.reads", "partial.pushes", "partials.purge", "group.collects"], "data"),
      call("queue-iopf", ["handler.returns"], "reporter"),
      call("queue-iopf", ["allocation.fails"], "outside"),
      call("data", ["device.locked"], "reporter"),
      call("data", ["queue.read"], "queue-iopf"),
      call("data", ["param.added", "param.removed", "queue.flushes", "work.queued"], "queue"),
      call("data", ["response.returns"], ({ by }) => (by === null ? "outside" : "worker")),
      call("data", ["driver.page-response"], ({ grp }) => `slot-${Number(grp)}`),
      call("data", ["handler.changed", "flush.returns", "kernel.logs"], "outside"),
      call("queue", ["param.adds", "param.removes"], "data", "block"),
      call("queue", ["partials.discard", "queue.flushed"], "data"),
      call("queue", ["work.begun"], "worker"),
      call("queue", ["queue.returns"], "outside"),
      call("worker", ["work.begins"], "queue", "block"),
      call("worker", ["work.done"], "queue"),
      call("worker", ["worker.resolves"], "resolver"),
      call("worker", ["page.responds"], "data", "block"),
      call("worker", ["response.leaves"], "data"),
      call("resolver", ["member.resolved"], "worker"),
    ],
    properties,
    deadlock: "allowed",
  });
  const origin = { system: "small-6.1", hardware: "none", host: "none", bounds: "small", set: {} };
  const record = exhaustive(system, origin, { maxStates: 300_000, ...(stopAtViolation && { stopAt: "first" }) });
  return {
    states: record.search.states,
    ...Object.fromEntries(record.properties.map(({ id, verdict }) => [id, verdict.kind])),
  };
}

const calm: Bounds = { slots: 2, unregisters: false, strayAnswer: false, allocations: "succeed" };

const safe = { "T-1": "holds", "T-2": "holds", "T-3": "witnessed" };

describe("the IOPF core of Linux 6.1, all interleavings of a small system", () => {
  test("is safe while the handler stays registered and only workers respond", () => {
    expect(run(calm)).toEqual({ states: 1178, ...safe });
    expect(run({ ...calm, slots: 1, allocations: "may-fail" })).toEqual({ states: 111, ...safe });
  });

  test("frees fault_param->lock under a worker that unlocks it, if the handler is unregistered then", () => {
    expect(run({ ...calm, slots: 1, unregisters: true })).toEqual({ states: 233, ...safe, "T-1": "violated" });
  });

  test("unlinks a freed copy, if a second response took it before the handler failed", () => {
    const { "T-1": verdict } = run({ ...calm, slots: 1, strayAnswer: true }, true) as Record<string, unknown>;
    expect(verdict).toBe("violated");
  });
});
