/**
 * What is around both sides of a comparison: devices that send page requests in any order, and components that call whenever
 * they like.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../checker/json.ts";
import type { Component } from "../../checker/system.ts";
import { outside as outsideMachine } from "../machines/linux/iommu/io-pgfault/outside.ts";
import { OK, pageResponse, READ, type Fault, type PageResponse } from "../machines/linux/include/iommu.ts";
import { range } from "../systems/configuration.ts";
import type { PageRequest } from "../units.ts";

export const outside: Component = { machine: outsideMachine, role: "outside" };

interface IndexInput {
  readonly device: number;
  readonly grp: number;
  /** Requests before the last one, at most. */
  readonly partials: number;
  readonly pasid: number | null;
}

type Sends =
  /** As the core sees it. */
  | { readonly type: "pri.request"; readonly fault: Fault }
  /** As it is on the wire. */
  | ({ readonly type: "pri.request" } & PageRequest);

const indices = setup({
  types: {
    context: {} as IndexInput & { readonly sent: number; readonly onWire: boolean },
    events: {} as
      | { readonly type: "index.sends"; readonly last: boolean }
      | { readonly type: "driver.page-response"; readonly last: boolean }
      | { readonly type: "pri.response" | "command.responds" },
    emitted: {} as Sends,
    input: {} as IndexInput & { readonly onWire: boolean },
  },
});
const sends = indices.enqueueActions(({ context: { device, grp, pasid, sent: page, onWire }, event, enqueue }) => {
  if (event.type !== "index.sends") return;
  const { last } = event;
  if (onWire)
    enqueue.emit({
      type: "pri.request",
      device,
      pasid,
      prgi: grp,
      page,
      read: true,
      write: false,
      last,
      instance: 0,
    });
  else enqueue.emit({ type: "pri.request", fault: { device, pasid, grp, page, perm: READ, last } });
  enqueue.assign({ sent: last ? 0 : page + 1 });
});
/**
 * One page request group index of a device: a last request, after as many others as it likes. It is used again after a
 * response to its last request; other responses change nothing.
 */
const groupIndex = indices.extend({ actions: { sends } }).createMachine({
  id: "group-index",
  context: ({ input }) => ({ ...input, sent: 0 }),
  initial: "free",
  states: {
    free: {
      on: {
        "index.sends": [
          { guard: ({ event }) => event.last, target: "waiting", actions: "sends" },
          { guard: ({ context }) => context.sent < context.partials, actions: "sends" },
        ],
      },
    },
    waiting: {
      on: {
        "driver.page-response": { guard: ({ event }) => event.last, target: "free" },
        "pri.response": { target: "free" },
        "command.responds": { target: "free" },
      },
    },
  },
  on: { "driver.page-response": {}, "pri.response": {}, "command.responds": {} },
});

/**
 * The driver's page request thread: it reports one request after the other, and discards partial faults between two of
 * them, as iopf_queue_discard_partial() asks its caller to do.
 */
const driverThread = setup({
  types: {
    events: {} as
      | { readonly type: "pri.request"; readonly fault: Fault }
      | { readonly type: "thread.discards" | "thread.rests" | "queue.returns" | "reported" },
    emitted: {} as
      { readonly type: "driver.reports-fault"; readonly fault: Fault } | { readonly type: "queue.discards" },
  },
}).createMachine({
  id: "driver-thread",
  initial: "idle",
  states: {
    idle: {
      on: {
        "thread.rests": {},
        "pri.request": {
          target: "reporting",
          actions: emit(({ event }) => ({ type: "driver.reports-fault", fault: event.fault })),
        },
        "thread.discards": { target: "discarding", actions: emit({ type: "queue.discards" }) },
      },
    },
    reporting: { on: { reported: { target: "idle" } } },
    discarding: { on: { "queue.returns": { target: "idle" } } },
  },
  on: { "queue.returns": {} },
});

/** Takes device 0 off its IOPF queue once and puts it back, in one step: at any time, or between two reports. */
const memberships = setup({
  types: {
    emitted: {} as { readonly type: "thread.rests" } | { readonly type: "queue.removes" | "queue.adds"; device: 0 },
  },
});
const leavesAndJoins = memberships.enqueueActions(({ enqueue }) => {
  enqueue.emit({ type: "queue.removes", device: 0 });
  enqueue.emit({ type: "queue.adds", device: 0 });
});
const membership = memberships.createMachine({
  id: "membership",
  initial: "inside",
  states: {
    inside: {
      on: {
        "member.leaves": { target: "back", actions: leavesAndJoins },
        "member.leaves-between-reports": {
          target: "back",
          actions: [memberships.emit({ type: "thread.rests" }), leavesAndJoins],
        },
      },
    },
    back: {},
  },
});

export type Removal = "never" | "between-reports" | "any-time";

export const memberOf = (removal: Removal): { readonly [name: string]: Component } =>
  removal === "never"
    ? {}
    : {
        member: {
          machine: membership,
          role: "member",
          events: [{ type: removal === "any-time" ? "member.leaves" : "member.leaves-between-reports" }],
        },
      };

export const threadOf = (discards: boolean): Component => ({
  machine: driverThread,
  role: "driver-thread",
  ...(discards ? { events: [{ type: "thread.discards" }] } : {}),
});

export interface Indices {
  /** Page request group indices of device 0. */
  readonly indices: number;
  readonly partials: number;
  /** Default: requests without PASID. */
  readonly pasid?: number;
  /** Requests as they are on the wire. */
  readonly onWire?: boolean;
}

/** `device0.0`, `device0.1`, ... with the role "device". */
export const requesting = ({
  indices,
  partials,
  pasid,
  onWire = false,
}: Indices): { readonly [name: string]: Component } =>
  Object.fromEntries(
    range(indices).map((grp) => [
      `device0.${grp}`,
      {
        machine: groupIndex,
        role: "device",
        input: { device: 0, grp, partials, pasid: pasid ?? null, onWire },
        events: [{ type: "index.sends", last: true }, ...(partials > 0 ? [{ type: "index.sends", last: false }] : [])],
      },
    ]),
  );

/** The index that a response is for. */
export const indexOf = ({ device, grp, prgi }: Message): string => `device${Number(device)}.${Number(grp ?? prgi)}`;

/** Resolves every fault of a group at once, with Success. */
const resolves = setup({
  types: {
    events: {} as { readonly type: "worker.resolves"; readonly worker: number },
    emitted: {} as { readonly type: "member.resolved"; readonly worker: number; readonly code: "success" },
  },
}).createMachine({
  id: "resolver",
  on: {
    "worker.resolves": {
      actions: emit(({ event: { worker } }) => ({ type: "member.resolved", worker, code: "success" })),
    },
  },
});
export const resolver: Component = { machine: resolves, role: "resolver" };

/** An IOPF core that takes one report at a time, and responds to each last request some time after it has returned. */
const cores = setup({
  types: {
    context: {} as { readonly fault: Fault | null; readonly held: readonly Fault[] },
    events: {} as
      | { readonly type: "driver.reports-fault"; readonly fault: Fault }
      | { readonly type: "core.returns" | "queue.discards" }
      | { readonly type: "core.responds"; readonly grp: number },
    emitted: {} as
      | PageResponse
      | { readonly type: "reported"; readonly device: number; readonly result: number }
      | { readonly type: "queue.returns" },
  },
});
const returns = cores.enqueueActions(({ context: { fault, held }, enqueue }) => {
  const all = fault!.last ? [...held, fault!] : held;
  enqueue.assign({ fault: null, held: [...all].sort((a, b) => a.grp - b.grp) });
  enqueue.emit({ type: "reported", device: fault!.device, result: OK });
});
const responds = cores.enqueueActions(({ context: { held }, event, enqueue }) => {
  if (event.type !== "core.responds") return;
  const fault = held.find(({ grp }) => grp === event.grp)!;
  enqueue.assign({ held: held.filter((other) => other !== fault) });
  enqueue.emit(pageResponse([fault], "success", null));
});
const anyCore = cores.extend({ actions: { returns, responds } }).createMachine({
  id: "any-core",
  context: { fault: null, held: [] },
  on: {
    "driver.reports-fault": {
      guard: ({ context }) => context.fault === null,
      actions: cores.assign({ fault: ({ event }) => (event.type === "driver.reports-fault" ? event.fault : null) }),
    },
    "core.returns": { guard: ({ context }) => context.fault !== null, actions: "returns" },
    "core.responds": {
      guard: ({ context, event }) => context.held.some(({ grp }) => grp === event.grp),
      actions: "responds",
    },
    "queue.discards": { actions: emit({ type: "queue.returns" }) },
  },
});

export const coreFor = ({ indices }: Pick<Indices, "indices">): Component => ({
  machine: anyCore,
  role: "any-core",
  events: [{ type: "core.returns" }, ...range(indices).map((grp) => ({ type: "core.responds", grp }))],
});

/** Reads queue and overflow bit as a drain does, whenever it likes. */
const reads = setup({
  types: {
    emitted: {} as
      | { readonly type: "prq.searches"; readonly drain: 0; readonly pasid: number }
      | { readonly type: "prq.reads-overflow"; readonly drain: 0 },
  },
}).createMachine({
  id: "queue-reader",
  on: {
    "reader.searches": { actions: emit({ type: "prq.searches", drain: 0, pasid: 1 }) },
    "reader.reads-overflow": { actions: emit({ type: "prq.reads-overflow", drain: 0 }) },
    "prq.seen": {},
  },
});
export const queueReader: Component = {
  machine: reads,
  role: "queue-reader",
  events: [{ type: "reader.searches" }, { type: "reader.reads-overflow" }],
};
