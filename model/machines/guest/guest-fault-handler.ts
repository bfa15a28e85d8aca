/**
 * The guest's handler of page requests: it collects a group, maps its pages in stage 1, and answers.
 *
 * Models  the IOPF core of the guest behind its virtual IOMMU (VFIO facts 5.3 step 6, 5.4): partial faults wait for the
 *         last of their group; on an overflow of the virtual queue, or when the host recalls them, they are forgotten.
 * Omits   how often it holds the same partial request, which without discards would grow for ever; refusals: all that the device touches is allowed. A guest that answers badly (I-40) is a rule here.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { OK, type Fault } from "../linux/include/iommu.ts";
import { joins } from "../linux/iommu/io-pgfault/partial-key.ts";

/** How the guest answers: as it should, twice, also for an index that nobody used, or with a code that does not exist. */
export type GuestManner = "once" | "twice" | "unknown" | "bad-code";

export interface GuestFaultHandlerContext {
  readonly manner: GuestManner;
  readonly partials: readonly Fault[];
  /** Groups in order of arrival; the first is being worked on. */
  readonly groups: readonly (readonly Fault[])[];
  /** An index that no device of the guest uses. */
  readonly unused: number;
}

type Code = "success" | "bad";

export type GuestFaultHandlerEvent =
  | { readonly type: "driver.reports-fault"; readonly fault: Fault }
  | { readonly type: "queue.discards" }
  | { readonly type: "guest.recalled" }
  | { readonly type: "guest.resolves" | "guest.answers" | "guest.answers-unasked" };

export type GuestFaultHandlerEmits =
  | { readonly type: "reported"; readonly device: number; readonly result: number }
  | { readonly type: "queue.returns" }
  | { readonly type: "guest.maps"; readonly pages: readonly number[] }
  | { readonly type: "guest.answer"; readonly grp: number; readonly code: Code; readonly instance: number };

export const guestSteps = (manner: GuestManner): readonly Message[] => [
  { type: "guest.resolves" },
  { type: "guest.answers" },
  ...(manner === "unknown" ? [{ type: "guest.answers-unasked" }] : []),
];

const s = setup({
  types: {
    context: {} as GuestFaultHandlerContext,
    events: {} as GuestFaultHandlerEvent,
    emitted: {} as GuestFaultHandlerEmits,
    input: {} as { manner: GuestManner; unused: number },
  },
});

const isSame = (one: Fault, other: Fault): boolean =>
  one.grp === other.grp && one.page === other.page && one.instance === other.instance;

const hears = s.enqueueActions(({ context: { partials, groups }, event, enqueue }) => {
  if (event.type !== "driver.reports-fault") return;
  const { fault } = event;
  enqueue.emit({ type: "reported", device: fault.device, result: OK });
  if (!fault.last) {
    enqueue.assign({ partials: [...partials.filter((one) => !isSame(one, fault)), fault] });
    return;
  }
  const mine = (one: Fault) => joins("prgi", one, fault);
  enqueue.assign({
    partials: partials.filter((one) => !mine(one)),
    groups: [...groups, [...partials.filter(mine), fault]],
  });
});

const answers = s.enqueueActions(({ context: { manner, groups }, enqueue }) => {
  const { grp, instance = 0 } = groups[0]!.at(-1)!;
  enqueue.assign({ groups: groups.slice(1) });
  const answer = { type: "guest.answer", grp, instance } as const;
  enqueue.emit({ ...answer, code: manner === "bad-code" ? "bad" : "success" });
  if (manner === "twice") enqueue.emit({ ...answer, code: "success" });
});

export const guestFaultHandler = s.extend({ actions: { hears, answers } }).createMachine({
  id: "guest-fault-handler",
  context: ({ input }) => ({ ...input, partials: [], groups: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "guest.resolves": {
          guard: ({ context }) => context.groups.length > 0,
          target: "answering",
          actions: emit(({ context }) => ({
            type: "guest.maps",
            pages: [...new Set(context.groups[0]!.map(({ page }) => page))],
          })),
        },
      },
    },
    answering: { on: { "guest.answers": { target: "idle", actions: "answers" } } },
  },
  on: {
    "driver.reports-fault": { actions: "hears" },
    "queue.discards": { actions: [assign({ partials: [] }), emit({ type: "queue.returns" })] },
    "guest.recalled": { actions: assign({ partials: [] }) },
    "guest.answers-unasked": {
      actions: emit(({ context }) => ({ type: "guest.answer", grp: context.unused, code: "success", instance: 0 })),
    },
  },
});
