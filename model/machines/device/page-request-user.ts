/**
 * Who asks for pages through a page request interface: a function, or a PASID of one. It has one group index, and can be
 * told to stop.
 *
 * Models  hardware facts 2.6: a stop without marker waits until the open group is complete and answered; a stop with
 *         marker completes an open group, leaves what waits behind as stale, sends the marker, and is done at once. Its
 *         driver starts it again only when software has consumed the marker, or has emptied the queue.
 * Omits   translations and what becomes of the pages: Success and Invalid both end the work that asked (prg-slot.ts has
 *         the retry). Several indices of one user.
 */
import { assign, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { RequestMode, ResponseCode } from "../../units.ts";
import type { GroupKey } from "./page-request-port-messages.ts";

export type PageUserInput = GroupKey & { readonly size: number; readonly stops: "with-marker" | "by-waiting" };

export type PageUserContext = PageUserInput & {
  readonly sent: number;
  /** It has been told to stop. */
  readonly stopping: boolean;
  /** Its marker is somewhere on its way. */
  readonly marked: boolean;
};

export type PageUserEvent =
  /** With a mode: only where a group is one request. */
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

export const pageRequestUser = s.createMachine({
  id: "page-request-user",
  context: ({ input }) => ({ ...input, sent: 0, stopping: false, marked: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "user.begins": [
          { guard: "isOnly", target: "waiting", actions: request },
          { guard: "isRunning", target: "open", actions: request },
        ],
        "user.stops": [
          {
            guard: ({ context }) => context.stops === "by-waiting",
            target: "stopped",
            actions: assign({ stopping: true }),
          },
          { actions: assign({ stopping: true }) },
        ],
        "user.marks": { guard: "byMarker", target: "stopped", actions: mark },
      },
    },
    open: {
      on: {
        "user.goes-on": [{ guard: "isLast", target: "waiting", actions: request }, { actions: request }],
        "user.stops": { actions: assign({ stopping: true }) },
        "user.loses": [...afterGroup],
      },
    },
    waiting: {
      on: {
        "user.answered": [...afterGroup],
        "user.loses": [...afterGroup],
        "user.stops": { actions: assign({ stopping: true }) },
        "user.marks": { guard: "byMarker", target: "stopped", actions: mark },
      },
    },
    /** Done. What it left behind is stale. */
    stopped: {
      on: {
        "user.starts": {
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

/** What it does once it has begun, or was told to stop. */
export const pageUserSteps: readonly Message[] = [{ type: "user.goes-on" }, { type: "user.marks" }];
