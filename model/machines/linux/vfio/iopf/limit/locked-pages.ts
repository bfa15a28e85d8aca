/**
 * Pages that are locked down for a device that does not tolerate faults on them: pinned, charged and mapped as long as
 * the device works.
 *
 * Models  the lockdown that the RFC's author came to agree to (VFIO facts 1.4, 3.2: pin, charge, map, mark). These pages
 *         count against the limit, and no eviction may take them (I-17: a victim is not locked down), so the tracker of
 *         faulted-in pages does not have them.
 * Omits   what selective/lockdown.ts has: how lockdowns come and go (I-19: all pages or none; I-25: release after the
 *         queue is quiesced). They are there before the first fault.
 */
import { setup } from "xstate";
import { messages, proposal } from "../../../../../said.ts";
import { onePageSays } from "../../type1/words.ts";

export interface LockedPagesContext {
  readonly pages: readonly number[];
  /** Whether the tracker of pages that may be evicted has them, which is a deliberate defect. */
  readonly tracked: boolean;
}

type LockedPagesEmits =
  | { readonly type: "account.locks-down"; readonly pages: number }
  | { readonly type: "host.pins"; readonly page: number; readonly by: string }
  | { readonly type: "translation.maps"; readonly page: number; readonly domain: number }
  | { readonly type: "container.marks"; readonly page: number };

const s = setup({
  types: {
    context: {} as LockedPagesContext,
    events: {} as { readonly type: "lockdown.locks" } | { readonly type: "host.pinned" },
    emitted: {} as LockedPagesEmits,
    input: {} as LockedPagesContext,
  },
});

const locks = s.enqueueActions(({ context: { pages, tracked }, enqueue }) => {
  enqueue.emit({ type: "account.locks-down", pages: pages.length });
  for (const page of pages) {
    enqueue.emit({ type: "host.pins", page, by: "lockdown" });
    enqueue.emit({ type: "translation.maps", page, domain: 0 });
    if (tracked) enqueue.emit({ type: "container.marks", page });
  }
});

export const lockedPages = s.createMachine({
  id: "locked-pages",
  description: "pages that are locked down before the first fault",
  meta: {
    origin: proposal("vfio_pin_pages() that pins, charges and maps"),
    lane: "the locked-down pages",
    messages: messages<LockedPagesEmits>({
      "account.locks-down": "charges {pages} page(s)",
      "host.pins": onePageSays["host.pins"],
      "translation.maps": onePageSays["translation.maps"],
      "container.marks": onePageSays["container.marks"],
    }),
  },
  context: ({ input }) => input,
  initial: "apart",
  states: {
    apart: {
      description: "the pages are not locked down yet",
      on: { "lockdown.locks": { description: "locks its pages down", target: "locked", actions: locks } },
    },
    locked: { description: "the pages are pinned, charged and mapped" },
  },
  on: { "host.pinned": {} },
});
