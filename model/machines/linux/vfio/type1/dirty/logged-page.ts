/**
 * One page in the dirty log of a container: its bit, whether the IOMMU maps it, and, as ghost state, whether it was written
 * since it was last reported.
 *
 * Models  One bit of vfio_dma.bitmap (VFIO facts 2.5). A write before a report begins must be in that report, because user
 *         space reads the page after it.
 * Omits   Contents; pages smaller or larger than a bit.
 */
import { assign, setup } from "xstate";
import { linux } from "../../../../../said.ts";

export interface LoggedPageContext {
  readonly page: number;
  readonly mapping: number;
  /** The IOMMU has an entry. */
  readonly entry: boolean;
  readonly bit: boolean;
  /** Ghost: the log is on, so that writes count. */
  readonly logged: boolean;
  /** Ghost: written; `before`: before the report in progress began. */
  readonly owed: "nothing" | "since" | "before";
  /** It is in the report that is in progress. */
  readonly reported: boolean;
  /** Ghost: a report ended without this page, which was written before. */
  readonly missed: boolean;
}

const s = setup({
  types: {
    context: {} as LoggedPageContext,
    events: {} as
      | { readonly type: "page.maps" | "page.unmaps" | "page.marks" | "page.clears" }
      | { readonly type: "page.logs"; readonly on: boolean }
      | { readonly type: "page.report-begins" | "page.reports" | "page.report-ends" | "page.leaves" }
      /** Through an entry of the IOMMU; or without one, by a CPU or by a device whose driver has pinned the page. */
      | { readonly type: "page.written"; readonly through: "entry" | "pin" },
    input: {} as { page: number; mapping: number },
  },
  guards: {
    isReachable: ({ context: { entry, logged }, event }) =>
      logged && event.type === "page.written" && (event.through === "pin" || entry),
  },
});

export const loggedPage = s.createMachine({
  id: "logged-page",
  description: "one page in the dirty log",
  meta: {
    origin: linux("drivers/vfio/vfio_iommu_type1.c", "vfio_dma_populate_bitmap"),
    lane: "page {page} in vfio_dma.bitmap",
  },
  context: ({ input }) => ({
    ...input,
    entry: false,
    bit: false,
    logged: false,
    owed: "nothing",
    reported: false,
    missed: false,
  }),
  on: {
    "page.maps": { actions: assign({ entry: true }) },
    "page.unmaps": { actions: assign({ entry: false }) },
    "page.marks": { actions: assign({ bit: true }) },
    "page.clears": { actions: assign({ bit: false }) },
    "page.logs": { actions: assign({ logged: ({ event }) => event.on, owed: "nothing" }) },
    "page.written": [
      {
        guard: "isReachable",
        actions: assign({ owed: ({ context }) => (context.owed === "before" ? "before" : "since") }),
      },
      { actions: [] },
    ],
    "page.report-begins": {
      actions: assign({ owed: ({ context }) => (context.owed === "nothing" ? "nothing" : "before") }),
    },
    "page.reports": {
      actions: assign({
        reported: ({ context }) => context.bit,
        owed: ({ context: { bit, owed } }) => (bit && owed === "before" ? "nothing" : owed),
      }),
    },
    /** GET returns: a write before it that is not in it is lost to a migration. */
    "page.report-ends": {
      actions: assign({
        missed: ({ context: { missed, owed } }) => missed || owed === "before",
        owed: ({ context: { owed } }) => (owed === "before" ? "nothing" : owed),
        reported: false,
      }),
    },
    /** Its mapping is removed: each write until then must be in the report. */
    "page.leaves": {
      actions: assign({
        missed: ({ context: { missed, owed, reported } }) => missed || (owed !== "nothing" && !reported),
        owed: "nothing",
        reported: false,
      }),
    },
  },
});
