import { describe, expect, test } from "vitest";
import { emit, setup } from "xstate";
import { exhaustive } from "../../../../../../checker/explore/exhaustive.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { always, each, sometimes } from "../../../../../../checker/property.ts";
import { call, defineSystem } from "../../../../../../checker/system.ts";
import { outside } from "../outside.ts";
import { slot, slotSteps } from "../test-slot.ts";
import { attachHandles, type Domain } from "./attach-handles.ts";
import { pending, type FaultParamContext, type FaultParamRules } from "./fault-groups.ts";
import { faultParam, queuedFaultParam } from "./fault-param.ts";
import { iopfQueue, queueSteps } from "./iopf-queue.ts";
import { iopfWorker, workerSteps } from "./iopf-worker.ts";
import { reporter, reporterSteps } from "./reporter.ts";
import type { ReporterContext } from "./reporter-messages.ts";
import { testDomain, type TestHandler } from "./test-domain.ts";

/** One device and one IOMMU, whose driver attaches a domain and joins a queue, and may undo both at any time. */
interface Bounds {
  readonly slots: number;
  readonly mode: TestHandler["mode"];
  /** Faults may come before a domain is attached and the device is on the queue. */
  readonly early: boolean;
  readonly removal: boolean;
  readonly detach: boolean;
  readonly overflow: boolean;
  readonly allocations: "succeed" | "may-fail";
}

/** Joins the queue, and may leave it once. More often, a silent handler would collect dangling groups without end. */
const membership = (initial: "outside" | "inside") =>
  setup({ types: { emitted: {} as Message } }).createMachine({
    id: "membership",
    initial,
    states: {
      outside: { on: { joins: { target: "inside", actions: emit(() => ({ type: "queue.adds", device: 0 })) } } },
      inside: { on: { leaves: { target: "left", actions: emit(() => ({ type: "queue.removes", device: 0 })) } } },
      left: {},
    },
  });

const source = { document: "Linux 6.12, drivers/iommu/io-pgfault.c", clause: "iopf_group_response()" };

const properties = [
  always({
    id: "T-1",
    statement: "No group is named after it was freed.",
    source,
    witness: "T-4",
    reads: { param: each<FaultParamContext>("fault-param") },
    holds: ({ param }) => !param.context.useAfterFree && !param.context.invalidFree,
  }),
  always({
    id: "T-2",
    statement: "No handle is used after it was freed.",
    source,
    witness: "T-4",
    reads: { reporter: each<ReporterContext>("reporter") },
    holds: ({ reporter: { context } }) => !context.useAfterFree,
  }),
  always({
    id: "T-3",
    statement: "No page request group is answered twice.",
    source,
    witness: "T-5",
    reads: { slot: each<{ answeredTwice: boolean }>("slot") },
    holds: ({ slot: { context } }) => !context.answeredTwice,
  }),
  sometimes({
    id: "T-4",
    statement: "A group is pending.",
    source,
    reads: { param: each<FaultParamContext>("fault-param") },
    holds: ({ param }) => pending(param.context).length > 0,
  }),
  sometimes({
    id: "T-5",
    statement: "A page request group waits for its answer.",
    source,
    reads: { slot: each("slot") },
    holds: (view) => view.slot.state === "waiting",
  }),
  sometimes({
    id: "T-6",
    statement: "A removal frees the group on the stack of a report (D6).",
    source,
    reads: { param: each<FaultParamContext>("fault-param") },
    holds: ({ param }) => param.context.groups.some(({ onStack, where }) => onStack && where === "freed"),
  }),
  sometimes({
    id: "T-7",
    statement: "A report has a list of partial faults that leads to freed ones (D19).",
    source,
    reads: { param: each<FaultParamContext>("fault-param") },
    holds: ({ param }) => param.context.danglingPartials,
  }),
];

function run(
  { slots, mode, early, removal, detach, overflow, allocations }: Bounds,
  rules: Partial<FaultParamRules> = {},
) {
  const domain: Domain = { handler: { mode, code: "success" }, nested: false };
  const slotNames = Array.from({ length: slots }, (_, grp) => `slot-${grp}`);
  const answers: readonly Message[] = Array.from({ length: slots }, (_, group) => ({
    type: "handler.answers",
    device: 0,
    group,
    code: "success",
  }));
  const system = defineSystem({
    name: "small-6.12",
    parameters: {},
    components: {
      ...Object.fromEntries(
        slotNames.map((name, grp) => [name, { machine: slot, role: "slot", input: { grp }, events: slotSteps }]),
      ),
      reporter: { machine: reporter, role: "reporter", events: reporterSteps(allocations) },
      param: { machine: early ? faultParam : queuedFaultParam, role: "fault-param", input: { device: 0, rules } },
      handles: {
        machine: attachHandles,
        role: "attach-handles",
        input: { iommuGroup: 0, attached: early ? [] : [{ pasid: 0, domain }] },
        events: detach
          ? [
              { type: "handle.erases", pasid: 0 },
              { type: "handle.frees", pasid: 0, domain },
            ]
          : early
            ? [{ type: "handle.inserts", pasid: 0, domain }]
            : [],
      },
      membership: {
        machine: membership(early ? "outside" : "inside"),
        role: "membership",
        events: [{ type: "joins" }, ...(removal ? [{ type: "leaves" }] : [])],
      },
      queue: {
        machine: iopfQueue,
        role: "queue",
        input: { queue: 0, devices: early ? [] : [0] },
        events: [...queueSteps, ...(overflow ? [{ type: "queue.discards" }] : [])],
      },
      worker: { machine: iopfWorker, role: "worker", events: workerSteps([0], slots) },
      handler: { machine: testDomain, role: "handler", events: answers },
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      call("slot", ["driver.reports-fault"], "reporter", "block"),
      call("membership", ["queue.adds", "queue.removes"], "queue", "block"),
      call("reporter", ["handle.looks-up"], "handles"),
      call("reporter", ["param.gets", "param.puts", "partial.pushes", "group.collects"], "param"),
      call("reporter", ["group.responds", "group.frees"], "param"),
      call("reporter", ["group.delivered"], "handler"),
      call("reporter", ["driver.page-response"], ({ grp }) => `slot-${Number(grp)}`),
      call("reporter", ["reported", "kernel.warns", "kernel.logs", "allocation.fails"], "outside"),
      call("attach-handles", ["handle.found", "handle.freed"], "reporter", "drop"),
      call("attach-handles", ["handle.changed"], "outside"),
      call("fault-param", ["param.got", "group.built"], "reporter"),
      call("fault-param", ["param.added", "param.removed", "queue.flushes", "work.queued"], "queue"),
      call("fault-param", ["group.freed"], "handler"),
      call("fault-param", ["driver.page-response"], ({ grp }) => `slot-${Number(grp)}`),
      call("fault-param", ["flush.returns", "kernel.warns"], "outside"),
      call("queue", ["param.adds", "param.removes", "partials.discard"], "param"),
      call("queue", ["queue.returns", "flush.returns", "kernel.warns"], "outside"),
      call("worker", ["work.begins", "work.done"], "queue", "block"),
      call("worker", ["work.runs"], "handler"),
      call("handler", ["group.responds", "group.frees", "group.dequeues", "group.forgets", "work.queues"], "param"),
      call("handler", ["work.forgets"], "queue"),
      call("handler", ["work.done"], "worker"),
      call("handler", ["handler.returns"], "reporter"),
      call("handler", ["handler.loses-group", "answer.returns"], "outside"),
    ],
    properties,
    deadlock: "allowed",
  });
  const origin = { system: "small-6.12", hardware: "none", host: "none", bounds: "small", set: {} };
  const record = exhaustive(system, origin, { maxStates: 300_000 });
  expect(record.search.complete).toBe(true);
  return {
    states: record.search.states,
    ...Object.fromEntries(record.properties.map(({ id, verdict }) => [id, verdict.kind])),
  };
}

const calm: Bounds = {
  slots: 2,
  mode: "hold",
  early: false,
  removal: false,
  detach: false,
  overflow: false,
  allocations: "may-fail",
};

const safe = {
  "T-1": "holds",
  "T-2": "holds",
  "T-3": "holds",
  "T-4": "witnessed",
  "T-5": "witnessed",
  "T-6": "never-witnessed",
  "T-7": "never-witnessed",
};

describe("the IOPF core of Linux 6.12, all interleavings of a small system with two group indices", () => {
  test.each([
    ["reply", 152],
    ["hold", 380],
    ["hold-dequeue", 372],
    ["work", 380],
    ["refuse", 176],
  ] as const)("is safe without removal, detach and overflow, with a handler that does: %s", (mode, states) => {
    expect(run({ ...calm, mode })).toEqual({ states, ...safe });
  });

  test("frees no fault in use, when an overflow discards partial faults at any time", () => {
    expect(run({ ...calm, overflow: true })).toEqual({ states: 784, ...safe });
  });

  test("responds to a request that is not the last, and then to its group, if there is no handler", () => {
    expect(run({ ...calm, early: true })).toEqual({ states: 1727, ...safe, "T-3": "violated" });
  });

  test("frees pending groups under their handler and responds to reported ones, at a removal", () => {
    expect(run({ ...calm, removal: true })).toMatchObject({ states: 1266, "T-1": "violated", "T-3": "violated" });
  });

  test("frees abort_group and leaves a list of freed partial faults, at a removal inside a report", () => {
    expect(run({ ...calm, removal: true })).toMatchObject({ "T-6": "witnessed", "T-7": "witnessed" });
  });

  test.each<[string, Partial<FaultParamRules>]>([
    ["T-6", { abortGroup: "unlinked" }],
    ["T-7", { partialsAtRemoval: "emptied" }],
  ])("%s is not witnessed with other rules (canary)", (id, rules) => {
    expect(run({ ...calm, removal: true }, rules)).toMatchObject({ [id]: "never-witnessed" });
  });

  test("leaves the reporter with a freed attach handle, if a detach comes during the report", () => {
    expect(run({ ...calm, detach: true })).toEqual({ states: 3692, ...safe, "T-2": "violated", "T-3": "violated" });
  });
});
