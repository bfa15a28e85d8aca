import { describe, expect, test } from "vitest";
import { assign, emit, setup } from "xstate";
import { exhaustive } from "../../../../../checker/explore/exhaustive.ts";
import type { Message } from "../../../../../checker/json.ts";
import { always, canAlways, each, sometimes } from "../../../../../checker/property.ts";
import { initialState, seen, take, type GlobalState } from "../../../../../checker/simulation.ts";
import { call, defineSystem, type System } from "../../../../../checker/system.ts";
import { vtd } from "../../../../hardware/vtd.ts";
import { vtdComponents, vtdRoutes, type VtdDefects } from "../../../../systems/vtd-page-requests.ts";
import type { PageRequest } from "../../../../units.ts";
import type { Fault } from "../../include/iommu.ts";
import type { PageRequestQueueContext } from "../../../iommu/page-request-queue-messages.ts";
import { inUse } from "../../../iommu/page-request-ring.ts";
import { pageGroupResponse } from "../drivers/response-encoder.ts";
import { wholeDrainSteps } from "../drivers/teardown/queue-drain.ts";
import { outside } from "../io-pgfault/outside.ts";
import { checked, faultOf } from "./prq-checks.ts";

const PASID = 1;
const OTHER = 9;
const plain: PageRequest = {
  device: 0,
  pasid: PASID,
  prgi: 0,
  page: 0,
  read: true,
  write: false,
  last: false,
  instance: 0,
};

/** Sends requests of two PASIDs, the last one a last request. It stops, and drains the first PASID. */
const owner = setup({
  types: { emitted: {} as Message, context: {} as { readonly left: number }, input: {} as { readonly left: number } },
}).createMachine({
  id: "owner",
  context: ({ input }) => input,
  initial: "running",
  states: {
    running: {
      on: {
        "owner.sends": {
          guard: ({ context }) => context.left > 0,
          actions: [
            emit(({ context: { left } }) => ({
              ...plain,
              type: "pri.request",
              pasid: left % 2 === 0 ? PASID : OTHER,
              last: left < 3,
            })),
            assign({ left: ({ context }) => context.left - 1 }),
          ],
        },
        "owner.drains": {
          target: "draining",
          actions: emit(() => ({ type: "drain.begins", device: 0, pasid: PASID })),
        },
      },
    },
    draining: { on: { "drain.returns": { target: "drained" } } },
    drained: {},
  },
});

/** The IOPF core: partial faults, and work of the drained PASID that is not flushed. */
interface CoreContext {
  readonly partials: number;
  readonly works: number;
}
const core = setup({ types: { emitted: {} as Message, context: {} as CoreContext } }).createMachine({
  id: "core",
  context: { partials: 0, works: 0 },
  on: {
    "driver.reports-fault": {
      actions: [
        assign(({ context: { partials, works }, event }) => {
          const { last, pasid } = event["fault"] as Fault;
          return last ? { works: works + (pasid === PASID ? 1 : 0) } : { partials: partials + 1 };
        }),
        emit(() => ({ type: "reported", device: 0, result: 0 })),
      ],
    },
    "queue.discards": { actions: [assign({ partials: 0 }), emit(() => ({ type: "queue.returns" }))] },
    "param.flushes": { actions: [assign({ works: 0 }), emit(() => ({ type: "flush.returns" }))] },
  },
});

const source = { document: "Linux 6.12, drivers/iommu/intel/prq.c", clause: "prq_event_thread()" };
const prq = each<PageRequestQueueContext>("prq");
const ofCore = each<CoreContext>("core");

const properties = [
  always({
    id: "V-1",
    statement: "PRO is about to be cleared only with an empty queue and no partial fault.",
    source,
    witness: "V-4",
    reads: { prq, thread: each("prq-thread"), core: ofCore },
    holds: ({ prq: q, thread: t, core: c }) =>
      t.state !== "clearing" || (q.context.records.length === 0 && c.context.partials === 0),
  }),
  always({
    id: "V-2",
    statement: "When the drain has returned, neither queue nor workqueue has anything of its PASID.",
    source,
    witness: "V-5",
    reads: { prq, owner: each("owner"), core: ofCore },
    holds: ({ prq: q, owner: o, core: c }) =>
      o.state !== "drained" || (inUse(q.context).every(({ pasid }) => pasid !== PASID) && c.context.works === 0),
  }),
  canAlways({
    id: "V-3",
    statement: "The drain can always return.",
    source,
    witness: "V-5",
    reads: { owner: each("owner") },
    holds: ({ owner: o }) => o.state === "drained",
  }),
  sometimes({
    id: "V-4",
    statement: "PRO is about to be cleared.",
    source,
    reads: { thread: each("prq-thread") },
    holds: ({ thread: t }) => t.state === "clearing",
  }),
  sometimes({
    id: "V-5",
    statement: "The drain returns.",
    source,
    reads: { owner: each("owner") },
    holds: ({ owner: o }) => o.state === "drained",
  }),
];

/** One device that sends so many requests; PRO may be set at any time, also by requests of others. */
function systemOf(defects: VtdDefects, requests: number): System {
  const components = vtdComponents({ ...vtd, pqEntries: 3 }, { devices: [0], pageSize: 4096 }, defects);
  return defineSystem({
    name: "vtd-page-requests",
    parameters: {},
    components: {
      ...components,
      prq: { ...components["prq"]!, events: [{ type: "prq.overflows" }] },
      drain0: { ...components["drain0"]!, events: wholeDrainSteps },
      owner: {
        machine: owner,
        role: "owner",
        input: { left: requests },
        events: [{ type: "owner.sends" }, { type: "owner.drains" }],
      },
      core: { machine: core, role: "core" },
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      ...vtdRoutes({ reporter: "core", queue: "core", paramOf: () => "core", outside: "outside", caller: "owner" }),
      call("core", ["reported", "queue.returns"], "prq-thread"),
      call("core", ["flush.returns"], "drain0"),
      call("owner", ["pri.request"], "prq"),
      call("owner", ["drain.begins"], "drain0"),
    ],
    properties,
    deadlock: "allowed",
  });
}

function run(defects: VtdDefects) {
  const origin = { system: "vtd-page-requests", hardware: "none", host: "none", bounds: "small", set: {} };
  const record = exhaustive(systemOf(defects, 4), origin, { maxStates: 300_000 });
  expect(record.search.complete).toBe(true);
  return {
    states: record.search.states,
    ...Object.fromEntries(record.properties.map(({ id, verdict }) => [id, verdict.kind])),
  };
}

const right = { "V-1": "holds", "V-2": "holds", "V-3": "holds", "V-4": "witnessed", "V-5": "witnessed" };

describe("page requests of VT-d, all interleavings of four requests, overflows and a drain", () => {
  test("are read, discarded and drained as they must be", () => {
    expect(run({})).toEqual({ states: 27_457, ...right });
  });

  test.each<[string, VtdDefects, string]>([
    ["clears PRO with records in the queue (H8)", { thread: { clearPolicy: "immediate" } }, "V-1"],
    ["discards partial faults after it has cleared PRO (B2)", { thread: { discardWhen: "after-clear" } }, "V-1"],
    ["discards nothing (B2)", { thread: { discards: false } }, "V-1"],
    ["does not clear PRO", { thread: { clearPolicy: "never" } }, "V-3"],
    ["drains without waiting for the records of its PASID", { drain: { finds: false } }, "V-2"],
  ])("a kernel that %s is found", (_, defects, id) => {
    expect(run(defects)).toMatchObject({ [id]: "violated" });
  });
});

/** Takes the steps one after the other, and gives the types of the messages that the component has sent. */
function sentBy(component: string, system: System, steps: readonly (readonly [string, Message])[]) {
  let state: GlobalState = initialState(system);
  const sent: Message[] = [];
  for (const [name, event] of steps) {
    const taken = take(system, state, { kind: "event", component: name, event });
    if (!taken.taken) throw new Error(`${name} does not take ${event.type}: ${taken.because}`);
    state = taken.state;
    sent.push(...taken.transfers.flatMap(({ from, message }) => (from === component ? [message] : [])));
  }
  return { sent, state: seen(state, component).state };
}
const puts = (fields: Partial<PageRequest> = {}) => ["prq", { type: "pri.request", ...plain, ...fields }] as const;
const steps = (component: string, ...names: readonly string[]) =>
  names.map((name) => [component, { type: `${component.replace(/^prq-|\d$/g, "")}.${name}` }] as const);

describe("the page request thread of VT-d", () => {
  const begun = [puts({ page: 1 }), ...steps("prq-thread", "acknowledges", "reads-tail"), puts({ page: 2 })];

  test("leaves a record that came after it read the tail to the next run", () => {
    const { sent, state } = sentBy("prq-thread", systemOf({}, 0), [
      ...begun,
      ...steps("prq-thread", "pops", "publishes", "checks-overflow"),
    ]);
    expect(sent.filter(({ type }) => type === "driver.reports-fault")).toHaveLength(1);
    expect(sent.at(-1)).toEqual({ type: "thread.returns", result: 1 });
    expect(state).toBe("woken");
  });

  test("would report it in the same run, if it read the tail again", () => {
    const rereads = systemOf({ thread: { tail: "until-empty" } }, 0);
    const run = [puts({ page: 1 }), ...steps("prq-thread", "acknowledges", "pops"), puts({ page: 2 })];
    const { sent } = sentBy("prq-thread", rereads, [...run, ...steps("prq-thread", "pops", "pops")]);
    expect(sent.filter(({ type }) => type === "driver.reports-fault")).toHaveLength(2);
  });

  test("returns whether it had a record", () => {
    const idle = [["prq-thread", { type: "prq.interrupt" }] as const];
    const { sent } = sentBy("prq-thread", systemOf({}, 0), [
      ...idle,
      ...steps("prq-thread", "acknowledges", "reads-tail", "publishes", "checks-overflow"),
    ]);
    expect(sent.at(-1)).toEqual({ type: "thread.returns", result: 0 });
  });

  test("holds a drain until it has written the head register, also for a record that it has read", () => {
    const read = [puts(), ...steps("prq-thread", "acknowledges", "reads-tail", "pops")];
    const drain = [["drain0", { type: "drain.begins", device: 0, pasid: PASID }] as const];
    const looks = [...drain, ...steps("drain0", "reinits", "looks")];
    expect(sentBy("drain0", systemOf({}, 0), [...read, ...looks]).state).toBe("waiting");
    const published = [...read, ...steps("prq-thread", "publishes"), ...looks];
    expect(sentBy("drain0", systemOf({}, 0), published).state).toBe("flushing");
  });

  const last = { last: true } as const;
  const onlyWrites = { read: false, write: true } as const;
  const neither = { read: false } as const;
  test.each<[string, Partial<PageRequest>, string]>([
    ["without PASID, whatever else", { pasid: null, page: 2 ** 40, mode: "privileged-execute" }, "no-pasid"],
    ["with an address of 48 bits", { page: 2 ** 35, mode: "privileged" }, "not-canonical"],
    ["with the last address of the lower half", { page: 2 ** 35 - 1 }, "reported"],
    ["with the first address of the upper half", { page: 2 ** 52 - 2 ** 35 }, "reported"],
    ["with the address before that", { page: 2 ** 52 - 2 ** 35 - 1 }, "not-canonical"],
    ["that is privileged and reads", { mode: "privileged" }, "privileged"],
    ["that is privileged, executes and writes", { ...onlyWrites, mode: "privileged-execute" }, "privileged"],
    ["that is privileged only", { ...neither, mode: "privileged" }, "reported"],
    ["that executes and reads", { mode: "execute" }, "execute"],
    ["that executes and writes", { ...onlyWrites, mode: "execute" }, "reported"],
    ["that only executes", { ...neither, mode: "execute" }, "reported"],
    ["that only executes and is the last", { ...neither, ...last, mode: "execute" }, "stop-marker"],
    ["of an unknown device", { device: 7 }, "unknown-device"],
    ["that is a stop marker of an unknown device", { ...neither, ...last, device: 7 }, "stop-marker"],
  ])("a request %s is: %s %s", (_, fields, verdict) => {
    expect(checked({ ...plain, ...fields }, { devices: [0], pageSize: 4096 })).toBe(verdict);
  });

  test("reports the kinds of access as bits", () => {
    expect(faultOf({ ...plain, ...onlyWrites, mode: "execute" }).perm).toBe(2 + 4);
    expect(faultOf({ ...plain, ...neither, mode: "privileged-execute" }).perm).toBe(4 + 8);
  });

  test("responds Invalid to a last request that it refuses, and to no other", () => {
    const run = [puts({ pasid: null, last: true, prgi: 3 }), puts({ page: 2 ** 40 })];
    const system = systemOf({}, 0);
    const { sent } = sentBy("prq-thread", system, [
      ...run,
      ...steps("prq-thread", "acknowledges", "reads-tail", "pops", "pops"),
    ]);
    expect(sent.filter(({ type }) => type === "command.responds")).toEqual([
      pageGroupResponse({ device: 0, pasid: null, prgi: 3, last: true, instance: 0 }, "invalid"),
    ]);
    expect(sent.flatMap(({ line }) => (line === undefined ? [] : [line]))).toEqual([
      "no-pasid",
      "invalid-request",
      "not-canonical",
      "invalid-request",
    ]);
  });
});
