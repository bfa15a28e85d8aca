/**
 * A small protocol of I/O page faults, wired: the same actions and the same atomic steps as in the programs under
 * bench/peers, so every exhaustive checker must find the same numbers of distinct states and of transitions.
 */
import { all, always, canAlways, each, leadsTo, sometimes } from "../property.ts";
import { call, defineSystem, takesSteps, type FairnessClass, type System } from "../system.ts";
import { dmaSlot, faultHandler, pinnedPages, requestQueue } from "./page-fault-machines.ts";

export interface ProtocolSize {
  readonly pages: number;
  readonly slots: number;
  /** Requests that fit into the queue. */
  readonly depth: number;
  /** Pages pinned at a time. */
  readonly limit: number;
  readonly retries: number;
}

/** Agreed by SPIN, TLC, Rumur and a program in C; the initial state is not a transition here. */
export const PROTOCOL_SIZES = {
  XS: { size: { pages: 3, slots: 2, depth: 2, limit: 2, retries: 1 }, states: 4_573, transitions: 14_841 },
  S: { size: { pages: 2, slots: 3, depth: 2, limit: 2, retries: 1 }, states: 185_094, transitions: 748_615 },
  M: { size: { pages: 3, slots: 3, depth: 2, limit: 2, retries: 1 }, states: 1_510_694, transitions: 6_371_677 },
  L: { size: { pages: 4, slots: 3, depth: 2, limit: 2, retries: 1 }, states: 7_468_570, transitions: 31_770_965 },
} as const satisfies {
  readonly [name: string]: { readonly size: ProtocolSize; readonly states: number; readonly transitions: number };
};

const source = { document: "The protocol of bench/peers", clause: "Safe" };
type Slot = { readonly page: number | null };
type Pages = { readonly pinned: readonly number[]; readonly invalidating: number | null };

const safe = always({
  id: "PFP-1",
  statement: "DMA in flight is to a pinned page, or to the page whose invalidation waits for it.",
  source,
  witness: "PFP-2",
  reads: { slot: each<Slot>("slot"), pages: all<Pages>("pages") },
  holds: ({ slot, pages }) =>
    slot.state !== "accessing" ||
    pages.every(
      ({ context }) => context.pinned.includes(slot.context.page!) || context.invalidating === slot.context.page,
    ),
});
const waits = sometimes({
  id: "PFP-2",
  statement: "An invalidation waits for DMA in flight.",
  source,
  reads: { slot: each<Slot>("slot"), pages: all<Pages>("pages") },
  holds: ({ slot, pages }) =>
    slot.state === "accessing" && pages.some(({ context }) => context.invalidating === slot.context.page),
});
const idleAgain = canAlways({
  id: "PFP-3",
  statement: "A slot can always become idle again.",
  source: { document: "The protocol of bench/peers", clause: "Answered, without fairness" },
  witness: "PFP-2",
  reads: { slot: each<Slot>("slot") },
  holds: ({ slot }) => slot.state === "idle",
});

const answered = leadsTo({
  id: "PFP-4",
  statement: "A queued request is answered.",
  source: { document: "The protocol of bench/peers", clause: "Answered" },
  witness: "PFP-2",
  reads: { slot: each<Slot>("slot") },
  when: ({ slot }) => slot.state === "waiting",
  eventually: ({ slot }) => slot.state !== "waiting",
  assumes: ["all"],
});

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, k) => k);

/**
 * `seeded`: eviction ignores DMA in flight. `claimsProgress`: also claim that idling stays possible. `pins`: also claim that
 * requests are answered, with pinning as fair as that, and everything but new DMA and new invalidations weakly fair.
 */
export function pageFaultProtocol(
  { pages, slots, depth, limit, retries }: ProtocolSize,
  {
    seeded = false,
    claimsProgress = false,
    pins,
  }: { seeded?: boolean; claimsProgress?: boolean; pins?: FairnessClass["kind"] } = {},
): System {
  const toSlot = (message: { readonly [field: string]: unknown }) => `slot${String(message["slot"])}`;
  return defineSystem({
    name: "page-fault-protocol",
    parameters: { pages, slots, depth, limit, retries, seeded },
    components: {
      ...Object.fromEntries(
        upTo(slots).map((slot) => [
          `slot${slot}`,
          {
            machine: dmaSlot,
            input: { slot, retries },
            role: "slot",
            events: [
              ...upTo(pages).map((page) => ({ type: "slot.issues", page })),
              { type: "slot.translates" },
              { type: "slot.reads-response" },
              { type: "slot.completes" },
            ],
          },
        ]),
      ),
      queue: { machine: requestQueue, input: { depth }, role: "queue" },
      handler: {
        machine: faultHandler,
        role: "handler",
        events: [{ type: "handler.takes" }, { type: "handler.pins" }, { type: "handler.clears-overflow" }],
      },
      pages: {
        machine: pinnedPages,
        input: { limit, evictsInUse: seeded },
        role: "pages",
        events: [
          ...upTo(pages).map((page) => ({ type: "host.invalidates", page })),
          { type: "host.completes-invalidation" },
        ],
      },
    },
    routes: [
      call("slot", ["translate", "complete"], "pages"),
      call("slot", ["request"], "queue"),
      call("pages", ["hit", "miss"], toSlot),
      call("queue", ["queued", "refused"], toSlot),
      call("queue", ["taken"], "handler"),
      call("handler", ["take", "clear-overflow"], "queue", "block"),
      call("handler", ["pin"], "pages", "block"),
      call("handler", ["response"], toSlot),
    ],
    properties: [safe, waits, ...(claimsProgress ? [idleAgain] : []), ...(pins ? [answered] : [])],
    fairness: {
      all: [
        ...upTo(slots).map((slot) =>
          takesSteps(`slot${slot}`, "weak", ["slot.translates", "slot.reads-response", "slot.completes"]),
        ),
        takesSteps("handler", "weak", ["handler.takes"]),
        takesSteps("handler", "weak", ["handler.clears-overflow"]),
        takesSteps("handler", pins, ["handler.pins"]),
        takesSteps("pages", "weak", ["host.completes-invalidation"]),
      ],
    },
    symmetry: {
      page: { fields: ["page", "pinned", "inUse", "invalidating"], size: pages },
      slot: {
        fields: ["slot"],
        size: slots,
        component: (name, permutation) =>
          name.startsWith("slot") ? `slot${permutation[Number(name.slice(4))]}` : name,
      },
    },
    sets: ["inUse"],
  });
}
