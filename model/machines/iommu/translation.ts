/**
 * The translation of one page in one domain: the page table entry that software writes, and its copy in the IOTLB.
 *
 * Models  hardware facts I1, I5, P1 and P2. A walk uses the IOTLB if it holds the page, with frame and permission as they
 *         were, whatever the page table says by now. A read-only page faults an untranslated write, and a translation
 *         request for writing gets it without write permission. An invalidation of the IOTLB completes when the
 *         transactions that used the entry are done (SMMUv3 3.21.1: CMD_SYNC waits until they are visible).
 * Omits   permissions that are widened or narrowed while the page stays mapped, and walk caches, which table-walker.ts
 *         has; a second stage, which nested-translation.ts has; page sizes above one page; "not present" in the IOTLB
 *         (K29, caching mode: bare metal does not cache it); eviction from the IOTLB, which leads only to states that
 *         exist before the entry is cached. An access in flight has the frame of the entry, or else of the IOTLB.
 *         Which of the accesses in flight began before an invalidation: it also waits for those that began after it. Each
 *         ends by itself, so this makes a wait longer, and hides only accesses in flight at its end that use the new entry.
 */
import { assign, emit, setup } from "xstate";
import { clause, iommus, messages } from "../../said.ts";

export type TranslationEvent =
  /** Software writes the entry, or clears it. */
  | {
      readonly type: "translation.maps";
      readonly page: number;
      readonly domain: number;
      readonly frame?: number;
      /** Default true. */
      readonly writable?: boolean;
    }
  | { readonly type: "translation.unmaps"; readonly page: number; readonly domain: number }
  /** An ATS translation request of a device; the device caches the completion. */
  | { readonly type: "ats.request"; readonly device: number; readonly slot: number; readonly page: number }
  /** An untranslated access: a hit uses the translation until the access retires. */
  | {
      readonly type: "access.begins";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
      /** Default false. */
      readonly write?: boolean;
    }
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
      readonly writable: boolean;
      /** Ghost, as in the context. */
      readonly frame: number | null;
    }
  | {
      readonly type: "access.granted";
      readonly device: number;
      readonly slot: number;
      readonly page: number;
      readonly writable: boolean;
      readonly frame: number | null;
    }
  | { readonly type: "access.faults"; readonly device: number; readonly slot: number; readonly page: number }
  | { readonly type: "iotlb.invalidated"; readonly page: number; readonly domain: number };

export interface TranslationContext {
  readonly page: number;
  readonly domain: number;
  readonly present: boolean;
  /** Of the entry, or of the last one. */
  readonly writable: boolean;
  /** Ghost: the frame of the entry, or else of the IOTLB; null where pins keep page and frame together. */
  readonly frame: number | null;
  /** The IOTLB holds a translation of the page. */
  readonly cached: boolean;
  /** What the IOTLB holds, where the entry has another frame or permission by now. */
  readonly old: Mapping | null;
  /** Untranslated accesses in flight that use it. */
  readonly users: number;
  /** An invalidation waits for these accesses. */
  readonly invalidating: boolean;
}

export interface Mapping {
  readonly frame: number | null;
  readonly writable: boolean;
}

const inTable = ({ frame, writable }: TranslationContext): Mapping => ({ frame, writable });

/** What a walk finds. */
function found(context: TranslationContext): Mapping | null {
  if (context.cached) return context.old ?? inTable(context);
  return context.present ? inTable(context) : null;
}

/** After software has written the entry: what the IOTLB still holds of the last one. */
function left(context: TranslationContext, { frame, writable }: Mapping): Mapping | null {
  const held = context.cached ? found(context) : null;
  return held && (held.frame !== frame || held.writable !== writable) ? held : null;
}

const mappingOf = ({ frame, writable = true }: { frame?: number; writable?: boolean }): Mapping => ({
  frame: frame ?? null,
  writable,
});

/** The frames that devices reach: through the entry, through the IOTLB, and by an access in flight. */
export const framesReached = ({
  present,
  cached,
  users,
  frame,
  old,
}: TranslationContext): readonly (number | null)[] => [
  ...(present || users > 0 || (cached && !old) ? [frame] : []),
  ...(old ? [old.frame] : []),
];

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
  context: ({ input }) => ({
    ...input,
    present: false,
    writable: true,
    frame: null,
    cached: false,
    old: null,
    users: 0,
    invalidating: false,
  }),
  on: {
    "translation.maps": {
      actions: assign(({ context, event }) => ({
        present: true,
        ...mappingOf(event),
        old: left(context, mappingOf(event)),
      })),
    },
    "translation.unmaps": { actions: assign({ present: false }) },
    "ats.request": {
      actions: [
        assign({ cached: ({ context }) => found(context) !== null }),
        emit(({ context, event: { device, slot, page } }) => ({
          type: "ats.completion",
          device,
          slot,
          page,
          present: found(context) !== null,
          writable: found(context)?.writable ?? false,
          frame: found(context)?.frame ?? context.frame,
        })),
      ],
    },
    "access.begins": [
      {
        guard: ({ context, event }) => found(context) !== null && (found(context)!.writable || event.write !== true),
        actions: [
          assign({ cached: true, users: ({ context }) => context.users + 1 }),
          emit(({ context, event: { device, slot, page } }) => ({
            type: "access.granted",
            device,
            slot,
            page,
            ...found(context)!,
          })),
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
        actions: assign({ cached: false, old: null, invalidating: true }),
      },
      {
        actions: [
          assign({ cached: false, old: null }),
          emit(({ context: { page, domain } }) => ({ type: "iotlb.invalidated", page, domain })),
        ],
      },
    ],
    "iotlb.implicit-invalidation": { actions: assign({ cached: false, old: null }) },
  },
});
