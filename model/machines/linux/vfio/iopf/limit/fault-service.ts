/**
 * From the report of a fault to its answer: requests wait in order of arrival, one thread takes them, lets their pages be
 * resolved, and answers.
 *
 * Models  VFIO facts 1.1 (F3-F12) and 4.2: the group in service is that of the request that was taken. With pre-mapping
 *         (row 31, RFC v2) the other page of each aligned pair is mapped as well if there is room. A group that was answered
 *         again and again in vain is refused without service where somebody counts (I-44).
 * Omits   the queues of the hardware and of the IOPF core, which other systems have: a report takes no room here.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { ResponseCode } from "../../../include/iommu.ts";

export interface FaultServiceRules {
  readonly shortage: "invalid" | "failure";
  /** Whether it is kept in mind which groups have not used their pages. */
  readonly grants: boolean;
  /** By page: the page that is mapped with it, or null. */
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

const s = setup({
  types: {
    context: {} as FaultServiceContext,
    events: {} as
      | { readonly type: "fault.requests"; readonly device: number; readonly pages: readonly number[] }
      | { readonly type: "service.takes" | "service.responds" }
      | { readonly type: "grants.judged"; readonly hopeless: boolean }
      | { readonly type: "resolver.done"; readonly code: ResponseCode },
    emitted: {} as
      | { readonly type: "grants.ends"; readonly device: number }
      | ({ readonly type: "grants.judges"; readonly by: string } & FaultRequest)
      | { readonly type: "grants.gives"; readonly device: number; readonly pages: readonly number[] }
      | { readonly type: "resolver.starts"; readonly pages: readonly number[]; readonly wanted: number }
      | { readonly type: "fault.response"; readonly device: number; readonly code: ResponseCode }
      | { readonly type: "response.sent" },
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
const judges = s.emit(({ context }) => ({ type: "grants.judges", ...context.request!, by: "service" }));
const grants = s.enqueueActions(({ context: { rules, request, code }, enqueue }) => {
  if (rules.grants && code === "success") enqueue.emit({ type: "grants.gives", ...request! });
});
const keepsCode = s.assign({
  code: ({ context, event }) => (event.type === "resolver.done" ? event.code : context.code),
});

export const faultServiceSteps: readonly Message[] = [{ type: "service.takes" }, { type: "service.responds" }];

export const faultService = s.createMachine({
  id: "fault-service",
  context: ({ input }) => ({ rules: input, waiting: [], request: null, code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "service.takes": [
          { guard: "isKept", target: "judging", actions: [takes, judges] },
          { guard: "isAsked", target: "resolving", actions: [takes, starts] },
        ],
      },
    },
    judging: {
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
    resolving: { on: { "resolver.done": { target: "responding", actions: [keepsCode, grants] } } },
    responding: {
      on: {
        "service.responds": {
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
