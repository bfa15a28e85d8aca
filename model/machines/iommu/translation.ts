/**
 * The translation of one page in one domain: the page table entry that software writes, and what the IOTLB remembers
 * of it.
 *
 * Models  hardware facts section 6 (I1, I5): a walk answers from the IOTLB if it holds the page, whatever the page
 *         table says by now; an invalidation of the IOTLB completes when the transactions that used the entry are done
 *         (SMMU 3.21.1: CMD_SYNC waits for their visibility).
 * Omits   permissions (all mappings are read-write; the systems here map nothing read-only), page sizes above one page,
 *         "not present" in the IOTLB (K29: no bare-metal hardware caches it), and eviction from the IOTLB, which leads
 *         only to states that also exist before the entry was cached.
 */
import { assign, emit, setup } from "xstate";

export type TranslationEvent =
  /** Software: writes the entry, clears it. */
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number; readonly frame?: number }
  | { readonly type: "translation.unmaps"; readonly page: number; readonly domain: number }
  /** An ATS translation request of a device (the answer is a completion, the device caches it). */
  | { readonly type: "ats.request"; readonly device: number; readonly slot: number; readonly page: number }
  /** An untranslated access: a hit occupies the translation until the access retires. */
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
  /** Ghost: the frame that the entry, or else the IOTLB, names; null where pins keep page and frame together. */
  readonly frame: number | null;
  /** The IOTLB holds a translation of the page. */
  readonly cached: boolean;
  /** Untranslated accesses in flight that use it. */
  readonly users: number;
  /** An invalidation waits for them. */
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
