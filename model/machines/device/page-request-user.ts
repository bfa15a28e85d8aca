/**
 * A user of a page request interface: a function, or one of its PASIDs. It has one group index and can be stopped.
 *
 * Models  hardware facts 2.6. A stop without marker waits until the open group is complete and answered. A stop with marker
 *         completes an open group, leaves waiting groups behind as stale, sends the stop marker, and is done at once. The
 *         driver starts the user again only when software has consumed the marker or emptied the queue.
 * Omits   translations and retries, which prg-slot.ts has: Success and Invalid both end the work item. Several indices of
 *         one user.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, clause, messages } from "../../said.ts";
import type { RequestMode, ResponseCode } from "../../units.ts";
import type { GroupKey } from "./page-request-port-messages.ts";

export type PageUserInput = GroupKey & { readonly size: number; readonly stops: "with-marker" | "by-waiting" };

export type PageUserContext = PageUserInput & {
  readonly sent: number;
  /** The driver has stopped it. */
  readonly stopping: boolean;
  /** Its stop marker is not consumed yet. */
  readonly marked: boolean;
};

export type PageUserEvent =
  /** A mode only if a group is one request. */
  | { readonly type: "user.begins"; readonly mode?: RequestMode }
  | { readonly type: "user.goes-on" | "user.stops" | "user.marks" | "user.starts" }
  | { readonly type: "user.answered"; readonly code: ResponseCode }
  | { readonly type: "user.loses" }
  | { readonly type: "marker.passed" | "markers.passed" };

export type PageUserEmits =
  | (GroupKey & { readonly type: "group.requests"; readonly size: number; readonly mode?: RequestMode })
  | (GroupKey & { readonly type: "group.marks" });

const s = setup({
  types: {
    context: {} as PageUserContext,
    events: {} as PageUserEvent,
    emitted: {} as PageUserEmits,
    input: {} as PageUserInput,
  },
  guards: {
    isLast: ({ context }) => context.sent + 1 === context.size,
    isRunning: ({ context }) => !context.stopping,
    isOnly: ({ context }) => !context.stopping && context.size === 1,
    byWaiting: ({ context }) => context.stopping && context.stops === "by-waiting",
    byMarker: ({ context }) => context.stopping && context.stops === "with-marker",
  },
});

const request = s.enqueueActions(({ context: { user, device, pasid, prgi, data, size, sent }, event, enqueue }) => {
  const mode = event.type === "user.begins" && event.mode ? { mode: event.mode } : {};
  enqueue.emit({ type: "group.requests", user, device, pasid, prgi, data, size, ...mode });
  enqueue.assign({ sent: sent + 1 });
});
const mark = s.enqueueActions(({ context: { user, device, pasid, prgi, data }, enqueue }) => {
  enqueue.assign({ sent: 0, marked: true });
  enqueue.emit({ type: "group.marks", user, device, pasid, prgi, data });
});
const ends = s.assign({ sent: 0 });
const afterGroup = [
  { guard: "byWaiting", target: "stopped", actions: ends },
  { target: "idle", actions: ends },
] as const;

const MARKS = {
  description: "sends a stop marker and is done",
  guard: "byMarker",
  target: "stopped",
  actions: mark,
} as const;
const STOPS = {
  description: "begins to stop: a group is outstanding",
  meta: { origin: atWill("a device driver") },
  actions: s.assign({ stopping: true }),
} as const;

export const pageRequestUser = s.createMachine({
  id: "page-request-user",
  description: "a function or PASID that requests pages",
  meta: {
    origin: clause("pcie", "10.4 (Page Request Services)"),
    lane: "user {user} of device {device}, PASID {pasid}, page request group {prgi}",
    messages: messages<PageUserEmits>({
      "group.requests": "sends a page request of group {prgi}",
      "group.marks": "sends a stop marker for PASID {pasid}",
    }),
  },
  context: ({ input }) => ({ ...input, sent: 0, stopping: false, marked: false }),
  initial: "idle",
  states: {
    idle: {
      description: "no group is outstanding",
      on: {
        "user.begins": [
          {
            description: "begins group {prgi} and sends its only page request",
            guard: "isOnly",
            target: "waiting",
            actions: request,
          },
          {
            description: "begins group {prgi} and sends its first page request",
            guard: "isRunning",
            target: "open",
            actions: request,
          },
        ],
        "user.stops": [
          {
            description: "stops: no group is outstanding",
            meta: { origin: atWill("a device driver") },
            guard: ({ context }) => context.stops === "by-waiting",
            target: "stopped",
            actions: assign({ stopping: true }),
          },
          {
            description: "begins to stop: the stop marker is still to be sent",
            meta: { origin: atWill("a device driver") },
            actions: assign({ stopping: true }),
          },
        ],
        "user.marks": MARKS,
      },
    },
    open: {
      description: "the group is open: its last request is still to be sent",
      on: {
        "user.goes-on": [
          {
            description: "sends the last page request of group {prgi}",
            guard: "isLast",
            target: "waiting",
            actions: request,
          },
          { description: "sends a page request of group {prgi}, not the last one", actions: request },
        ],
        "user.stops": STOPS,
        "user.loses": [...afterGroup],
      },
    },
    waiting: {
      description: "the last request is sent, and the response is outstanding",
      on: {
        "user.answered": [...afterGroup],
        "user.loses": [...afterGroup],
        "user.stops": STOPS,
        "user.marks": MARKS,
      },
    },
    stopped: {
      description: "stopped; groups that it left behind are stale",
      on: {
        "user.starts": {
          description: "starts again",
          meta: { origin: atWill("a device driver") },
          guard: ({ context }) => !context.marked,
          target: "idle",
          actions: assign({ stopping: false }),
        },
      },
    },
  },
  on: {
    "marker.passed": { actions: assign({ marked: false }) },
    "markers.passed": { actions: assign({ marked: false }) },
  },
});

/** What it does after it has begun or was stopped. */
export const pageUserSteps: readonly Message[] = [{ type: "user.goes-on" }, { type: "user.marks" }];
