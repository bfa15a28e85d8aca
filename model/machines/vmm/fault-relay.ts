/**
 * The VMM's part of a guest's fault: read it from the kernel, inject it into the virtual IOMMU, remember which answer of
 * the guest belongs to it, and hand the answer back.
 *
 * Models  QEMU with Eric Auger's fault region, and its series for page requests of passthrough devices (VFIO facts 5.2 to
 *         5.4, steps 4, 5 and 7 of 5.3). A virtual queue without room answers by itself; the relay passes that on, or the
 *         injection's result is ignored and the group waits for an answer that nobody gives.
 * Omits   PASID entries (one address space), fault codes, the bottom half that frees the fault queue.
 */
import { assign, emit, setup } from "xstate";
import { READ, WRITE, type Fault } from "../linux/include/iommu.ts";
import type { PageRequest } from "../../units.ts";

export interface FaultRelayRules {
  readonly answersBy: "cookie" | "group-index";
  /** B-42: whether it hears that the kernel refused an answer, and then answers Invalid in the guest's place. */
  readonly refusedAnswer: "told" | "ignored";
  /** Whether an answer that the virtual queue gives by itself is passed on. */
  readonly virtualOverflow: "answered" | "ignored";
  /** Whether a group waits here while the guest still owes an answer for an earlier use of its index. */
  readonly indexReuse: "held-back" | "injected";
  /** VT-d takes page requests into a queue; virtio carries events, and keeps them in order with a recall. */
  readonly viommuKind: "vtd" | "virtio";
}

/** An answer of the guest that is still to come, and what the kernel wants to be told with it. */
export type Expected = { readonly grp: number; readonly id: number };

export interface FaultRelayContext {
  readonly rules: FaultRelayRules;
  readonly members: readonly Fault[];
  readonly id: number;
  readonly expected: readonly Expected[];
}

type Code = "success" | "invalid" | "bad";

export type FaultRelayEvent =
  | { readonly type: "vmm.reads"; readonly fails: boolean }
  | { readonly type: "vmm.injects" }
  | { readonly type: "faults.batch"; readonly members: readonly Fault[]; readonly id: number }
  | { readonly type: "guest.answer"; readonly grp: number; readonly code: Code; readonly instance: number }
  /** The virtual queue answers a request that it dropped. */
  | { readonly type: "pri.response"; readonly prgi: number; readonly instance: number }
  | { readonly type: "faults.refused"; readonly id: number; readonly instance: number; readonly why: "stray" | "code" };

export type FaultRelayEmits =
  | { readonly type: "faults.read"; readonly fails: boolean }
  | ({ readonly type: "pri.request" } & PageRequest)
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: "guest.recalled" }
  | { readonly type: "faults.responds"; readonly id: number; readonly code: Code; readonly instance: number };

const s = setup({
  types: {
    context: {} as FaultRelayContext,
    events: {} as FaultRelayEvent,
    emitted: {} as FaultRelayEmits,
    input: {} as FaultRelayRules,
  },
});

const owes = ({ context: { rules, expected, members } }: { context: FaultRelayContext }): boolean =>
  rules.indexReuse === "held-back" && expected.some(({ grp }) => grp === members[0]?.grp);

const requestOf = ({ device, pasid, grp, page, perm, last, instance = 0 }: Fault) =>
  ({
    type: "pri.request",
    device,
    pasid,
    prgi: grp,
    page,
    read: (perm & READ) !== 0,
    write: (perm & WRITE) !== 0,
    last,
    instance,
  }) as const;

/** One request at a time; with the last one it remembers what the answer is for. */
const injects = s.enqueueActions(({ context: { rules, members, id, expected }, enqueue }) => {
  const [fault, ...rest] = members;
  const remembers = fault?.last === true && rules.answersBy === "cookie";
  const others = expected.filter(({ grp }) => grp !== fault?.grp);
  enqueue.assign({
    members: rest,
    id: rest.length > 0 ? id : 0,
    ...(remembers ? { expected: [...others, { grp: fault.grp, id }].sort((a, b) => a.grp - b.grp) } : {}),
  });
  if (!fault) enqueue.emit({ type: "guest.recalled" });
  else if (rules.viommuKind === "vtd") enqueue.emit(requestOf(fault));
  else enqueue.emit({ type: "driver.reports-fault", fault });
});

/** Passes an answer on, if the kernel is to be told anything. */
const passes = s.enqueueActions(({ context: { rules, expected }, event, enqueue }) => {
  if (event.type !== "guest.answer" && event.type !== "pri.response") return;
  const answer =
    event.type === "guest.answer" ? event : { grp: event.prgi, code: "success" as const, instance: event.instance };
  const { grp, code, instance } = answer;
  const entry = rules.answersBy === "cookie" ? expected.find((one) => one.grp === grp) : { grp, id: grp };
  if (!entry) return;
  enqueue.assign({ expected: expected.filter((one) => one !== entry) });
  enqueue.emit({ type: "faults.responds", id: entry.id, code, instance });
});

export const faultRelay = s.extend({ actions: { injects, passes } }).createMachine({
  id: "fault-relay",
  context: ({ input }) => ({ rules: input, members: [], id: 0, expected: [] }),
  initial: "waiting",
  states: {
    waiting: {
      on: {
        "vmm.reads": { actions: emit(({ event }) => ({ type: "faults.read", fails: event.fails })) },
        "faults.batch": {
          target: "holding",
          actions: assign(({ event }) => ({ members: event.members, id: event.id })),
        },
      },
    },
    holding: {
      on: {
        "vmm.injects": [
          { guard: (it) => !owes(it) && it.context.members.length > 1, actions: "injects" },
          { guard: (it) => !owes(it), target: "waiting", actions: "injects" },
        ],
      },
    },
  },
  on: {
    "guest.answer": { actions: "passes" },
    "pri.response": [{ guard: ({ context }) => context.rules.virtualOverflow === "ignored" }, { actions: "passes" }],
    "faults.refused": [
      {
        guard: ({ context, event }) => event.why === "code" && context.rules.refusedAnswer === "told",
        actions: emit(({ event }) => ({
          type: "faults.responds",
          id: event.id,
          code: "invalid",
          instance: event.instance,
        })),
      },
      {},
    ],
  },
});
