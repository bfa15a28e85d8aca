/**
 * Making one page reachable for devices: the straight line that every policy goes through, and the opposite of
 * page-release.ts. Its steps are data, so that two steps swapped are a change of a list.
 *
 * Models  VFIO facts 1.1 (F7-F9), 2.2, 4.4: pin, map, remember; with coIOMMU also the bit "pinned" of the table that the
 *         guest shares. The caller holds the container's lock. Where the page is mapped already (DMA_MAP answers EEXIST)
 *         only the bit is set.
 * Omits   failures of pinning, limits (locked-vm.ts), several pages at a time.
 */
import { assign, enqueueActions, setup } from "xstate";

export type HoldStep = "pin" | "map" | "mark" | "set-bit";

export interface PageHoldContext {
  readonly steps: readonly HoldStep[];
  readonly page: number | null;
  readonly by: string | null;
  /** What is still to do. */
  readonly left: readonly HoldStep[];
}

type HoldEmits =
  | { readonly type: "host.pins"; readonly page: number; readonly by: "hold" }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number }
  | { readonly type: "container.marks" | "entry.sets-pinned"; readonly page: number }
  | { readonly type: "hold.done"; readonly by: string };

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
    default:
      return step satisfies never;
  }
}

/** The page is pinned and mapped by then: these steps go in any order after that. */
const AFTER_MAPPING: readonly HoldStep[] = ["set-bit"];

const performs = s.enqueueActions(({ context: { page, left }, enqueue }) => {
  enqueue.assign({ left: left.slice(1) });
  if (left[0]) enqueue.emit(message(left[0], page!));
});

export const pageHold = s.extend({ actions: { performs } }).createMachine({
  id: "page-hold",
  context: ({ input }) => ({ ...input, page: null, by: null, left: [] }),
  initial: "idle",
  states: {
    idle: {
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
      on: {
        "hold.steps": [
          {
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
