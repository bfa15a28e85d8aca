/**
 * One vfio_dma of one page: whether it is linked, whether it has a bitmap, its bit, the IOMMU entry of the page in every
 * domain, and the number of pins. The container calls it under iommu->lock (L).
 *
 * Models  the mapping of RFC v1 to v3 (VFIO facts 1.1, 1.2, 2.2). The page is pinned at DMA_MAP or when a fault comes.
 *         The bit is one for all domains (I-10: the bit is set if and only if every domain has the entry). DMA_UNMAP of
 *         RFC v2 and v3 skips what is not in the bitmap once the container is enabled (D-13: pages that ENABLE found
 *         pinned stay pinned). A fault is one step here: iommu->lock excludes all other users of the container. With the
 *         page tables of io-pgtable-arm an entry that is present refuses a second one (arm_lpae_init_pte() returns
 *         -EEXIST in 6.1.192 and 6.12.117), and the fault that maps it is answered Invalid.
 * Omits   page tables that take the second entry and return 0, so that the fault is served: VT-d, where
 *         __domain_mapping() warns, and AMD v1, where iommu_v1_map_pages() replaces the entry. IOTLBs, protection bits,
 *         and pins and maps that fail (D-01: a failed iommu_map() leaks the pin). A pin is also a charge here, 2 stands
 *         for two and more, and the list of pages that mdev drivers pinned is missing: type1/accounting/accounted-dma.ts
 *         has charges and list. The ranges of mappings are in type1/ranges/dma-list.ts.
 */
import { assign, emit, setup } from "xstate";
import { clause, linux, messages, rfc } from "../../../../../said.ts";

export interface VfioDmaRules {
  readonly page: number;
  readonly domains: number;
  /** RFC v1: what a fault maps stays pinned. */
  readonly lasting: boolean;
  /** Whether the handler recognises pages that are pinned and have no bitmap. */
  readonly knowsPinned: boolean;
}

export interface VfioDmaContext {
  readonly rules: VfioDmaRules;
  readonly linked: boolean;
  readonly bitmap: boolean;
  readonly bit: boolean;
  /** Pinned and mapped as a whole (iommu_mapped). */
  readonly pinned: boolean;
  readonly pins: number;
  /** By domain. */
  readonly entries: readonly boolean[];
}

type Dma = Omit<VfioDmaContext, "rules">;

export type VfioDmaEvent =
  | { readonly type: "dma.maps"; readonly lazy: boolean; readonly bitmap: boolean; readonly active: readonly number[] }
  /** `early`: returns before it unmaps and unpins what is pinned. */
  | { readonly type: "dma.unmaps"; readonly early: boolean; readonly active: readonly number[] }
  | { readonly type: "dma.resolves"; readonly by: string; readonly active: readonly number[] }
  /** A new domain copies the entries that are there, or pins what is not pinned. */
  | { readonly type: "dma.replays"; readonly domain: number; readonly how: "copies" | "pins" }
  | { readonly type: "dma.populates"; readonly active: readonly number[] }
  | { readonly type: "dma.converts" }
  | { readonly type: "dma.loses-domain"; readonly domain: number }
  | { readonly type: "dma.translates"; readonly device: number; readonly domain: number };

export type VfioDmaEmits =
  | { readonly type: "dma.resolved"; readonly by: string; readonly code: "success" | "invalid" | "no-bitmap" }
  | { readonly type: "access.granted" | "access.missed"; readonly device: number };

const LOOKUP = clause("smmu", "3.3.3 (Configuration and Translation lookup)");

const s = setup({
  types: {
    context: {} as VfioDmaContext,
    events: {} as VfioDmaEvent,
    emitted: {} as VfioDmaEmits,
    input: {} as VfioDmaRules,
  },
});

const present = (entries: readonly boolean[], domains: readonly number[]): boolean[] =>
  entries.map((old, domain) => old || domains.includes(domain));
const more = (pins: number): number => Math.min(2, pins + 1);
const none = (entries: readonly boolean[]): boolean[] => entries.map(() => false);

/** Pinned by a fault for as long as it is mapped. */
const isHeld = ({ rules, bit }: VfioDmaContext): boolean => rules.lasting && bit;

const mapped = (it: VfioDmaContext, active: readonly number[]): Dma => ({
  ...it,
  linked: true,
  pinned: true,
  pins: isHeld(it) ? it.pins : more(it.pins),
  entries: present(it.entries, active),
});

/** First what is in the bitmap, then what is pinned; the entry in the first domain is the only record of the page. */
function unmapped(it: VfioDmaContext, early: boolean, [first]: readonly number[]): Dma {
  const kept = it.bit ? { pins: it.pins - (isHeld(it) ? 1 : 0), entries: none(it.entries) } : it;
  const recorded = it.pinned && kept.entries[first!]!;
  const left = early ? kept : { pins: kept.pins - (recorded ? 1 : 0), entries: none(kept.entries) };
  return { linked: false, bitmap: false, bit: false, pinned: false, pins: left.pins, entries: left.entries };
}

function resolved(it: VfioDmaContext, active: readonly number[]): "success" | "invalid" | "no-bitmap" | "maps" {
  if (!it.linked) return "invalid";
  if (it.pinned && it.rules.knowsPinned) return "success";
  if (!it.bitmap) return "no-bitmap";
  if (it.bit) return "success";
  return active.some((domain) => it.entries[domain]) ? "invalid" : "maps";
}

const replayed = (it: VfioDmaContext, domain: number, how: "copies" | "pins"): Dma => {
  const entries = it.entries.map((old, at) => (at === domain ? it.pinned || (it.bit && how === "copies") : old));
  return it.pinned || how === "copies"
    ? { ...it, entries }
    : { ...it, pinned: true, pins: more(it.pins), entries: present(entries, [domain]) };
};

const resolves = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "dma.resolves") return;
  const code = resolved(context, event.active);
  if (code === "maps")
    enqueue.assign({
      bit: true,
      entries: present(context.entries, event.active),
      pins: context.rules.lasting ? more(context.pins) : context.pins,
    });
  enqueue.emit({ type: "dma.resolved", by: event.by, code: code === "maps" ? "success" : code });
});

export const vfioDma = s.createMachine({
  id: "vfio-dma",
  description: "one vfio_dma of one page, with its bit, its entries and its pins",
  meta: {
    origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_dma_do_map"),
    lane: "the vfio_dma of page {page}",
    messages: messages<VfioDmaEmits>({
      "dma.resolved": { says: "returns {code} to {by}", origin: rfc("v3 patch 3", "vfio_iommu_type1_dma_map_iopf") },
      "access.granted": { says: "has an entry for device {device}", origin: LOOKUP },
      "access.missed": { says: "has no entry for device {device}", origin: LOOKUP },
    }),
  },
  context: ({ input }) => ({
    rules: input,
    linked: false,
    bitmap: false,
    bit: false,
    pinned: false,
    pins: 0,
    entries: Array.from({ length: input.domains }, () => false),
  }),
  on: {
    "dma.maps": [
      {
        guard: ({ event }) => event.lazy,
        actions: assign({ linked: true, bitmap: ({ event }) => event.bitmap }),
      },
      {
        actions: assign(({ context, event }) => ({ ...mapped(context, event.active), bitmap: event.bitmap })),
      },
    ],
    "dma.unmaps": {
      guard: ({ context }) => context.linked,
      actions: assign(({ context, event }) => unmapped(context, event.early, event.active)),
    },
    "dma.resolves": { actions: resolves },
    "dma.replays": {
      guard: ({ context }) => context.linked,
      actions: assign(({ context, event }) => replayed(context, event.domain, event.how)),
    },
    "dma.populates": {
      guard: ({ context }) => context.linked && !context.pinned,
      actions: assign(({ context, event }) => ({ ...mapped(context, event.active), bit: false, bitmap: false })),
    },
    "dma.converts": {
      guard: ({ context }) => context.linked && context.pinned,
      actions: assign({
        pinned: false,
        bit: true,
        bitmap: true,
        pins: ({ context }) => context.pins - (context.rules.lasting ? 0 : 1),
      }),
    },
    "dma.loses-domain": {
      actions: assign({
        entries: ({ context, event }) => context.entries.map((old, domain) => old && domain !== event.domain),
      }),
    },
    "dma.translates": {
      actions: emit(({ context, event: { device, domain } }) => ({
        type: context.entries[domain] ? "access.granted" : "access.missed",
        device,
      })),
    },
  },
});
