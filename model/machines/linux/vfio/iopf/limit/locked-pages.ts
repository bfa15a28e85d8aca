/**
 * Pages that are locked down for a device that cannot miss them (R): pinned, charged and mapped as long as the device works.
 *
 * Models  VFIO facts 1.4 and 3.2, the intended protocol: lockdown = pin, charge, map, mark. They count against the limit,
 *         and no eviction may take them (I-17), so the tracker of what faults mapped does not hold them.
 * Omits   how they come and go (I-19, I-25): they are there before the first fault.
 */
import { setup } from "xstate";

export interface LockedPagesContext {
  readonly pages: readonly number[];
  /** Whether they are in the tracker of what may be evicted (a departure). */
  readonly tracked: boolean;
}

const s = setup({
  types: {
    context: {} as LockedPagesContext,
    events: {} as { readonly type: "lockdown.locks" } | { readonly type: "host.pinned" },
    emitted: {} as
      | { readonly type: "account.locks-down"; readonly pages: number }
      | { readonly type: "host.pins"; readonly page: number; readonly by: string }
      | { readonly type: "translation.maps"; readonly page: number; readonly domain: number }
      | { readonly type: "container.marks"; readonly page: number },
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
  context: ({ input }) => input,
  initial: "apart",
  states: { apart: { on: { "lockdown.locks": { target: "locked", actions: locks } } }, locked: {} },
  on: { "host.pinned": {} },
});
