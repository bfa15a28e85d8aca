/**
 * The VMM's part of a fault of the guest: it reads the fault from the kernel, injects it into the virtual IOMMU, remembers
 * which response of the guest belongs to it, and passes the response to the kernel.
 *
 * Models  QEMU with Eric Auger's fault region, and its series for page requests of passthrough devices (VFIO facts 5.2 to
 *         5.4, steps 4, 5 and 7 of 5.3). A virtual queue without room answers by itself. The relay passes that response on,
 *         or ignores the result of the injection, and then the group is never answered.
 * Omits   PASID entries (there is one address space), fault codes, the bottom half that frees the fault queue.
 */
import { assign, emit, setup } from "xstate";
import { atWill, messages, proposal } from "../../said.ts";
import { READ, WRITE, type Fault } from "../linux/include/iommu.ts";
import type { PageRequest } from "../../units.ts";

export interface FaultRelayRules {
  readonly answersBy: "cookie" | "group-index";
  /** Whether it sees that the kernel refused a response, and then answers Invalid itself; B-42 (the error is ignored). */
  readonly refusedAnswer: "told" | "ignored";
  /** Whether a response of the virtual queue itself is passed on. */
  readonly virtualOverflow: "answered" | "ignored";
  /** Whether a group waits here until the guest has answered the earlier group with its index. */
  readonly indexReuse: "held-back" | "injected";
  /** VT-d takes page requests into a queue; virtio carries events, and keeps them in order with a recall. */
  readonly viommuKind: "vtd" | "virtio";
}

/** A response that the guest still owes, and the id that the kernel expects with it. */
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

/** Injects one request; with the last one of the group it remembers the id of the response. */
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

/** Passes a response to the kernel, if one is expected. */
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
  description: "the VMM between the fault queue of the kernel and the virtual IOMMU",
  meta: {
    origin: proposal("QEMU: page requests of passthrough devices"),
    lane: "the VMM, which relays faults",
    messages: messages<FaultRelayEmits>({
      "faults.read": { says: "reads the faults of the device{fails?, and the copy fails:}", origin: atWill("the VMM") },
      "pri.request": "injects the page request for page {page}, group {prgi}",
      "driver.reports-fault": "injects the fault of page {fault.page} as an event",
      "guest.recalled": "injects the end of a recall",
      "faults.responds": { says: "passes the response {code} for id {id} to the kernel", origin: atWill("the VMM") },
    }),
  },
  context: ({ input }) => ({ rules: input, members: [], id: 0, expected: [] }),
  initial: "waiting",
  states: {
    waiting: {
      description: "no fault is to be injected",
      on: {
        "vmm.reads": {
          description: "reads the faults of the device",
          meta: { origin: atWill("the VMM") },
          actions: emit(({ event }) => ({ type: "faults.read", fails: event.fails })),
        },
        "faults.batch": {
          target: "holding",
          actions: assign(({ event }) => ({ members: event.members, id: event.id })),
        },
      },
    },
    holding: {
      description: "faults were read and are to be injected",
      on: {
        "vmm.injects": [
          {
            description: "injects the next request into the virtual IOMMU",
            guard: (it) => !owes(it) && it.context.members.length > 1,
            actions: "injects",
          },
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
