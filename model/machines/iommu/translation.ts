/**
 * The translation of one page in one domain: the page table entry that software writes, and its copy in the IOTLB.
 *
 * Models  hardware facts I1 and I5. A walk uses the IOTLB if it holds the page, whatever the page table says by now. An
 *         invalidation of the IOTLB completes when the transactions that used the entry are done (SMMUv3 3.21.1: CMD_SYNC
 *         waits until they are visible).
 * Omits   permissions (every mapping is read-write) and walk caches, which table-walker.ts has; a second stage, which
 *         nested-translation.ts has; page sizes above one page; "not present" in the IOTLB (K29, caching mode: bare metal
 *         does not cache it); eviction from the IOTLB, which leads only to states that exist before the entry is cached.
 */
import { assign, emit, setup } from "xstate";
import { clause, iommus, messages } from "../../said.ts";

export type TranslationEvent =
  /** Software writes the entry, or clears it. */
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number; readonly frame?: number }
  | { readonly type: "translation.unmaps"; readonly page: number; readonly domain: number }
  /** An ATS translation request of a device; the device caches the completion. */
  | { readonly type: "ats.request"; readonly device: number; readonly slot: number; readonly page: number }
  /** An untranslated access: a hit uses the translation until the access retires. */
  | { readonly type: "access.begins"; readonly device: number; readonly slot: number; readonly page: number }
  | { readonly type: "access.retires"; readonly device: number; readonly slot: number; readonly page: number }
  | { readonly type: "iotlb.invalidates"; readonly page: number; readonly domain: number }
  | { readonly type: "iotlb.implicit-invalidation"; readonly page: number };

export type TranslationEmits =
  | {
      readonly type: "ats.completion";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
      readonly present: boolean;
      /** Ghost, as in the context. */
      readonly frame: number | null;
    }
  | {
      readonly type: "access.granted" | "access.faults";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
    }
  | { readonly type: "iotlb.invalidated"; readonly page: number; readonly domain: number };

export interface TranslationContext {
  readonly page: number;
  readonly domain: number;
  readonly present: boolean;
  /** Ghost: the frame of the entry, or else of the IOTLB; null where pins keep page and frame together. */
  readonly frame: number | null;
  /** The IOTLB holds a translation of the page. */
  readonly cached: boolean;
  /** Untranslated accesses in flight that use it. */
  readonly users: number;
  /** An invalidation waits for these accesses. */
  readonly invalidating: boolean;
}

const usable = ({ present, cached }: TranslationContext): boolean => cached || present;

const s = setup({
  types: {
    context: {} as TranslationContext,
    events: {} as TranslationEvent,
    emitted: {} as TranslationEmits,
    input: {} as { page: number; domain: number },
  },
});

export const translation = s.createMachine({
  id: "translation",
  description: "the page table entry of one page in one domain, and its copy in the IOTLB",
  meta: {
    origin: iommus("VT-d 6, SMMUv3 3.21"),
    lane: "page {page} in domain {domain}: page table entry and IOTLB",
    messages: messages<TranslationEmits>({
      "ats.completion": {
        says: "completes the translation request of device {device} for page {page} {present?with a translation:without one}",
        origin: clause("pcie", "10.2 (ATS Translation Services)"),
      },
      "access.granted": "translates the access of device {device} to page {page}",
      "access.faults": "has no translation for the access of device {device} to page {page}",
      "iotlb.invalidated": "completes the IOTLB invalidation of page {page}",
    }),
  },
  context: ({ input }) => ({ ...input, present: false, frame: null, cached: false, users: 0, invalidating: false }),
  on: {
    "translation.maps": {
      actions: assign({ present: true, frame: ({ event }) => event.frame ?? null }),
    },
    "translation.unmaps": { actions: assign({ present: false }) },
    "ats.request": {
      actions: [
        assign({ cached: ({ context }) => usable(context) }),
        emit(({ context, event: { device, slot, page } }) => ({
          type: "ats.completion",
          device,
          slot,
          page,
          present: usable(context),
          frame: context.frame,
        })),
      ],
    },
    "access.begins": [
      {
        guard: ({ context }) => usable(context),
        actions: [
          assign({ cached: true, users: ({ context }) => context.users + 1 }),
          emit(({ event: { device, slot, page } }) => ({ type: "access.granted", device, slot, page })),
        ],
      },
      { actions: emit(({ event: { device, slot, page } }) => ({ type: "access.faults", device, slot, page })) },
    ],
    "access.retires": [
      {
        guard: ({ context }) => context.users === 1 && context.invalidating,
        actions: [
          assign({ users: 0, invalidating: false }),
          emit(({ context: { page, domain } }) => ({ type: "iotlb.invalidated", page, domain })),
        ],
      },
      { actions: assign({ users: ({ context }) => context.users - 1 }) },
    ],
    "iotlb.invalidates": [
      {
        guard: ({ context }) => context.users > 0,
        actions: assign({ cached: false, invalidating: true }),
      },
      {
        actions: [
          assign({ cached: false }),
          emit(({ context: { page, domain } }) => ({ type: "iotlb.invalidated", page, domain })),
        ],
      },
    ],
    "iotlb.implicit-invalidation": { actions: assign({ cached: false }) },
  },
});
