/**
 * A VMM that pins on demand: it reads a fault, maps the page, and answers. It is RFC v1 in user space.
 *
 * Models  VFIO facts 6.1 ("read fault, IOAS_MAP, respond"). IOMMU_IOAS_MAP pins and charges the page, then writes the entry.
 *         At the limit the VMM answers Invalid, or unmaps the page that it mapped first (row 27: a tracker of least recently
 *         mapped pages; row 34: levels of the limit).
 * Omits   Groups of several pages, other threads of the VMM, pages that it maps ahead.
 */
import { assign, emit, not, setup } from "xstate";
import { atWill, linux612, messages } from "../../said.ts";
import type { Message } from "../../../checker/json.ts";
import type { Told } from "../linux/iommu/iommufd/fault/fault-reader-messages.ts";

export interface DemandPinnerRules {
  /** I19 (Success only for mapped pages); or the answer first, so that the device may fault on the page again. */
  readonly answersWhen: "mapped" | "at-once";
  readonly atLimit: "refuses" | "evicts";
  /** The order in which the kernel takes a page back; I-03 (unpin only after unmap and invalidation). */
  readonly releases: "unmap-first" | "unpin-first";
}

export interface DemandPinnerContext {
  readonly rules: DemandPinnerRules;
  readonly told: Told | null;
  readonly code: "success" | "invalid";
  /** Pages that it has mapped, the first one first. */
  readonly mapped: readonly number[];
}

const MAP = linux612("drivers/iommu/iommufd/io_pagetable.c", "iopt_map_user_pages");
const UNMAP = linux612("drivers/iommu/iommufd/io_pagetable.c", "iopt_unmap_iova");

type OfPage = { readonly page: number };

export type DemandPinnerEmits =
  | { readonly type: "reader.reads"; readonly queue: 0; readonly room: 1 }
  | ({ readonly type: "ioas.pins" | "ioas.maps" | "ioas.unmaps" | "ioas.unpins" } & OfPage)
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "account.uncharges" }
  | {
      readonly type: "writer.writes";
      readonly queue: 0;
      readonly cookies: readonly number[];
      readonly codes: readonly ("success" | "invalid")[];
    };

/** Its spontaneous steps. */
export const demandPinnerSteps: readonly Message[] = ["reads", "charges", "maps", "unmaps", "unpins", "answers"].map(
  (step) => ({ type: `vmm.${step}` }),
);

const s = setup({
  types: {
    context: {} as DemandPinnerContext,
    events: {} as
      | { readonly type: "vmm.reads" | "vmm.charges" | "vmm.maps" | "vmm.unmaps" | "vmm.unpins" | "vmm.answers" }
      | { readonly type: "read.returns"; readonly groups: readonly Told[] }
      | { readonly type: "write.returns" }
      | { readonly type: "account.charged" | "account.refused" },
    emitted: {} as DemandPinnerEmits,
    input: {} as DemandPinnerRules,
  },
  guards: {
    answersFirst: ({ context }) => context.rules.answersWhen === "at-once",
    evicts: ({ context }) => context.rules.atLimit === "evicts" && context.mapped.length > 0,
    unpinsFirst: ({ context }) => context.rules.releases === "unpin-first",
    isMapped: ({ context }) => context.mapped.includes(context.told!.fault.page),
  },
});

const answers = s.emit(({ context }) => ({
  type: "writer.writes",
  queue: 0,
  cookies: [context.told!.cookie],
  codes: [context.code],
}));
const maps = [
  s.emit(({ context }) => ({ type: "ioas.maps", page: context.told!.fault.page })),
  s.assign({ mapped: ({ context }) => [...context.mapped, context.told!.fault.page] }),
];
const unmaps = s.emit(({ context }) => ({ type: "ioas.unmaps", page: context.mapped[0]! }));
const unpins = s.enqueueActions(({ context, enqueue }) => {
  enqueue.emit({ type: "ioas.unpins", page: context.mapped[0]! });
  enqueue.emit({ type: "account.uncharges" });
});
const forgets = s.assign({ mapped: ({ context }) => context.mapped.slice(1) });
const rests = s.assign({ told: null, code: "success" });

export const demandPinner = s.createMachine({
  id: "demand-pinner",
  description: "a VMM that maps each page when it faults",
  meta: {
    origin: atWill("the VMM"),
    lane: "the VMM",
    messages: messages<DemandPinnerEmits>({
      "reader.reads": "calls read() on the fault queue",
      "ioas.pins": { says: "pins page {page}", origin: MAP },
      "ioas.maps": { says: "writes the entry of page {page}", origin: MAP },
      "ioas.unmaps": { says: "clears the entry of page {page}", origin: UNMAP },
      "ioas.unpins": { says: "unpins page {page}", origin: UNMAP },
      "account.charges": { says: "charges a page to locked_vm", origin: MAP },
      "account.uncharges": { says: "takes a page off locked_vm", origin: UNMAP },
      "writer.writes": "calls write() with {codes} for cookies [{cookies}]",
    }),
  },
  context: ({ input }) => ({ rules: input, told: null, code: "success", mapped: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no fault is being served",
      on: {
        "vmm.reads": {
          description: "reads a fault",
          target: "reading",
          actions: emit({ type: "reader.reads", queue: 0, room: 1 }),
        },
      },
    },
    reading: {
      description: "in read() on the fault queue",
      on: {
        "read.returns": [
          { guard: ({ event }) => event.groups.length === 0, target: "idle" },
          { guard: "answersFirst", target: "answering", actions: assign({ told: ({ event }) => event.groups[0]! }) },
          { target: "charging", actions: assign({ told: ({ event }) => event.groups[0]! }) },
        ],
      },
    },
    charging: {
      description: "page {told.fault.page} is to be charged and pinned",
      always: { guard: "isMapped", target: "after" },
      on: {
        "vmm.charges": {
          description: "charges and pins page {told.fault.page}",
          meta: { origin: MAP },
          actions: emit({ type: "account.charges", by: "vmm" }),
        },
        "account.charged": {
          target: "mapping",
          actions: emit(({ context }) => ({ type: "ioas.pins", page: context.told!.fault.page })),
        },
        "account.refused": [
          { guard: "evicts", target: "evicting" },
          { target: "after", actions: assign({ code: "invalid" }) },
        ],
      },
    },
    mapping: {
      description: "page {told.fault.page} is pinned and has no entry yet",
      on: {
        "vmm.maps": {
          description: "writes the entry of page {told.fault.page}",
          meta: { origin: MAP },
          target: "after",
          actions: maps,
        },
      },
    },
    evicting: {
      description: "a page is to be unmapped to make room",
      on: {
        "vmm.unmaps": {
          description: "clears the entry of page {mapped.0}",
          meta: { origin: UNMAP },
          guard: not("unpinsFirst"),
          target: "unpinning",
          actions: unmaps,
        },
        "vmm.unpins": {
          description: "unpins and uncharges page {mapped.0}",
          meta: { origin: UNMAP },
          guard: "unpinsFirst",
          target: "unmapping",
          actions: unpins,
        },
      },
    },
    unpinning: {
      description: "the entry of page {mapped.0} is cleared, and its pin is to be dropped",
      on: { "vmm.unpins": { target: "charging", actions: [unpins, forgets] } },
    },
    unmapping: {
      description: "page {mapped.0} is unpinned, and its entry is to be cleared",
      on: { "vmm.unmaps": { target: "charging", actions: [unmaps, forgets] } },
    },
    after: {
      description: "the page is served or refused",
      always: [{ guard: "answersFirst", target: "idle", actions: rests }, { target: "answering" }],
    },
    answering: {
      description: "the fault is to be answered",
      on: { "vmm.answers": { description: "answers the fault with {code}", target: "writing", actions: answers } },
    },
    writing: {
      description: "in write() on the fault queue",
      on: {
        "write.returns": [
          { guard: "answersFirst", target: "charging" },
          { target: "idle", actions: rests },
        ],
      },
    },
  },
});
