/**
 * Ghost: whether the CPU and the device see the same frame behind one page of guest memory.
 *
 * Models  I-21, B-43 (VFIO facts 3.3): a discard gives the CPU another frame at its next touch, and whoever pinned the
 *         page before keeps the old one; a mapping made from an old pin names the old frame.
 * Omits   which frames: same or not the same is all that matters. The discard of a page that no one holds is invisible.
 */
import { setup } from "xstate";

export const pageView = setup({
  types: {
    events: {} as {
      readonly type: "host.pins" | "translation.maps" | "translation.unmaps" | "host.discards";
      readonly page: number;
    },
  },
}).createMachine({
  id: "page-view",
  initial: "free",
  states: {
    free: { on: { "host.pins": "pinned", "translation.maps": "same", "translation.unmaps": {}, "host.discards": {} } },
    pinned: {
      on: { "host.pins": {}, "translation.maps": "same", "translation.unmaps": {}, "host.discards": "stale" },
    },
    /** Pinned, not mapped, and discarded since. */
    stale: {
      on: { "host.pins": "pinned", "translation.maps": "diverged", "translation.unmaps": {}, "host.discards": {} },
    },
    same: {
      on: { "host.pins": {}, "translation.maps": {}, "translation.unmaps": "free", "host.discards": "diverged" },
    },
    diverged: {
      on: { "host.pins": {}, "translation.maps": {}, "translation.unmaps": "free", "host.discards": {} },
    },
  },
});
