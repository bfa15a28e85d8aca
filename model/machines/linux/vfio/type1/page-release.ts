/**
 * vfio_unmap_unpin() for one page that a fault mapped: DMA_UNMAP, eviction and reclaim all release a page by these steps. The
 * steps are data, so that a step left out or two steps swapped are changes of a list.
 *
 * Models  VFIO facts 1.2 and 2.3 (the order of a release), hardware facts I7 (the full order of an unmap with ATS): clear the
 *         entry in every domain, invalidate the IOTLB and wait, invalidate the ATC of every device and wait, and only then
 *         unpin, uncharge and clear the bit. The caller holds iommu->lock. With VPRI (VFIO facts 4.4) the device's own table
 *         comes first.
 * Omits   Runs of several pages and deferred flushes: RFC v1 releases page by page, each one synchronously. The order of
 *         domains: Linux unmaps and invalidates all domains but the first before it begins with that one. In between, a
 *         domain still maps a page that is pinned.
 */
import { assign, enqueueActions, setup } from "xstate";
import { linux, messages } from "../../../../said.ts";
import { VPRI } from "../../../device/presence-entry.ts";
import {
  takingBack,
  takingBackSays,
  type TakingBackMessage,
  type TakingBackStep,
} from "../../iommu/drivers/taking-back.ts";

export type ReleaseStep = TakingBackStep | "unpin" | "uncharge" | "clear-presence";

/** The order of VFIO facts 2.3. */
export const RELEASE_ORDER: readonly ReleaseStep[] = [
  "clear-entry",
  "invalidate-iotlb",
  "wait",
  "invalidate-atc",
  "wait",
  "unpin",
  "uncharge",
  "clear-bit",
];

export interface PageReleaseContext {
  readonly steps: readonly ReleaseStep[];
  readonly domains: readonly number[];
  readonly devices: readonly number[];
  readonly page: number | null;
  /** The caller, to which it returns. */
  readonly by: string | null;
  /** Steps done. */
  readonly done: number;
}

export type PageReleaseEmits =
  | TakingBackMessage<"release">
  | { readonly type: "host.unpins" | "presence.clears"; readonly page: number }
  | { readonly type: "account.uncharges" }
  | { readonly type: "release.done"; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as PageReleaseContext,
    events: {} as
      | { readonly type: "release.starts"; readonly page: number; readonly by: string }
      | { readonly type: "release.steps" }
      | { readonly type: "fence.completed" },
    emitted: {} as PageReleaseEmits,
    input: {} as { steps: readonly ReleaseStep[]; domains: readonly number[]; devices: readonly number[] },
  },
});

const performs = s.enqueueActions(({ context, enqueue }) => {
  const { steps, done } = context;
  const page = context.page!;
  const step = steps[done]!;
  enqueue.assign({ done: done + 1 });
  if (step === "unpin") enqueue.emit({ type: "host.unpins", page });
  else if (step === "uncharge") enqueue.emit({ type: "account.uncharges" });
  else if (step === "clear-presence") enqueue.emit({ type: "presence.clears", page });
  else for (const message of takingBack(step, page, context, "release")) enqueue.emit(message);
});

export const pageRelease = s.extend({ actions: { performs } }).createMachine({
  id: "page-release",
  description: "the release of one page that a fault mapped",
  meta: {
    origin: linux(TYPE1, "vfio_unmap_unpin"),
    lane: "the release of a page, under iommu->lock",
    messages: messages<PageReleaseEmits>({
      ...takingBackSays,
      "host.unpins": { says: "unpins page {page}", origin: linux(TYPE1, "vfio_unpin_pages_remote") },
      "presence.clears": { says: "sets page {page} absent in the device's table", origin: VPRI },
      "account.uncharges": { says: "takes a page off locked_vm", origin: linux(TYPE1, "vfio_lock_acct") },
      "release.done": "returns to {by}",
    }),
  },
  context: ({ input }) => ({ ...input, page: null, by: null, done: 0 }),
  initial: "idle",
  states: {
    idle: {
      description: "no page is being released",
      on: {
        "release.starts": {
          target: "releasing",
          actions: assign({ page: ({ event }) => event.page, by: ({ event }) => event.by }),
        },
      },
    },
    releasing: {
      description: "page {page} is being released, step by step",
      on: {
        "release.steps": [
          {
            description: "takes the next step of the release",
            meta: { listed: true },
            guard: ({ context }) => context.steps[context.done] === "wait",
            target: "waiting",
            actions: "performs",
          },
          {
            guard: ({ context }) => context.done === context.steps.length - 1,
            target: "idle",
            actions: [
              "performs",
              enqueueActions(({ context, enqueue }) => {
                enqueue.assign({ page: null, by: null, done: 0 });
                enqueue.emit({ type: "release.done", by: context.by! });
              }),
            ],
          },
          { actions: "performs" },
        ],
      },
    },
    waiting: {
      description: "waits for the invalidation to complete",
      on: { "fence.completed": { target: "releasing" } },
    },
  },
});
