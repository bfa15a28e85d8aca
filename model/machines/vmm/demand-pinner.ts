/**
 * A VMM that pins on demand: it reads a fault, maps the page, and answers: RFC v1 in user space.
 *
 * Models  VFIO facts 6.1 ("read fault, IOAS_MAP, respond"). IOAS_MAP pins and charges, then writes the entry. At
 *         the limit it either answers Invalid, or unmaps the page that it mapped first (rows 27, 34).
 * Omits   groups of several pages, threads beside this one, pages that it maps ahead.
 */
import { assign, emit, not, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import type { Told } from "../linux/iommu/iommufd/fault/fault-reader.ts";

export interface DemandPinnerRules {
  /** I19; or the answer first, which lets the device ask again for what is not there yet. */
  readonly answersWhen: "mapped" | "at-once";
  readonly atLimit: "refuses" | "evicts";
  /** How the kernel takes a page back for it (I-03). */
  readonly releases: "unmap-first" | "unpin-first";
}

export interface DemandPinnerContext {
  readonly rules: DemandPinnerRules;
  readonly told: Told | null;
  readonly code: "success" | "invalid";
  /** Pages that it has mapped, the first one first. */
  readonly mapped: readonly number[];
}

type OfPage = { readonly page: number };

export type DemandPinnerEmits =
  | { readonly type: "reader.reads"; readonly queue: 0; readonly room: 1 }
  | { readonly type: "reader.polls"; readonly queue: 0 }
  | ({ readonly type: "ioas.pins" | "ioas.maps" | "ioas.unmaps" | "ioas.unpins" } & OfPage)
  | { readonly type: "account.charges"; readonly by: string }
  | { readonly type: "account.uncharges" }
  | {
      readonly type: "writer.writes";
      readonly queue: 0;
      readonly cookies: readonly number[];
      readonly code: "success" | "invalid";
    };

/** What it does once it goes on. */
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
    isMapped: ({ context }) => context.mapped.includes(context.told!.page),
  },
});

const answers = s.emit(({ context }) => ({
  type: "writer.writes",
  queue: 0,
  cookies: [context.told!.cookie],
  code: context.code,
}));
const maps = [
  s.emit(({ context }) => ({ type: "ioas.maps", page: context.told!.page })),
  s.assign({ mapped: ({ context }) => [...context.mapped, context.told!.page] }),
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
  context: ({ input }) => ({ rules: input, told: null, code: "success", mapped: [] }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "vmm.reads": { target: "reading", actions: emit({ type: "reader.reads", queue: 0, room: 1 }) },
      },
    },
    reading: {
      on: {
        "read.returns": [
          { guard: ({ event }) => event.groups.length === 0, target: "idle" },
          { guard: "answersFirst", target: "answering", actions: assign({ told: ({ event }) => event.groups[0]! }) },
          { target: "charging", actions: assign({ told: ({ event }) => event.groups[0]! }) },
        ],
      },
    },
    charging: {
      always: { guard: "isMapped", target: "after" },
      on: {
        "vmm.charges": { actions: emit({ type: "account.charges", by: "vmm" }) },
        "account.charged": {
          target: "mapping",
          actions: emit(({ context }) => ({ type: "ioas.pins", page: context.told!.page })),
        },
        "account.refused": [
          { guard: "evicts", target: "evicting" },
          { target: "after", actions: assign({ code: "invalid" }) },
        ],
      },
    },
    mapping: { on: { "vmm.maps": { target: "after", actions: maps } } },
    evicting: {
      on: {
        "vmm.unmaps": { guard: not("unpinsFirst"), target: "unpinning", actions: unmaps },
        "vmm.unpins": { guard: "unpinsFirst", target: "unmapping", actions: unpins },
      },
    },
    unpinning: { on: { "vmm.unpins": { target: "charging", actions: [unpins, forgets] } } },
    unmapping: { on: { "vmm.unmaps": { target: "charging", actions: [unmaps, forgets] } } },
    after: {
      always: [{ guard: "answersFirst", target: "idle", actions: rests }, { target: "answering" }],
    },
    answering: { on: { "vmm.answers": { target: "writing", actions: answers } } },
    writing: {
      on: {
        "write.returns": [
          { guard: "answersFirst", target: "charging" },
          { target: "idle", actions: rests },
        ],
      },
    },
  },
});
