/**
 * Ghost: whether the CPU and the device see the same frame behind one page of guest memory.
 *
 * Models  VFIO facts 3.3; I-21 (CPU and device see the same memory), B-43 (virtio-mem and a balloon against VFIO). A discard
 *         gives the CPU another frame at its next touch, and an earlier pin keeps the old frame; a mapping made from an old
 *         pin names the old frame.
 * Omits   The frames themselves, which mm-page.ts has: only whether they are the same matters. The discard of a page that is
 *         neither pinned nor mapped changes nothing.
 */
import { setup } from "xstate";
import { linux } from "../../../said.ts";

export const pageView = setup({
  types: {
    events: {} as {
      readonly type: "host.pins" | "translation.maps" | "translation.unmaps" | "host.discards";
      readonly page: number;
    },
  },
}).createMachine({
  id: "page-view",
  description: "whether CPU and device see the same frame",
  meta: {
    origin: linux("mm/madvise.c", "madvise_dontneed_single_vma"),
    lane: "CPU and device at one page",
  },
  initial: "free",
  states: {
    free: {
      description: "the page is neither pinned nor mapped",
      on: { "host.pins": "pinned", "translation.maps": "same", "translation.unmaps": {}, "host.discards": {} },
    },
    pinned: {
      description: "the page is pinned and not mapped",
      on: { "host.pins": {}, "translation.maps": "same", "translation.unmaps": {}, "host.discards": "stale" },
    },
    stale: {
      description: "the page is pinned, not mapped, and was discarded since",
      on: { "host.pins": "pinned", "translation.maps": "diverged", "translation.unmaps": {}, "host.discards": {} },
    },
    same: {
      description: "the device maps the frame that the CPU sees",
      on: { "host.pins": {}, "translation.maps": {}, "translation.unmaps": "free", "host.discards": "diverged" },
    },
    diverged: {
      description: "the device maps a frame that the CPU no longer sees",
      on: { "host.pins": {}, "translation.maps": {}, "translation.unmaps": "free", "host.discards": {} },
    },
  },
});
