/**
 * One index of the page request groups of a device, as software sees it: in use from its first request to its answer.
 * What the device does with the answer, and why it asked, is its own affair.
 *
 * Models  PCIe PRI, hardware facts 2.2 (G2, G3, G6): one live group for an index, one answer after the last request, no
 *         answer for an index that is free. A function level reset forgets the group, and the index may be used again at
 *         once (1.4, S29, H10). While PRI is disabled no group begins and an open one is not gone on with.
 *         The instance is ghost state: it changes when the index becomes free.
 * Omits   credits, stop markers, permissions, Response Failure (S18): prg-slot.ts has what follows from an answer.
 */
import { assign, setup } from "xstate";
import type { PageResponse } from "../linux/include/iommu.ts";
import { READ, WRITE, type Fault } from "../linux/include/iommu.ts";

export type GroupIndexInput = {
  readonly device: number;
  readonly index: number;
  /** Requests of a group. */
  readonly size: number;
  readonly instances: number;
};

export type GroupIndexContext = GroupIndexInput & {
  /** Ghost: which use of the index this is, modulo `instances`. */
  readonly instance: number;
  readonly enabled: boolean;
  /** Ghost. An answer came that no rule allows: for an open group, for a free index, or for an earlier use of it. */
  readonly unexpected: "none" | "open" | "free" | "earlier-instance";
};

export type GroupIndexEmits = { readonly type: "pri.request"; readonly fault: Fault };

export type GroupIndexEvent =
  | { readonly type: "index.requests" }
  | { readonly type: "pri.disables" | "pri.enables" | "device.resets" }
  | PageResponse;

const s = setup({
  types: {
    context: {} as GroupIndexContext,
    events: {} as GroupIndexEvent,
    emitted: {} as GroupIndexEmits,
    input: {} as GroupIndexInput,
  },
  guards: {
    isEnabled: ({ context }) => context.enabled,
    isLast: ({ context }) => context.enabled && context.size === 1,
    isOther: ({ context, event }) =>
      event.type === "driver.page-response" && event.instances?.at(-1) !== context.instance,
  },
});

const request = (last: boolean) =>
  s.emit(({ context: { device, index, instance } }) => ({
    type: "pri.request",
    fault: { device, pasid: null, grp: index, page: index, perm: READ | WRITE, last, instance },
  }));
const becomesFree = s.assign({ instance: ({ context }) => (context.instance + 1) % context.instances });

export const groupIndex = s.createMachine({
  id: "group-index",
  context: ({ input }) => ({ ...input, instance: 0, enabled: true, unexpected: "none" }),
  initial: "free",
  states: {
    free: {
      on: {
        "index.requests": [
          { guard: "isLast", target: "waiting", actions: request(true) },
          { guard: "isEnabled", target: "open", actions: request(false) },
        ],
        "driver.page-response": { actions: assign({ unexpected: "free" }) },
        "device.resets": {},
      },
    },
    /** Its first request is on its way. */
    open: {
      on: {
        "index.requests": { guard: "isEnabled", target: "waiting", actions: request(true) },
        "driver.page-response": { actions: assign({ unexpected: "open" }) },
      },
    },
    waiting: {
      on: {
        "driver.page-response": [
          { guard: "isOther", target: "free", actions: [becomesFree, assign({ unexpected: "earlier-instance" })] },
          { target: "free", actions: becomesFree },
        ],
      },
    },
  },
  on: {
    "device.resets": { target: ".free", actions: becomesFree },
    "pri.disables": { actions: assign({ enabled: false }) },
    "pri.enables": { actions: assign({ enabled: true }) },
  },
});

export const groupIndexSteps = [{ type: "index.requests" }] as const;
