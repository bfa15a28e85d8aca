/**
 * One page of a buffer that a device reaches through an SMMU with stalls: it is linked (a DMA_MAP covers it) and mapped (the
 * page table has an entry).
 *
 * Models  DMA_MAP, DMA_UNMAP and the write of the page table entry, each as one step. With duplicate suppression (K22, the
 *         SMMU records a page once for all transactions that stall on it) the page knows whether it has a record.
 * Omits   frames: a page that is unmapped and mapped again has new contents, and a write that was terminated before must not
 *         reach them (S23, the device is quiesced before a remap). translation.ts has the IOTLB.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { clause, linux, messages } from "../../said.ts";

export interface StallPageContext {
  readonly linked: boolean;
  readonly mapped: boolean;
  /** Ghost: a write that was terminated before has reached it. */
  readonly spoilt: boolean;
  /** A record of the page waits for its response; kept only with duplicate suppression. */
  readonly recorded: boolean;
  /** Whether a response retries every transaction that stalls on the page; `forgotten` is a hardware defect. */
  readonly duplicates: "retried" | "forgotten";
}

export type StallPageEmits =
  | { readonly type: "page.granted" | "page.absent"; readonly stag: number }
  | { readonly type: "page.resolved"; readonly ok: boolean }
  | { readonly type: "duplicates.retry" };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as StallPageContext,
    events: {} as
      | { readonly type: "page.tried"; readonly stag: number; readonly outlived: boolean }
      | { readonly type: "page.links" | "page.unlinks" | "page.resolves" | "stall.terminates" }
      | { readonly type: "record.begins" | "record.joins" | "record.answered" },
    emitted: {} as StallPageEmits,
    input: {} as { readonly duplicates: StallPageContext["duplicates"] },
  },
});

export const stallPage = s.createMachine({
  id: "stall-page",
  description: "one page of a buffer, as the page table and the fault handler see it",
  meta: {
    origin: clause("smmu", "3.12.2 (Stall model)"),
    lane: "the page of the buffer",
    messages: messages<StallPageEmits>({
      "page.granted": "translates the access of stag {stag}",
      "page.absent": "has no entry for the access of stag {stag}",
      "page.resolved": {
        says: "reports that the page {ok?is mapped:cannot be mapped}",
        origin: linux(TYPE1, "vfio_find_dma"),
      },
      "duplicates.retry": "retries the other transactions that stall on the page",
    }),
  },
  context: ({ input }) => ({ linked: true, mapped: false, spoilt: false, recorded: false, ...input }),
  on: {
    "record.begins": { guard: ({ context }) => !context.recorded, actions: assign({ recorded: true }) },
    "record.joins": { guard: ({ context }) => context.recorded, actions: [] },
    "record.answered": {
      actions: enqueueActions(({ context, enqueue }) => {
        enqueue.assign({ recorded: false });
        if (context.duplicates === "retried") enqueue.emit({ type: "duplicates.retry" });
      }),
    },
    "stall.terminates": { actions: assign({ recorded: false }) },
    "page.tried": {
      actions: enqueueActions(({ context: { mapped }, event: { stag, outlived }, enqueue }) => {
        if (mapped && outlived) enqueue.assign({ spoilt: true });
        enqueue.emit({ type: mapped ? "page.granted" : "page.absent", stag });
      }),
    },
    "page.links": { actions: assign({ linked: true }) },
    "page.unlinks": { actions: assign({ linked: false, mapped: false, spoilt: false }) },
    "page.resolves": {
      actions: [
        assign({ mapped: ({ context }) => context.linked }),
        emit(({ context }) => ({ type: "page.resolved", ok: context.linked })),
      ],
    },
  },
});
