/**
 * The pages of one device that its fault handler has mapped.
 *
 * Models  the purpose of a page fault: a lookup misses until the page was resolved.
 * Omits   tables, caches, permissions, and pages that are unmapped again; atc-entry.ts and translation.ts have them.
 */
import { assign, emit, setup } from "xstate";
import { clause, messages } from "../../said.ts";

type ResolvedPagesEmits = { readonly type: "dma.granted" | "dma.missed"; readonly device: number };

export const resolvedPages = setup({
  types: {
    context: {} as { device: number; pages: readonly number[] },
    events: {} as
      | { readonly type: "atc.looks-up"; readonly page: number }
      | { readonly type: "pages.resolve"; readonly pages: readonly number[] },
    emitted: {} as ResolvedPagesEmits,
    input: {} as { device: number },
  },
}).createMachine({
  id: "resolved-pages",
  description: "the pages that a device can reach",
  meta: {
    origin: clause("pcie", "10.2 (ATS Translation Services)"),
    lane: "device {device}, translations of its pages",
    messages: messages<ResolvedPagesEmits>({
      "dma.granted": "finds the translation for device {device}",
      "dma.missed": "finds no translation for device {device}",
    }),
  },
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
