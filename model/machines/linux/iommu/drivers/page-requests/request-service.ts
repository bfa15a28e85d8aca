/**
 * The software that serves page requests, as one thread: it reads a record, drops, refuses, keeps or resolves it, and answers.
 *
 * Models  iopf-core 1.4, 1.5, 2.1 as far as the control of the interface depends on it: what is a marker (I3), which
 *         refused requests are answered (I2), what joins a group (I5), what an allocation that fails answers, whether the
 *         answer carries the PASID, and with which code it goes out. Two parties refuse, each by a rule of its own:
 *         - the driver, before it reports: VT-d answers Invalid to a last request only (handle_bad_prq_event(), 6.12; 6.1
 *           where there is no private data), AMD Failure to each that it checks (iommu_call_iopf_notifier(), 6.12). It
 *           refuses a mode that it does not support (VT-d), a request without PASID (both), and others for reasons that are
 *           open here: an address that is not canonical, no such device;
 *         - the core, to which a request was reported: iommu_report_device_fault() of 6.12 answers Invalid to each, the
 *           last or not, through iopf_error_response(), where there is no handler or no fault parameter. That of 6.1
 *           returns an error instead, and VT-d answers Invalid to a last request.
 *         Without memory for a group, or when its handler fails, 6.12 answers Failure and frees the group (err_abort); when
 *         a device leaves its IOPF queue, it drops its partial faults and answers its pending group Invalid
 *         (iopf_queue_remove_device()).
 *         After an overflow partial faults are forgotten and the flag is cleared, with an empty queue (B2).
 * Omits   everything that takes several threads: linux/iommu/drivers/prq-thread.ts and the machines of the core have it. Failing
 *         allocations of a request that is not the last: it is lost in silence, as one that overflowed. A partial fault
 *         that is there already, with the same use of its index: it is kept once. Refusals of AMD that nobody answers (an
 *         unknown type of record, a device that is gone): "none" has them. VT-d in 6.1 takes a request with private data
 *         for the last of its group, and answers it also when it refuses it; no device here sends data with a request that
 *         is not the last and is refused. A record in hand when the device leaves its queue, which 6.12 answers nothing to (it
 *         warns); a group with a code already, which keeps it.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import type { PageRequest, ResponseCode } from "../../../../../units.ts";
import { looksLikeStopMarker } from "../../../../iommu/page-request-answer.ts";
import { joins, type PartialKey } from "../../io-pgfault/partial-key.ts";
import type { PageResponseMessage, WireCode } from "../../../../device/page-request-port-messages.ts";

export type RefusalRule = "last" | "every" | "none";

export interface RequestServiceRules {
  /** Whether requests go to a core that collects and resolves them, or each last one is denied (H27). */
  readonly requests: "served" | "denied";
  readonly partialKey: PartialKey;
  readonly markers: "consumed" | "answered";
  /** Which requests that the driver refuses are answered; the right ones are the last of their group. */
  readonly driverAnswers: RefusalRule;
  /** What the driver answers to them. */
  readonly driverRefusal: ResponseCode;
  /** Which requests that the core refuses are answered, by whichever of the two. */
  readonly coreAnswers: RefusalRule;
  /** Whether the partial faults of a group go when its last request is refused (D3). */
  readonly refusalForgets: boolean;
  /** What is answered when no memory is left for a group. */
  readonly withoutMemory: ResponseCode;
  /** Whether a response carries the PASID of the request. */
  readonly answersWithPasid: boolean;
  /**
   * What a response says of the private data of the request: what it was; that there is some, and none of it, where the
   * request had a PASID (B35); that there is some, and none of it (B37); nothing, because the driver knows of none.
   */
  readonly answerData: "returned" | "by-pasid" | "cleared" | "ignored";
  /** Whether requests in a mode that is not supported are refused (B34). */
  readonly checksModes: boolean;
  /** Whether requests without PASID are refused. */
  readonly needsPasid: boolean;
  /** What a failure is on the wire. */
  readonly failureCode: WireCode;
}

export interface RequestServiceContext {
  readonly rules: RequestServiceRules;
  readonly hand: PageRequest | null;
  /** In order of arrival. */
  readonly partial: readonly PageRequest[];
  /** Of the group that is being handled: the last one at the end. */
  readonly members: readonly PageRequest[];
  readonly code: ResponseCode;
}

export type RequestServiceEmits =
  | { readonly type: "prq.pops" | "prq.reads-registers" | "prq.clears-overflow" }
  | { readonly type: "marker.passed"; readonly device: number; readonly pasid: number | null }
  | PageResponseMessage;

/** Whether the driver finds by itself that it does not support it: a mode that is looked for, or no PASID. */
const isUnsupported = ({ rules, hand }: RequestServiceContext): boolean =>
  (rules.checksModes && hand!.mode !== undefined) || (rules.needsPasid && hand!.pasid === null);
const isServed = (context: RequestServiceContext): boolean =>
  context.rules.requests === "served" && !isUnsupported(context);
const isConsidered = ({ rules, hand }: RequestServiceContext): boolean =>
  !looksLikeStopMarker(hand!) || rules.markers === "answered";

const s = setup({
  types: {
    context: {} as RequestServiceContext,
    events: {} as
      | { readonly type: "service.reads" | "service.drops-marker" | "service.takes" | "service.clears" }
      | { readonly type: "service.resolves" | "service.answers" | "service.is-idle" | "service.forgets" }
      | { readonly type: "service.driver-refuses" | "service.core-refuses" | "service.rejects" }
      | { readonly type: "service.runs-out" | "service.denies" }
      /** The device leaves its IOPF queue. */
      | { readonly type: "service.removes"; readonly device: number }
      | ({ readonly type: "record.read" } & PageRequest)
      | { readonly type: "record.blank" | "prq.empty" }
      | { readonly type: "prq.registers"; readonly overflow: boolean },
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
/** The partial faults that belong to the group of the record in hand. */
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
/** A response without private data, or with some: all zeroes where it was lost, or never was. */
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
/** Refused: answered or not, and without its partial faults or with them. */
const refusedIf = (by: "driver" | "core", condition: (context: RequestServiceContext) => boolean) =>
  [
    {
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
      guard: ({ context }: { context: RequestServiceContext }) => condition(context),
      target: "idle",
      actions: s.assign(({ context }) => ({ partial: forgetsRefused(context), hand: null })),
    },
  ] as const;

export const requestService = s.createMachine({
  id: "request-service",
  context: ({ input }) => ({ rules: input, hand: null, partial: [], members: [], code: "success" }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "service.reads": { target: "reading", actions: emit({ type: "prq.pops" }) },
        "service.is-idle": {},
        "service.forgets": { actions: assign({ partial: [] }) },
      },
    },
    reading: {
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
      on: {
        "prq.registers": [{ guard: ({ event }) => event.overflow, target: "clearing" }, { target: "idle" }],
      },
    },
    clearing: {
      on: {
        "service.clears": {
          target: "idle",
          actions: [assign({ partial: [] }), emit({ type: "prq.clears-overflow" })],
        },
      },
    },
    inspecting: {
      on: {
        "service.drops-marker": {
          guard: "isConsumedMarker",
          target: "idle",
          actions: [passMarker, assign({ hand: null })],
        },
        "service.takes": [
          { guard: "isPartial", target: "idle", actions: keep },
          { guard: "isConsidered", target: "handling", actions: [passMarker, collect] },
        ],
        "service.driver-refuses": refusedIf("driver", (context) => isServed(context) && isRequest(context)),
        "service.rejects": refusedIf("driver", (context) => isUnsupported(context) && isRequest(context)),
        /** Nobody handles faults of the domain, or the device is on no queue. */
        "service.core-refuses": refusedIf("core", (context) => isServed(context) && isRequest(context)),
        /** A driver that has nobody to ask. */
        "service.denies": [
          {
            guard: "isDenied",
            target: "answering",
            actions: [passMarker, assign(({ context }) => ({ members: [context.hand!], code: "failure", hand: null }))],
          },
          { guard: "isIgnored", target: "idle", actions: assign({ hand: null }) },
        ],
        "service.runs-out": {
          guard: "runsOut",
          target: "answering",
          actions: [assign({ code: ({ context }) => context.rules.withoutMemory }), collect],
        },
      },
    },
    /** A group, in the hands of whoever resolves it. */
    handling: {
      on: {
        "service.resolves": { target: "answering", actions: assign({ code: "success" }) },
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
      on: {
        "service.answers": {
          target: "idle",
          actions: enqueueActions(({ enqueue }) => {
            enqueue(respond);
            enqueue.assign({ members: [], code: "success" });
          }),
        },
      },
    },
  },
  on: { "service.removes": { actions: assign(({ context, event }) => withoutDevice(context, event.device)) } },
});

/** What the thread does on its own. */
export const serviceSteps = (requests: RequestServiceRules["requests"]): readonly Message[] =>
  ["reads", "drops-marker", "clears", "answers", ...(requests === "served" ? ["takes", "resolves"] : ["denies"])].map(
    (step) => ({ type: `service.${step}` }),
  );
