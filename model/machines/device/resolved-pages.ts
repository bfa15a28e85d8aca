/**
 * The pages of one device that its consumer of faults has made reachable.
 *
 * Models  what a fault is for: a lookup of a page that nobody resolved misses, whatever tables stand behind it.
 * Omits   tables, caches, permissions, and pages that are taken away again.
 */
import { assign, emit, setup } from "xstate";

export const resolvedPages = setup({
  types: {
    context: {} as { device: number; pages: readonly number[] },
    events: {} as
      | { readonly type: "atc.looks-up"; readonly page: number }
      | { readonly type: "pages.resolve"; readonly pages: readonly number[] },
    emitted: {} as { readonly type: "dma.granted" | "dma.missed"; readonly device: number },
    input: {} as { device: number },
  },
}).createMachine({
  id: "resolved-pages",
  context: ({ input: { device } }) => ({ device, pages: [] }),
  on: {
    "atc.looks-up": {
      actions: emit(({ context: { device, pages }, event }) => ({
        type: pages.includes(event.page) ? "dma.granted" : "dma.missed",
        device,
      })),
    },
    "pages.resolve": {
      actions: assign({
        pages: ({ context, event }) => [...new Set([...context.pages, ...event.pages])].sort((a, b) => a - b),
      }),
    },
  },
});
