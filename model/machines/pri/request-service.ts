/**
 * The software that serves page requests, as one thread: it reads a record, drops, refuses, keeps or resolves it, and
 * answers.
 *
 * Models  iopf-core 1.4, 1.5, 2.1 as far as the control of the interface depends on it: what is a marker (I3), which
 *         refused requests are answered (I2), what joins a group (I5), what an allocation that fails answers, whether the
 *         answer carries the PASID, and with which code it goes out. Which requests are refused, is open: no domain, no
 *         handler, a malformed record. After an overflow partial faults are forgotten and the flag is cleared, with an
 *         empty queue (B2).
 * Omits   everything that takes several threads: kernel/prq-thread.ts and the machines of the core have it. Failing
 *         allocations of a request that is not the last: it is lost in silence, as one that overflowed. A partial fault
 *         that is there already, with the same use of its index: it is kept once.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { PageRequest, ResponseCode } from "../../units.ts";
import { looksLikeStopMarker } from "../hardware/page-request-answer.ts";
import { joins, type PartialKey } from "../iopf/fault.ts";
import type { PageResponseMessage, WireCode } from "./page-request-port.ts";

export interface RequestServiceRules {
  readonly partialKey: PartialKey;
  readonly markers: "consumed" | "answered";
  /** Which refused requests are answered; the right ones are the last of their group. */
  readonly answersRefused: "last" | "every" | "none";
  /** Whether the partial faults of a group go when its last request is refused (D3). */
  readonly refusalForgets: boolean;
  /** What is answered when no memory is left for a group. */
  readonly withoutMemory: ResponseCode;
  /** Whether a response carries the PASID of the request. */
  readonly answersWithPasid: boolean;
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

const s = setup({
  types: {
    context: {} as RequestServiceContext,
    events: {} as
      | { readonly type: "service.reads" | "service.drops-marker" | "service.takes" | "service.clears" }
      | { readonly type: "service.resolves" | "service.answers" | "service.is-idle" | "service.forgets" }
      | { readonly type: "service.refuses" | "service.runs-out" }
      | ({ readonly type: "record.read" } & PageRequest)
      | { readonly type: "record.blank" | "prq.empty" }
      | { readonly type: "prq.registers"; readonly overflow: boolean },
    emitted: {} as RequestServiceEmits,
    input: {} as RequestServiceRules,
  },
  guards: {
    isConsumedMarker: ({ context }) => looksLikeStopMarker(context.hand!) && context.rules.markers === "consumed",
    isConsidered: ({ context }) => !looksLikeStopMarker(context.hand!) || context.rules.markers === "answered",
    isPartial: ({ context }) => !context.hand!.last,
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
const respond = s.emit(({ context: { rules, members, code } }) => {
  const { device, pasid, prgi, instance } = members.at(-1)!;
  return {
    type: "pri.response",
    device,
    pasid: rules.answersWithPasid ? pasid : null,
    prgi,
    code: code === "failure" ? rules.failureCode : code,
    by: "software",
    instance,
  };
});
const answersRefusal = ({ rules, hand }: RequestServiceContext): boolean =>
  rules.answersRefused === "every" || (rules.answersRefused === "last" && hand!.last);
const forgetsRefused = (context: RequestServiceContext): readonly PageRequest[] =>
  context.hand!.last && context.rules.refusalForgets
    ? context.partial.filter((one) => !joined(context).includes(one))
    : context.partial;

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
        "service.refuses": [
          {
            guard: ({ context }) => !looksLikeStopMarker(context.hand!) && answersRefusal(context),
            target: "answering",
            actions: assign(({ context }) => ({
              partial: forgetsRefused(context),
              members: [context.hand!],
              code: "invalid",
              hand: null,
            })),
          },
          {
            guard: ({ context }) => !looksLikeStopMarker(context.hand!),
            target: "idle",
            actions: assign(({ context }) => ({ partial: forgetsRefused(context), hand: null })),
          },
        ],
        "service.runs-out": {
          guard: ({ context }) => context.hand!.last && !looksLikeStopMarker(context.hand!),
          target: "answering",
          actions: [assign({ code: ({ context }) => context.rules.withoutMemory }), collect],
        },
      },
    },
    /** A group, in the hands of whoever resolves it. */
    handling: {
      on: { "service.resolves": { target: "answering", actions: assign({ code: "success" }) } },
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
});

/** What the thread does on its own. */
export const serviceSteps: readonly Message[] = [
  { type: "service.reads" },
  { type: "service.drops-marker" },
  { type: "service.takes" },
  { type: "service.clears" },
  { type: "service.resolves" },
  { type: "service.answers" },
];
