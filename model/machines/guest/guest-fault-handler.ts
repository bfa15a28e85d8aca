/**
 * The guest's handler of page requests: it collects a group, maps its pages in stage 1, and responds.
 *
 * Models  the IOPF core of the guest behind its virtual IOMMU (VFIO facts 5.3 step 6, 5.4). Partial faults wait for the last
 *         fault of their group. On an overflow of the virtual queue, or on a recall by the host, they are discarded.
 *         `GuestManner` has guests that respond badly or never (I-40, a response is accepted only for an outstanding group).
 * Omits   how many copies of one partial fault it holds, which would grow without bound; refusals: the device may access
 *         every page. linux/iommu/io-pgfault has the core of the host step by step, with its locks.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, linux, linux612, messages } from "../../said.ts";
import { OK, type Fault } from "../linux/include/iommu.ts";
import { joins } from "../linux/iommu/io-pgfault/partial-key.ts";

/** How the guest responds: once, twice, never, also for an index that no device used, or with a code that does not exist. */
export type GuestManner = "once" | "twice" | "never" | "unknown" | "bad-code";

export interface GuestFaultHandlerContext {
  readonly manner: GuestManner;
  readonly partials: readonly Fault[];
  /** Groups in order of arrival; the handler works on the first. */
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
  ...(manner === "never" ? [] : [{ type: "guest.answers" }]),
  ...(manner === "unknown" ? [{ type: "guest.answers-unasked" }] : []),
];

const IOPF = "drivers/iommu/io-pgfault.c";
const RESPONSE = linux612(IOPF, "iopf_group_response");

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
  description: "the IOPF core of the guest",
  meta: {
    origin: linux612(IOPF, "iommu_report_device_fault"),
    lane: "the guest kernel's IOPF core",
    messages: messages<GuestFaultHandlerEmits>({
      reported: "returns {result} to the IOMMU driver of the guest",
      "queue.returns": {
        says: "returns: all partial faults are discarded",
        origin: linux612(IOPF, "iopf_queue_discard_partial"),
      },
      "guest.maps": { says: "maps page(s) {pages} in stage 1", origin: linux("mm/memory.c", "handle_mm_fault") },
      "guest.answer": { says: "responds {code} to group {grp}", origin: RESPONSE },
    }),
  },
  context: ({ input }) => ({ ...input, partials: [], groups: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no group is mapped and unanswered",
      on: {
        "guest.resolves": {
          description: "maps the pages of the oldest group in stage 1",
          meta: { origin: linux("mm/memory.c", "handle_mm_fault") },
          guard: ({ context }) => context.groups.length > 0,
          target: "answering",
          actions: emit(({ context }) => ({
            type: "guest.maps",
            pages: [...new Set(context.groups[0]!.map(({ page }) => page))],
          })),
        },
      },
    },
    answering: {
      description: "the pages of the oldest group are mapped, and the response is still to be sent",
      on: {
        "guest.answers": {
          description: "responds to the oldest group",
          meta: { origin: RESPONSE },
          target: "idle",
          actions: "answers",
        },
      },
    },
  },
  on: {
    "driver.reports-fault": { actions: "hears" },
    "queue.discards": { actions: [assign({ partials: [] }), emit({ type: "queue.returns" })] },
    "guest.recalled": { actions: assign({ partials: [] }) },
    "guest.answers-unasked": {
      description: "responds to group {unused}, which no device uses",
      meta: { origin: atWill("a guest that responds badly") },
      actions: emit(({ context }) => ({ type: "guest.answer", grp: context.unused, code: "success", instance: 0 })),
    },
  },
});
