/**
 * Resolving a fault without a lasting pin: get the page, map it, and rely on MMU notifiers to unmap it when the host
 * takes it away. All that can happen to an address space is met: the process is gone, the range unmapped, the page
 * shared, the addresses withheld.
 *
 * Models  RFC v2 and v3 (VFIO facts 1.1 F3-F12, 1.3; D-06): under the container's lock (L) look up, get and pin, map, set
 *         the bit, unpin at once. With `retries` the scheme of KVM and HMM (4.3; I-14): sample, get without L, take L,
 *         compare, and start over if an invalidation began meanwhile. Getting a page works on the memory first, on the
 *         same thread: it may reclaim another page, and it copies one that is shared until it is written.
 * Omits   pre-mapping, selective faulting, bounds on the number of retries.
 */
import { emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import type {
  UnpinnedResolverEmits,
  UnpinnedResolverEvent,
  UnpinnedResolverStep,
} from "./unpinned-resolver-messages.ts";

export interface UnpinnedResolverRules {
  readonly name: string;
  /** Domains whose entries a mapping for reading sets, and one for writing. */
  readonly domains: { readonly read: readonly number[]; readonly write: readonly number[] };
  /** Whether it samples a sequence count and gets the page without L. */
  readonly retries: boolean;
  /** Whether a sequence count that changed is noticed. */
  readonly compares: boolean;
  /** What is mapped for a read: what the region allows, or a read. */
  readonly readMaps: "writable" | "asked";
  /** Whether the bitmap tells pages mapped for reading from those mapped for writing. */
  readonly bitPer: "page" | "permission";
  /** The number of the first bit for writing. */
  readonly firstWriteBit: number;
  readonly whileWithheld: "waits" | "refuses" | "ignores";
  /** Whether it takes a reference to the process's memory before it uses it. */
  readonly takesReference: boolean;
}

const STEPS: readonly UnpinnedResolverStep[] = [
  "samples",
  "gets",
  "locks",
  "looks",
  "finds",
  "compares",
  "maps",
  "marks",
  "puts",
  "unlocks",
  "wakes",
];

/** What it does on its own, where nobody withholds addresses; it may have to reclaim any of the pages. */
export const unpinnedResolverSteps = (
  reclaims: readonly number[],
  { withheld }: { readonly withheld: boolean },
): readonly Message[] => [
  ...STEPS.filter((step) => withheld || (step !== "looks" && step !== "wakes")).map((step) => ({
    type: `resolver.${step}`,
  })),
  ...reclaims.map((page) => ({ type: "resolver.reclaims", page })),
];

export interface UnpinnedResolverContext {
  readonly rules: UnpinnedResolverRules;
  readonly page: number | null;
  readonly write: boolean;
  readonly frame: 0 | 1 | null;
  readonly code: "success" | "invalid";
}

const s = setup({
  types: {
    context: {} as UnpinnedResolverContext,
    events: {} as UnpinnedResolverEvent,
    emitted: {} as UnpinnedResolverEmits,
    input: {} as UnpinnedResolverRules,
  },
  guards: {
    retries: ({ context }) => context.rules.retries,
    isOther: ({ context, event }) => event.type === "resolver.reclaims" && event.page !== context.page,
    ignoresAddresses: ({ context }) => context.rules.whileWithheld === "ignores",
    refusesAddresses: ({ context }) => context.rules.whileWithheld === "refuses",
  },
});

type Its = { readonly context: UnpinnedResolverContext };
const mapsForWriting = ({ rules, write }: UnpinnedResolverContext): boolean => write || rules.readMaps === "writable";
/** The bit that answers for the access, and that a mapping sets. */
const bitOf = ({ rules, page }: UnpinnedResolverContext, writing: boolean): number =>
  page! + (rules.bitPer === "permission" && writing ? rules.firstWriteBit : 0);

const named = ({ context }: Its) => ({ by: context.rules.name, page: context.page! });
const begins = s.assign(({ context, event }) =>
  event.type === "resolver.starts" ? { page: event.pages[0]!, write: event.write ?? true } : context,
);
const locks = s.emit(({ context }) => ({ type: "lock.acquires", owner: context.rules.name }));
const unlocks = s.emit(({ context }) => ({ type: "lock.releases", owner: context.rules.name }));
const awaits = s.emit(({ context }) => ({ type: "vaddr.awaits", by: context.rules.name }));
const reclaims = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type === "resolver.reclaims")
    enqueue.emit({ type: "operation.starts", kind: "reclaim", pages: [event.page], by: context.rules.name });
});
const copies = s.emit((it) => ({
  type: "operation.starts",
  kind: "copy",
  pages: [it.context.page!],
  by: it.context.rules.name,
}));
const maps = s.enqueueActions(({ context, enqueue }) => {
  const { rules, page, frame } = context;
  for (const domain of mapsForWriting(context) ? rules.domains.write : rules.domains.read)
    enqueue.emit({ type: "translation.maps", page: page!, domain, frame: frame! });
});
const tells = s.emit(({ context }) => ({ type: "resolver.done", by: context.rules.name, code: context.code }));
const refuses = s.assign({ code: "invalid" });
const keepsFrame = s.assign({
  frame: ({ context, event }) => (event.type === "mm.got" ? event.frame : context.frame),
});
const forgetsFrame = s.assign({ frame: null });
const forgets = s.assign({ page: null, write: false, frame: null, code: "success" });

export const unpinnedResolver = s
  .extend({
    actions: {
      begins,
      locks,
      unlocks,
      awaits,
      reclaims,
      copies,
      maps,
      tells,
      refuses,
      keepsFrame,
      forgetsFrame,
      forgets,
    },
  })
  .createMachine({
    id: "unpinned-resolver",
    context: ({ input }) => ({ rules: input, page: null, write: false, frame: null, code: "success" }),
    initial: "idle",
    states: {
      idle: {
        on: {
          "resolver.starts": [
            { guard: "retries", target: "sampling", actions: "begins" },
            { target: "locking", actions: "begins" },
          ],
        },
      },
      sampling: {
        on: {
          "resolver.samples": { actions: emit((it) => ({ type: "mm.samples", ...named(it) })) },
          "mm.sampled": { target: "getting" },
        },
      },
      locking: { on: { "resolver.locks": { target: "looking", actions: "locks" } } },
      /** I-43: are the addresses valid? */
      looking: {
        always: { guard: "ignoresAddresses", target: "finding" },
        on: {
          "resolver.looks": { actions: emit(({ context }) => ({ type: "vaddr.reads", by: context.rules.name })) },
          "vaddr.read": [
            { guard: ({ event }) => !event.invalid, target: "finding" },
            { guard: "refusesAddresses", target: "unlocking", actions: "refuses" },
            { target: "parked", actions: "unlocks" },
          ],
        },
      },
      parked: {
        on: {
          "resolver.wakes": [
            { guard: "retries", target: "sampling", actions: ["awaits", "forgetsFrame"] },
            { target: "locking", actions: "awaits" },
          ],
        },
      },
      finding: {
        on: {
          "resolver.finds": {
            actions: emit(({ context }) => ({
              type: "container.finds",
              by: context.rules.name,
              page: bitOf(context, context.write),
            })),
          },
          "container.found": [
            { guard: ({ event }) => !event.linked, target: "unlocking", actions: "refuses" },
            { guard: ({ event }) => event.mapped, target: "unlocking" },
            { guard: "retries", target: "comparing" },
            { target: "getting" },
          ],
        },
      },
      /** Inside get_user_pages(): with L in RFC v2 and v3, without it in the sequence count scheme. */
      getting: {
        on: {
          "resolver.gets": {
            actions: emit((it) => ({
              type: "mm.gets",
              ...named(it),
              write: mapsForWriting(it.context),
              pins: !it.context.rules.retries,
              checks: it.context.rules.takesReference,
            })),
          },
          "resolver.reclaims": { guard: "isOther", target: "reclaiming", actions: "reclaims" },
          "mm.got": [
            { guard: "retries", target: "locking", actions: "keepsFrame" },
            { target: "mapping", actions: "keepsFrame" },
          ],
          /** Without L there is none to drop. */
          "mm.failed": [
            { guard: "retries", target: "idle", actions: ["refuses", "tells", "forgets"] },
            { target: "unlocking", actions: "refuses" },
          ],
          "mm.shared": { target: "copying", actions: "copies" },
        },
      },
      reclaiming: { on: { "operation.done": { target: "getting" } } },
      /** The page itself has changed: what was sampled before is no longer true. */
      copying: { on: { "operation.done": [{ guard: "retries", target: "sampling" }, { target: "getting" }] } },
      comparing: {
        on: {
          "resolver.compares": { actions: emit((it) => ({ type: "mm.compares", ...named(it) })) },
          "mm.compared": [
            { guard: ({ context, event }) => event.changed && context.rules.compares, target: "retrying" },
            { target: "mapping" },
          ],
        },
      },
      retrying: { on: { "resolver.unlocks": { target: "sampling", actions: ["unlocks", "forgetsFrame"] } } },
      mapping: { on: { "resolver.maps": { target: "marking", actions: "maps" } } },
      marking: {
        on: {
          "resolver.marks": {
            target: "putting",
            actions: emit(({ context }) => ({
              type: "container.marks",
              page: bitOf(context, mapsForWriting(context)),
            })),
          },
        },
      },
      putting: {
        always: { guard: "retries", target: "unlocking" },
        on: {
          "resolver.puts": {
            target: "unlocking",
            actions: emit(({ context }) => ({ type: "mm.puts", page: context.page! })),
          },
        },
      },
      unlocking: { on: { "resolver.unlocks": { target: "idle", actions: ["unlocks", "tells", "forgets"] } } },
    },
  });
