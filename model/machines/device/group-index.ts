/**
 * One page request group index of a device, as software sees it: in use from its first request to its response.
 *
 * Models  PCIe PRI (hardware facts 2.2, the group rules G2, G3 and G6). An index has one live group and gets one response, after the last request; a
 *         free index gets none. A function level reset forgets the group, and the index may be used again at once (1.4;
 *         S29 and H10, an old response must not reach a new group). While PRI is disabled no group begins, and an open one
 *         is not continued. The instance is ghost state: it changes when the index becomes free.
 * Omits   credits, stop markers, permissions and Response Failure (S18); the accesses that cause the requests, and what the
 *         device does after a response. prg-slot.ts has accesses and retries, page-request-port.ts the interface.
 */
import { assign, setup } from "xstate";
import { clause, messages } from "../../said.ts";
import type { PageResponse } from "../linux/include/iommu.ts";
import { READ, WRITE, type Fault } from "../linux/include/iommu.ts";

export type GroupIndexInput = {
  readonly device: number;
  readonly index: number;
  /** Requests of a group. */
  readonly size: number;
  readonly instances: number;
  /** The PASID that its requests carry; absent: none. */
  readonly pasid?: number;
};

export type GroupIndexContext = Omit<GroupIndexInput, "pasid"> & {
  readonly pasid: number | null;
  /** Ghost: which use of the index this is, modulo `instances`. */
  readonly instance: number;
  readonly enabled: boolean;
  /** Ghost. The device got a response that no rule allows: for an open group, a free index, or an earlier use of it. */
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
  s.emit(({ context: { device, pasid, index, instance } }) => ({
    type: "pri.request",
    fault: { device, pasid, grp: index, page: index, perm: READ | WRITE, last, instance },
  }));
const becomesFree = s.assign({ instance: ({ context }) => (context.instance + 1) % context.instances });

export const groupIndex = s.createMachine({
  id: "group-index",
  description: "a page request group index of a device",
  meta: {
    origin: clause("pcie", "10.4 (Page Request Services)"),
    lane: "device {device}, page request group {index}",
    messages: messages<GroupIndexEmits>({ "pri.request": "requests page {fault.page} in group {fault.grp}" }),
  },
  context: ({ input }) => ({ ...input, pasid: input.pasid ?? null, instance: 0, enabled: true, unexpected: "none" }),
  initial: "free",
  states: {
    free: {
      description: "no group uses the index",
      on: {
        "index.requests": [
          {
            description: "sends the only page request of group {index}",
            guard: "isLast",
            target: "waiting",
            actions: request(true),
          },
          {
            description: "sends the first page request of group {index}",
            guard: "isEnabled",
            target: "open",
            actions: request(false),
          },
        ],
        "driver.page-response": { actions: assign({ unexpected: "free" }) },
        "device.resets": {},
      },
    },
    open: {
      description: "the first request is sent, and the last one is not",
      on: {
        "index.requests": {
          description: "sends the last page request of group {index}",
          guard: "isEnabled",
          target: "waiting",
          actions: request(true),
        },
        "driver.page-response": { actions: assign({ unexpected: "open" }) },
      },
    },
    waiting: {
      description: "the last request is sent, and the response is outstanding",
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
