/**
 * What is around both sides of a comparison: devices that send page requests in any order, and components that call whenever
 * they like.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../checker/json.ts";
import type { Component } from "../../checker/system.ts";
import { outside as outsideMachine } from "../machines/linux/iommu/io-pgfault/outside.ts";
import type { Fault } from "../machines/linux/include/iommu.ts";

export const outside: Component = { machine: outsideMachine, role: "outside" };

interface IndexInput {
  readonly device: number;
  readonly grp: number;
  /** Requests before the last one, at most. */
  readonly partials: number;
}

/**
 * One page request group index of a device: a last request, after as many others as it likes. It is used again after a
 * response to its last request; other responses change nothing.
 */
const indices = setup({
  types: {
    context: {} as IndexInput & { readonly sent: number },
    events: {} as
      | { readonly type: "index.sends"; readonly last: boolean }
      | { readonly type: "driver.page-response"; readonly last: boolean },
    emitted: {} as { readonly type: "pri.request"; readonly fault: Fault },
    input: {} as IndexInput,
  },
});
const sends = indices.enqueueActions(({ context: { device, grp, sent }, event: { last }, enqueue }) => {
  enqueue.emit({ type: "pri.request", fault: { device, pasid: null, grp, page: sent, perm: 1, last } });
  enqueue.assign({ sent: last ? 0 : sent + 1 });
});
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
    waiting: { on: { "driver.page-response": { guard: ({ event }) => event.last, target: "free" } } },
  },
  on: { "driver.page-response": {} },
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

/** Takes device 0 off its IOPF queue once, and puts it back: at any time, or in one step between two reports. */
const membership = setup({
  types: {
    emitted: {} as { readonly type: "thread.rests" } | { readonly type: "queue.removes" | "queue.adds"; device: 0 },
  },
}).createMachine({
  id: "membership",
  initial: "inside",
  states: {
    inside: {
      on: {
        "member.leaves": { target: "outside", actions: emit({ type: "queue.removes", device: 0 }) },
        "member.leaves-and-joins": {
          target: "back",
          actions: [
            emit({ type: "thread.rests" }),
            emit({ type: "queue.removes", device: 0 }),
            emit({ type: "queue.adds", device: 0 }),
          ],
        },
      },
    },
    outside: { on: { "member.joins": { target: "back", actions: emit({ type: "queue.adds", device: 0 }) } } },
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
          events:
            removal === "any-time"
              ? [{ type: "member.leaves" }, { type: "member.joins" }]
              : [{ type: "member.leaves-and-joins" }],
        },
      };

export const threadOf = (discards: boolean): Component => ({
  machine: driverThread,
  role: "driver-thread",
  ...(discards ? { events: [{ type: "thread.discards" }] } : {}),
});

/** `device0.0`, `device0.1`, ... with the role "device". */
export const requesting = (indices: readonly IndexInput[]): { readonly [name: string]: Component } =>
  Object.fromEntries(
    indices.map(({ device, grp, partials }) => [
      `device${device}.${grp}`,
      {
        machine: groupIndex,
        role: "device",
        input: { device, grp, partials },
        events: [{ type: "index.sends", last: true }, ...(partials > 0 ? [{ type: "index.sends", last: false }] : [])],
      },
    ]),
  );

/** The index that a response is for. */
export const indexOf = ({ device, grp }: Message): string => `device${Number(device)}.${Number(grp)}`;
