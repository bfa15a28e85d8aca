/**
 * The software that serves page requests, as one thread: it reads a record, drops, refuses, keeps or resolves it, and responds.
 *
 * Models  iopf-core 1.4, 1.5 and 2.1, as far as the control of the interface depends on them: I3 (a Stop Marker gets no
 *         response), I2 (only a last request gets one), I5 (what joins a group), the code without memory, the PASID in the
 *         response and the code on the wire. Two parties refuse requests:
 *         - The driver, before it reports. VT-d responds Invalid to a last request only: handle_bad_prq_event() (6.1: also to
 *           one with private data). AMD responds Failure to each: iommu_call_iopf_notifier() in 6.12. VT-d refuses
 *           unsupported modes, both refuse a request without PASID, and other reasons are free here.
 *         - The core. iommu_report_device_fault() of 6.12 responds Invalid to each request, the last or not, by
 *           iopf_error_response(), if there is no handler or no fault_param. In 6.1 it returns an error, and VT-d responds
 *           Invalid to a last request.
 *         Without memory for a group, or after an error of its handler, 6.12 responds Failure and frees the group (err_abort).
 *         iopf_queue_remove_device() frees the partial faults of the device and responds Invalid to its pending group.
 *         After an overflow the thread discards partial faults and clears PRO, with an empty queue: B2 (overflow must purge).
 * Omits   what takes several threads: drivers/prq-thread.ts, and the machines of io-pgfault/6.12. Failing allocations of a
 *         partial fault: it is lost silently, as by an overflow. A second partial fault that is equal to the first. Refusals
 *         of AMD without a response (unknown type of record, released device): "none" has them. In 6.1 VT-d treats every
 *         request with private data as a last one; no device here sends data with a refused request that is not the last. A
 *         record in hand when the device leaves its queue: 6.12 warns and sends nothing. A second code of a group.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { PageRequest } from "../../../../../units.ts";
import { linux612 } from "../../../../../said.ts";
import { looksLikeStopMarker } from "../../../../iommu/page-request-answer.ts";
import { hasUnsupportedMode } from "../../intel/prq-checks.ts";
import { joins } from "../../io-pgfault/partial-key.ts";
import {
  COLLECTS,
  DENY,
  KEEPS,
  REFUSAL,
  RESPONSE,
  RUNS_OUT,
  THREAD,
  requestServiceSays,
  type RefusalRule,
  type RequestServiceContext,
  type RequestServiceEmits,
  type RequestServiceEvent,
  type RequestServiceRules,
} from "./request-service-messages.ts";

export { serviceSteps, type RequestServiceContext, type RequestServiceRules } from "./request-service-messages.ts";

/** Whether the driver refuses the request: an unsupported mode, or no PASID. */
const isUnsupported = ({ rules, hand }: RequestServiceContext): boolean =>
  (rules.checksModes && hasUnsupportedMode(hand!)) || (rules.needsPasid && hand!.pasid === null);
const isServed = (context: RequestServiceContext): boolean =>
  context.rules.requests === "served" && !isUnsupported(context);
const isConsidered = ({ rules, hand }: RequestServiceContext): boolean =>
  !looksLikeStopMarker(hand!) || rules.markers === "answered";

const s = setup({
  types: {
    context: {} as RequestServiceContext,
    events: {} as RequestServiceEvent,
    emitted: {} as RequestServiceEmits,
    input: {} as RequestServiceRules,
  },
  guards: {
    isConsumedMarker: ({ context }) => looksLikeStopMarker(context.hand!) && context.rules.markers === "consumed",
    isPartial: ({ context }) => isServed(context) && !context.hand!.last,
    isConsidered: ({ context }) => isServed(context) && isConsidered(context),
    runsOut: ({ context }) => isServed(context) && context.hand!.last && !looksLikeStopMarker(context.hand!),
    isDenied: ({ context }) => context.rules.requests === "denied" && context.hand!.last && isConsidered(context),
    isIgnored: ({ context }) => context.rules.requests === "denied" && !context.hand!.last,
  },
});

const asFault = (request: PageRequest) => ({ ...request, grp: request.prgi, perm: 0 });
/** The partial faults of the group of the record in hand. */
const joined = ({ partial, hand, rules }: RequestServiceContext): readonly PageRequest[] =>
  partial.filter((one) => one.device === hand!.device && joins(rules.partialKey, asFault(one), asFault(hand!)));
const isSame = (one: PageRequest, other: PageRequest): boolean =>
  one.device === other.device &&
  one.pasid === other.pasid &&
  one.page === other.page &&
  one.instance === other.instance;

const keep = s.assign(({ context: { partial, hand } }) => ({
  partial: partial.some((one) => isSame(one, hand!)) ? partial : [...partial, hand!],
  hand: null,
}));
const passMarker = s.enqueueActions(({ context: { hand }, enqueue }) => {
  if (looksLikeStopMarker(hand!)) enqueue.emit({ type: "marker.passed", device: hand!.device, pasid: hand!.pasid });
});
const collect = s.assign(({ context }) => {
  const members = joined(context);
  return {
    hand: null,
    partial: context.partial.filter((one) => !members.includes(one)),
    members: [...members, context.hand!],
  };
});
/** The private data of a response; zeroes if they were lost. */
function returned({ answerData }: RequestServiceRules, { pasid, data }: PageRequest): { readonly data?: number } {
  const isThere = answerData === "by-pasid" ? pasid !== null : data !== undefined;
  if (!isThere || answerData === "ignored") return {};
  return { data: answerData === "cleared" ? 0 : (data ?? 0) };
}
const respond = s.emit(({ context: { rules, members, code } }) => {
  const last = members.at(-1)!;
  const { device, pasid, prgi, instance } = last;
  return {
    type: "pri.response",
    device,
    pasid: rules.answersWithPasid ? pasid : null,
    prgi,
    code: code === "failure" ? rules.failureCode : code,
    by: "software",
    instance,
    ...returned(rules, last),
  };
});
const answersRefusal = (rule: RefusalRule, { hand }: RequestServiceContext): boolean =>
  rule === "every" || (rule === "last" && hand!.last);
const ruleOf = (by: "driver" | "core", { rules }: RequestServiceContext): RefusalRule =>
  by === "driver" ? rules.driverAnswers : rules.coreAnswers;
const forgetsRefused = (context: RequestServiceContext): readonly PageRequest[] =>
  context.hand!.last && context.rules.refusalForgets
    ? context.partial.filter((one) => !joined(context).includes(one))
    : context.partial;

const withoutDevice = ({ partial }: RequestServiceContext, device: number) => ({
  partial: partial.filter((one) => one.device !== device),
});

const isRequest = ({ hand }: RequestServiceContext): boolean => !looksLikeStopMarker(hand!);
/** Transitions of a refusal: with a response or without, and with or without discarding partial faults. */
const refusedIf = (by: "driver" | "core", condition: (context: RequestServiceContext) => boolean) =>
  [
    {
      ...REFUSAL[by],
      guard: ({ context }: { context: RequestServiceContext }) =>
        condition(context) && answersRefusal(ruleOf(by, context), context),
      target: "answering",
      actions: s.assign(({ context }) => ({
        partial: forgetsRefused(context),
        members: [context.hand!],
        code: by === "driver" ? context.rules.driverRefusal : "invalid",
        hand: null,
      })),
    },
    {
      ...REFUSAL[by],
      guard: ({ context }: { context: RequestServiceContext }) => condition(context),
      target: "idle",
      actions: s.assign(({ context }) => ({ partial: forgetsRefused(context), hand: null })),
    },
  ] as const;

export const requestService = s.createMachine({
  id: "request-service",
  description: "the software that serves page requests, as one thread",
  meta: {
    origin: THREAD,
    lane: "the page request thread and the IOPF core",
    messages: requestServiceSays,
  },
  context: ({ input }) => ({ rules: input, hand: null, partial: [], members: [], code: "success" }),
  initial: "idle",
  states: {
    idle: {
      description: "serves no request",
      on: {
        "service.reads": {
          description: "reads the next record of the queue",
          target: "reading",
          actions: emit({ type: "prq.pops" }),
        },
        "service.is-idle": {},
      },
    },
    reading: {
      description: "reads the record at the head of the queue",
      on: {
        "record.read": {
          target: "inspecting",
          actions: assign({ hand: ({ event: { type: _, ...record } }) => record }),
        },
        "record.blank": { target: "idle" },
        "prq.empty": { target: "checking", actions: emit({ type: "prq.reads-registers" }) },
      },
    },
    checking: {
      description: "has emptied the queue and reads the status register",
      on: {
        "prq.registers": [{ guard: ({ event }) => event.overflow, target: "clearing" }, { target: "idle" }],
      },
    },
    clearing: {
      description: "has seen the overflow bit",
      on: {
        "service.clears": {
          description: "discards the partial faults and clears the overflow bit",
          target: "idle",
          actions: [assign({ partial: [] }), emit({ type: "prq.clears-overflow" })],
        },
      },
    },
    inspecting: {
      description: "has a record in hand",
      on: {
        "service.drops-marker": {
          description: "drops a Stop Marker of device {hand.device}",
          guard: "isConsumedMarker",
          target: "idle",
          actions: [passMarker, assign({ hand: null })],
        },
        "service.takes": [
          {
            description: "keeps page {hand.page} as a partial fault",
            meta: { origin: KEEPS },
            guard: "isPartial",
            target: "idle",
            actions: keep,
          },
          {
            description: "collects the group of PRGI {hand.prgi} and calls its handler",
            meta: { origin: COLLECTS },
            guard: "isConsidered",
            target: "handling",
            actions: [passMarker, collect],
          },
        ],
        "service.driver-refuses": refusedIf("driver", (context) => isServed(context) && isRequest(context)),
        "service.rejects": refusedIf("driver", (context) => isUnsupported(context) && isRequest(context)),
        /** The domain has no fault handler, or the device has no fault_param. */
        "service.core-refuses": refusedIf("core", (context) => isServed(context) && isRequest(context)),
        /** The driver has no IOPF core to report to. */
        "service.denies": [
          {
            description: "denies PRGI {hand.prgi} of device {hand.device}",
            meta: { origin: DENY },
            guard: "isDenied",
            target: "answering",
            actions: [passMarker, assign(({ context }) => ({ members: [context.hand!], code: "failure", hand: null }))],
          },
          {
            description: "ignores a request that is not the last",
            meta: { origin: DENY },
            guard: "isIgnored",
            target: "idle",
            actions: assign({ hand: null }),
          },
        ],
        "service.runs-out": {
          description: "gets no memory for the group of PRGI {hand.prgi}",
          meta: { origin: RUNS_OUT },
          guard: "runsOut",
          target: "answering",
          actions: [assign({ code: ({ context }) => context.rules.withoutMemory }), collect],
        },
      },
    },
    handling: {
      description: "a handler resolves the faults of a group",
      on: {
        "service.resolves": {
          description: "has resolved the faults of the group",
          meta: { origin: linux612("drivers/iommu/iommu-sva.c", "iommu_sva_handle_iopf") },
          target: "answering",
          actions: assign({ code: "success" }),
        },
        "service.removes": [
          {
            guard: ({ context, event }) => context.members.at(-1)!.device === event.device,
            target: "idle",
            actions: [
              assign({ code: "invalid" }),
              respond,
              assign(({ context, event }) => ({
                ...withoutDevice(context, event.device),
                members: [],
                code: "success",
              })),
            ],
          },
          { actions: assign(({ context, event }) => withoutDevice(context, event.device)) },
        ],
      },
    },
    answering: {
      description: "has a response to send",
      on: {
        "service.answers": {
          description: "responds {code} to the group",
          meta: { origin: RESPONSE },
          target: "idle",
          actions: enqueueActions(({ enqueue }) => {
            enqueue(respond);
            enqueue.assign({ members: [], code: "success" });
          }),
        },
      },
    },
  },
  on: {
    "service.removes": { actions: assign(({ context, event }) => withoutDevice(context, event.device)) },
    /** iopf_queue_discard_partial() takes the lock of the queue, in 6.12 those of its devices too, and waits for no thread. */
    "service.forgets": { actions: assign({ partial: [] }) },
  },
});
