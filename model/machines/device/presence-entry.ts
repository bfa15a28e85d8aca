/**
 * The entry of one page in the table by which a device knows what is present: a page request without the IOMMU.
 *
 * Models  VFIO facts 4.4 (VPRI, SOSP 2024): device and software raise a page request themselves, on any platform. Software writes
 *         the entry. The device asks it before each DMA; if the page is absent it reports a fault and holds the DMA. The
 *         IOMMU knows nothing of it, and aborts what it does not translate.
 *         Only the abstract of the paper is stored: that the device asks a table, and in which order software writes it, is
 *         assumed here.
 * Omits   the time between the look at the entry and the DMA, in which a device would have to be waited for.
 */
import { assign, emit, setup } from "xstate";
import { messages, type Origin } from "../../said.ts";

/** Guo et al., "VPRI: Efficient I/O Page Fault Handling via Software-Hardware Co-Design for IaaS Clouds", SOSP 2024. */
export const VPRI: Origin = { of: "VPRI", at: "presence table (assumed)" };

type Access = { readonly device: number; readonly slot: number; readonly page: number; readonly write?: boolean };

export type PresenceEmits =
  | (Access & { readonly type: "access.begins" })
  | { readonly type: "access.absent"; readonly device: number; readonly page: number };

export const presenceEntry = setup({
  types: {
    context: {} as { readonly page: number; readonly present: boolean },
    events: {} as
      (Access & { readonly type: "access.begins" }) | { readonly type: "presence.sets" | "presence.clears" },
    emitted: {} as PresenceEmits,
    input: {} as { page: number },
  },
}).createMachine({
  id: "presence-entry",
  description: "the entry of one page in a device's table of present pages",
  meta: {
    origin: VPRI,
    lane: "page {page} in the device's table of present pages",
    messages: messages<PresenceEmits>({
      "access.begins": "lets device {device} access page {page}",
      "access.absent": "tells device {device} that page {page} is absent",
    }),
  },
  context: ({ input }) => ({ ...input, present: false }),
  on: {
    "access.begins": [
      { guard: ({ context }) => context.present, actions: emit(({ event }) => event) },
      { actions: emit(({ event: { device, page } }) => ({ type: "access.absent", device, page })) },
    ],
    "presence.sets": { actions: assign({ present: true }) },
    "presence.clears": { actions: assign({ present: false }) },
  },
});
