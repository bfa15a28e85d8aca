/**
 * Pinning and mapping of one page, the same for every policy; page-release.ts does the reverse. Its steps are data,
 * so that "two steps swapped" is a change of a list.
 *
 * Models  VFIO facts 1.1 (F7 to F9), 2.2, 4.4: pin, map, record; with coIOMMU also the pinned bit in the table that the guest
 *         shares, and with VPRI the entry in the device's table. The caller holds iommu->lock. If the page is mapped already (DMA_MAP returns EEXIST) only the bit is set.
 * Omits   failures of pinning; limits and accounting, which linux/mm/locked-vm.ts has; several pages at a time.
 */
import { assign, enqueueActions, setup } from "xstate";
import { linux, messages } from "../../said.ts";
import { VPRI } from "../device/presence-entry.ts";
import { COIOMMU } from "./vocabulary.ts";

export type HoldStep = "pin" | "map" | "mark" | "set-bit" | "set-presence";

export interface PageHoldContext {
  readonly steps: readonly HoldStep[];
  readonly page: number | null;
  readonly by: string | null;
  /** Steps that are still to do. */
  readonly left: readonly HoldStep[];
}

type HoldEmits =
  | { readonly type: "host.pins"; readonly page: number; readonly by: "hold" }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number }
  | { readonly type: "container.marks" | "entry.sets-pinned" | "presence.sets"; readonly page: number }
  | { readonly type: "hold.done"; readonly by: string };

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

const s = setup({
  types: {
    context: {} as PageHoldContext,
    events: {} as
      | { readonly type: "hold.starts"; readonly page: number; readonly by: string; readonly mapped: boolean }
      | { readonly type: "hold.steps" }
      | { readonly type: "host.pinned" },
    emitted: {} as HoldEmits,
    input: {} as { steps: readonly HoldStep[] },
  },
});

function message(step: HoldStep, page: number): HoldEmits {
  switch (step) {
    case "pin":
      return { type: "host.pins", page, by: "hold" };
    case "map":
      return { type: "translation.maps", page, domain: 0 };
    case "mark":
      return { type: "container.marks", page };
    case "set-bit":
      return { type: "entry.sets-pinned", page };
    case "set-presence":
      return { type: "presence.sets", page };
    default:
      return step satisfies never;
  }
}

/** Steps that remain if the page is mapped already. */
const AFTER_MAPPING: readonly HoldStep[] = ["set-bit", "set-presence"];

const performs = s.enqueueActions(({ context: { page, left }, enqueue }) => {
  enqueue.assign({ left: left.slice(1) });
  if (left[0]) enqueue.emit(message(left[0], page!));
});

export const pageHold = s.extend({ actions: { performs } }).createMachine({
  id: "page-hold",
  description: "the pinning and mapping of one page",
  meta: {
    origin: linux(TYPE1, "vfio_pin_map_dma"),
    lane: "the pinning and mapping of a page, under iommu->lock",
    messages: messages<HoldEmits>({
      "host.pins": { says: "pins page {page}", origin: linux(TYPE1, "vfio_pin_pages_remote") },
      "translation.maps": { says: "maps page {page} in domain {domain}", origin: linux(TYPE1, "vfio_iommu_map") },
      "container.marks": "records that page {page} is mapped",
      "entry.sets-pinned": { says: "sets the pinned bit of page {page}", origin: COIOMMU },
      "presence.sets": { says: "sets page {page} present in the device's table", origin: VPRI },
      "hold.done": "returns to {by}",
    }),
  },
  context: ({ input }) => ({ ...input, page: null, by: null, left: [] }),
  initial: "idle",
  states: {
    idle: {
      description: "no page is being mapped",
      on: {
        "hold.starts": {
          target: "holding",
          actions: assign(({ context, event: { page, by, mapped } }) => ({
            page,
            by,
            left: context.steps.filter((step) => !mapped || AFTER_MAPPING.includes(step)),
          })),
        },
      },
    },
    holding: {
      description: "page {page} is being pinned and mapped, step by step",
      on: {
        "hold.steps": [
          {
            description: "takes the next step of pinning and mapping page {page}",
            meta: { listed: true },
            guard: ({ context }) => context.left.length <= 1,
            target: "idle",
            actions: [
              "performs",
              enqueueActions(({ context, enqueue }) => {
                enqueue.assign({ page: null, by: null, left: [] });
                enqueue.emit({ type: "hold.done", by: context.by! });
              }),
            ],
          },
          { actions: "performs" },
        ],
        "host.pinned": {},
      },
    },
  },
});
