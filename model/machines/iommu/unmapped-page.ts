/**
 * The translation of one page that is unmapped and mapped again: the page table entry as the IOMMU sees it, and what the IOTLB
 * keeps of it.
 *
 * Models  Hardware facts I1 (an IOTLB entry stays until it is invalidated) and I5. A store that clears the entry becomes visible
 *         to the table walker some time after the processor has executed it: a full barrier waits for that, and so does every
 *         command queue before it takes a command (dma_wmb()). The IOTLB is tagged by domain or address space (VT-d domain id
 *         and PASID, SMMUv3 ASID or VMID).
 *         Each new mapping has another frame than the last one, so that a translation of the last one is told from it.
 * Omits   Several pages, permissions, and eviction from the IOTLB (it leads only to states from before the entry was cached).
 *         A store that maps becomes visible at once: a walk that misses it faults, which is another model's.
 */
import { assign, setup } from "xstate";
import { iommus, messages } from "../../said.ts";

/** Two frames in turn. */
export type Frame = 0 | 1;

export interface IotlbEntry {
  readonly tag: number;
  readonly frame: Frame;
}

export interface UnmappedPageContext {
  readonly frame: Frame;
  /** Sorted by tag. */
  readonly iotlb: readonly IotlbEntry[];
  /** The frame belongs to others again. */
  readonly freed: boolean;
}

type UnmappedPageEvent =
  | { readonly type: "page.is-cleared" | "page.is-mapped" | "page.is-freed" | "store.waits" | "store.drains" }
  /** `own`: by the thread that has cleared the entry; its queue takes the command when that store is visible. */
  | { readonly type: "iotlb.is-flushed"; readonly tags: readonly number[]; readonly own: boolean }
  /** By a requester: with ATS the device caches what it is told. */
  | { readonly type: "page.is-walked"; readonly by: string; readonly tag: number; readonly ats: boolean };

export type UnmappedPageEmits = {
  readonly type: "page.found";
  readonly by: string;
  readonly frame: Frame;
  readonly ats: boolean;
};

const s = setup({
  types: {
    context: {} as UnmappedPageContext,
    events: {} as UnmappedPageEvent,
    emitted: {} as UnmappedPageEmits,
  },
});

type Walk = Extract<UnmappedPageEvent, { readonly type: "page.is-walked" }>;
const cachedAs = ({ iotlb }: UnmappedPageContext, tag: number): Frame | undefined =>
  iotlb.find((one) => one.tag === tag)?.frame;

const finds = s.enqueueActions(({ context, event, enqueue }) => {
  const { by, tag, ats } = event as Walk;
  const frame = cachedAs(context, tag) ?? context.frame;
  const others = context.iotlb.filter((one) => one.tag !== tag);
  enqueue.assign({ iotlb: [...others, { tag, frame }].sort((a, b) => a.tag - b.tag) });
  enqueue.emit({ type: "page.found", by, frame, ats });
});
const isCached = ({ context, event }: { context: UnmappedPageContext; event: UnmappedPageEvent }): boolean =>
  cachedAs(context, (event as Walk).tag) !== undefined;
const flushes = s.assign({
  iotlb: ({ context: { iotlb }, event }) =>
    event.type === "iotlb.is-flushed" ? iotlb.filter(({ tag }) => !event.tags.includes(tag)) : iotlb,
});

export const unmappedPage = s.createMachine({
  id: "unmapped-page",
  description: "the translation of a page that is unmapped and mapped again",
  meta: {
    origin: iommus("VT-d 6.2, SMMUv3 3.17, AMD 2.4"),
    lane: "the page table entry and the IOTLB",
    messages: messages<UnmappedPageEmits>({ "page.found": "gives {by} frame {frame}" }),
  },
  context: { frame: 0, iotlb: [], freed: false },
  initial: "mapped",
  states: {
    mapped: {
      description: "the entry is present",
      on: {
        "page.is-cleared": { target: "clearing" },
        "page.is-walked": { actions: finds },
        "iotlb.is-flushed": { actions: flushes },
      },
    },
    clearing: {
      description: "the entry was cleared, and the table walker may still see it",
      on: {
        "store.drains": {
          description: "becomes visible to the table walker",
          target: "cleared",
        },
        "page.is-walked": { actions: finds },
        "iotlb.is-flushed": { guard: ({ event }) => !event.own, actions: flushes },
        "page.is-freed": { actions: assign({ freed: true }) },
        /** A new entry is stored over the cleared one, in order. */
        "page.is-mapped": {
          target: "mapped",
          actions: assign({ freed: false, frame: ({ context }) => (1 - context.frame) as Frame }),
        },
      },
    },
    cleared: {
      description: "the entry is not present",
      on: {
        "page.is-walked": { guard: isCached, actions: finds },
        "store.waits": {},
        "iotlb.is-flushed": { actions: flushes },
        "page.is-freed": { actions: assign({ freed: true }) },
        "page.is-mapped": {
          target: "mapped",
          actions: assign({ freed: false, frame: ({ context }) => (1 - context.frame) as Frame }),
        },
      },
    },
  },
});
