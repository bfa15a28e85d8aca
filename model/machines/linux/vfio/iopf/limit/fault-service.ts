/**
 * The way of a fault from its report to the response: requests wait in order of arrival, and one thread takes them, has
 * their pages resolved, and responds.
 *
 * Models  the VFIO fault handler as one worker, or as one for each device (VFIO facts 1.1 steps F3 to F12, 4.2): the group in service is that of the
 *         request that the worker took. With pre-mapping (row 31: pre-pin more pages) the other page of each aligned pair
 *         is mapped as well, if there is room. A group that got Success again and again without using its pages is refused without
 *         service, if the design counts (I-44: below the bound the system answers non-Success instead of looping).
 * Omits   what iopf/fault-worker.ts has: the groups of the IOPF core, which are freed after the response. The queues of
 *         the hardware and of the IOPF core: a report takes no room here.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { ResponseCode } from "../../../include/iommu.ts";
import { messages, proposal } from "../../../../../said.ts";

export interface FaultServiceRules {
  readonly name: string;
  readonly shortage: "invalid" | "failure";
  /** Whether group-grants.ts remembers the groups that have not used their pages. */
  readonly grants: boolean;
  /** By page: the page that is pre-mapped with it, or null. */
  readonly pairs: readonly (number | null)[];
}

export interface FaultRequest {
  readonly device: number;
  readonly pages: readonly number[];
}

export interface FaultServiceContext {
  readonly rules: FaultServiceRules;
  /** Reported and not yet taken, in order of arrival. */
  readonly waiting: readonly FaultRequest[];
  readonly request: FaultRequest | null;
  readonly code: ResponseCode;
}

type FaultServiceEmits =
  | { readonly type: "grants.ends"; readonly device: number }
  | ({ readonly type: "grants.judges"; readonly by: string } & FaultRequest)
  | { readonly type: "grants.gives"; readonly device: number; readonly pages: readonly number[] }
  | { readonly type: "resolver.starts"; readonly pages: readonly number[]; readonly wanted: number }
  | { readonly type: "fault.response"; readonly device: number; readonly code: ResponseCode }
  | { readonly type: "response.sent" };

const s = setup({
  types: {
    context: {} as FaultServiceContext,
    events: {} as
      | { readonly type: "fault.requests"; readonly device: number; readonly pages: readonly number[] }
      | { readonly type: "service.takes" | "service.responds" }
      | { readonly type: "grants.judged"; readonly hopeless: boolean }
      | { readonly type: "resolver.done"; readonly code: ResponseCode },
    emitted: {} as FaultServiceEmits,
    input: {} as FaultServiceRules,
  },
  guards: {
    isAsked: ({ context }) => context.waiting.length > 0,
    isKept: ({ context }) => context.waiting.length > 0 && context.rules.grants,
  },
});

const reports = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "fault.requests") return;
  const { device, pages } = event;
  enqueue.assign({ waiting: [...context.waiting, { device, pages }] });
  if (context.rules.grants) enqueue.emit({ type: "grants.ends", device });
});
const takes = s.assign(({ context: { waiting } }) => ({ request: waiting[0]!, waiting: waiting.slice(1) }));
const starts = s.emit(({ context: { rules, request } }) => {
  const { pages } = request!;
  const besides = pages.flatMap((page) => rules.pairs[page] ?? []).filter((page) => !pages.includes(page));
  return { type: "resolver.starts", pages: [...pages, ...new Set(besides)], wanted: pages.length };
});
const judges = s.emit(({ context }) => ({ type: "grants.judges", ...context.request!, by: context.rules.name }));
const grants = s.enqueueActions(({ context: { rules, request, code }, enqueue }) => {
  if (rules.grants && code === "success") enqueue.emit({ type: "grants.gives", ...request! });
});
const keepsCode = s.assign({
  code: ({ context, event }) => (event.type === "resolver.done" ? event.code : context.code),
});

export const faultServiceSteps: readonly Message[] = [{ type: "service.takes" }, { type: "service.responds" }];

export const faultService = s.createMachine({
  id: "fault-service",
  description: "the worker that serves page faults for VFIO in order of arrival",
  meta: {
    origin: proposal("a VFIO handler for groups of the IOPF core"),
    lane: "the worker that serves page faults",
    messages: messages<FaultServiceEmits>({
      "grants.ends": "notes that device {device} asks again",
      "grants.judges": "asks whether the group of device {device} is hopeless",
      "grants.gives": "notes that page(s) {pages} were mapped for device {device}",
      "resolver.starts": "has page(s) {pages} resolved, of which {wanted} were requested",
      "fault.response": "responds {code} to device {device}",
      "response.sent": "has responded",
    }),
  },
  context: ({ input }) => ({ rules: input, waiting: [], request: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "no request is being served",
      on: {
        "service.takes": [
          {
            description: "takes the request that has waited longest",
            guard: "isKept",
            target: "judging",
            actions: [takes, judges],
          },
          { guard: "isAsked", target: "resolving", actions: [takes, starts] },
        ],
      },
    },
    judging: {
      description: "the group may have got Success too often without using its pages",
      on: {
        "grants.judged": [
          {
            guard: ({ event }) => event.hopeless,
            target: "responding",
            actions: assign({ code: ({ context }) => context.rules.shortage }),
          },
          { target: "resolving", actions: starts },
        ],
      },
    },
    resolving: {
      description: "the pages of the request are being resolved",
      on: { "resolver.done": { target: "responding", actions: [keepsCode, grants] } },
    },
    responding: {
      description: "the result is {code}, and the response is still to be sent",
      on: {
        "service.responds": {
          description: "responds {code}",
          target: "idle",
          actions: [
            emit(({ context: { request, code } }) => ({ type: "fault.response", device: request!.device, code })),
            emit({ type: "response.sent" }),
            assign({ request: null, code: "success" }),
          ],
        },
      },
    },
  },
  on: { "fault.requests": { actions: reports } },
});
