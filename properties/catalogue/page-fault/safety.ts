/** SAFE: no device reaches a page that the host may take away. */
import { always, each, sometimes, type Seen } from "../../../checker/property.ts";
import type { AtcEntryContext } from "../../../model/machines/device/atc-entry.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import type { PageReleaseContext } from "../../../model/machines/linux/vfio/type1/page-release.ts";
import { hardwareRule, vfioRule } from "../sources.ts";
import { releases, releasesDuringDma, where } from "../parameters.ts";

const page = each<HostPageContext>("host-page");
const translation = each<TranslationContext>("translation");
const entry = each<AtcEntryContext>("atc-entry");
const release = each<PageReleaseContext>("page-release");

/** DMA in flight to the page, through whichever cache. */
const inFlight = (cache: { readonly users: number }): boolean => cache.users > 0;
const aboutToUnpin = ({ state, context: { steps, done } }: Seen<PageReleaseContext>): boolean =>
  state === "releasing" && steps[done] === "unpin";
const shown = ({ present, cached, users }: TranslationContext) => ({ present, cached, users });

export const safe = [
  always({
    id: "SAFE-1",
    name: "no-dma-to-unpinned-page",
    statement: "No untranslated DMA is in flight to a page that is not pinned.",
    source: hardwareRule("S1, S2"),
    witness: "SAFE-10",
    applies: where(({ hardware }) => hardware.ats === "off"),
    reads: { translation, page },
    given: {
      "both are the same page": ({ translation: t, page: p }) => t.context.page === p.context.page,
      "DMA is in flight to it": ({ translation: t }) => inFlight(t.context),
    },
    parts: { "it is pinned": ({ page: p }) => p.context.pins > 0 },
    values: ({ translation: t, page: p }) => ({ [t.name]: shown(t.context), [`pins of ${p.name}`]: p.context.pins }),
  }),
  always({
    id: "SAFE-2",
    name: "no-atc-dma-to-unpinned-page",
    statement: "No DMA that uses a translation from the ATC is in flight to a page that is not pinned.",
    source: hardwareRule("S1, S2"),
    witness: "SAFE-11",
    reads: { entry, page },
    given: {
      "both are the same page": ({ entry: e, page: p }) => e.context.page === p.context.page,
      "DMA is in flight to it through the ATC": ({ entry: e }) => inFlight(e.context),
    },
    parts: { "it is pinned": ({ page: p }) => p.context.pins > 0 },
    values: ({ entry: e, page: p }) => ({
      [`accesses of ${e.name}`]: e.context.users,
      [`pins of ${p.name}`]: p.context.pins,
    }),
  }),
  always({
    id: "SAFE-3",
    name: "translated-page-pinned",
    statement: "A page that the IOMMU translates, from its page tables or its IOTLB, is pinned.",
    source: vfioRule("I-02"),
    witness: "SAFE-12",
    reads: { translation, page },
    given: {
      "both are the same page": ({ translation: t, page: p }) => t.context.page === p.context.page,
      "the page tables or the IOTLB translate it": ({ translation: t }) => t.context.present || t.context.cached,
    },
    parts: { "it is pinned": ({ page: p }) => p.context.pins > 0 },
    values: ({ translation: t, page: p }) => ({ [t.name]: shown(t.context), [`pins of ${p.name}`]: p.context.pins }),
  }),
  always({
    id: "SAFE-4",
    name: "atc-page-pinned",
    statement: "A page that a device has in its ATC is pinned.",
    source: vfioRule("I-01, I-03"),
    witness: "SAFE-11",
    reads: { entry, page },
    given: {
      "both are the same page": ({ entry: e, page: p }) => e.context.page === p.context.page,
      "the ATC has it": ({ entry: e }) => e.context.valid,
    },
    parts: { "it is pinned": ({ page: p }) => p.context.pins > 0 },
    values: ({ entry: e, page: p }) => ({
      [`${e.name} valid`]: e.context.valid,
      [`pins of ${p.name}`]: p.context.pins,
    }),
  }),
  always({
    id: "SAFE-5",
    name: "unpin-after-iotlb",
    statement: "When a page is about to be unpinned, no domain and no IOTLB translates it.",
    source: vfioRule("I-03, ordering law of 2.3"),
    witness: "SAFE-13",
    reads: { release, translation },
    given: {
      "both are the same page": ({ release: r, translation: t }) => r.context.page === t.context.page,
      "it is about to be unpinned": ({ release: r }) => aboutToUnpin(r),
    },
    parts: {
      "no page table translates it": ({ translation: t }) => !t.context.present,
      "no IOTLB translates it": ({ translation: t }) => !t.context.cached,
      "no untranslated DMA is in flight to it": ({ translation: t }) => t.context.users === 0,
    },
    values: ({ translation: t }) => ({ [t.name]: shown(t.context) }),
  }),
  always({
    id: "SAFE-6",
    name: "unpin-after-atc",
    statement: "When a page is about to be unpinned, no device has it in its ATC or has an access to it in flight.",
    source: vfioRule("I-03, ordering law of 2.3"),
    witness: "SAFE-13",
    reads: { release, entry },
    given: {
      "both are the same page": ({ release: r, entry: e }) => r.context.page === e.context.page,
      "it is about to be unpinned": ({ release: r }) => aboutToUnpin(r),
    },
    parts: {
      "the ATC does not have it": ({ entry: e }) => !e.context.valid,
      "no access through the ATC is in flight": ({ entry: e }) => e.context.users === 0,
    },
    values: ({ entry: e }) => ({ [e.name]: { valid: e.context.valid, accesses: e.context.users } }),
  }),
  always({
    id: "SAFE-7",
    name: "unmap-leaves-no-translation",
    statement: "When DMA_UNMAP has returned, no page table and no IOTLB translates the region.",
    source: vfioRule("I-01"),
    witness: "PIN-13",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm: each<{ mapped: boolean }>("vmm"), translation },
    given: { "DMA_UNMAP has returned": ({ vmm }) => vmm.state === "idle" && !vmm.context.mapped },
    parts: {
      "no page table translates the page": ({ translation: t }) => !t.context.present,
      "no IOTLB translates it": ({ translation: t }) => !t.context.cached,
    },
    values: ({ translation: t }) => ({ [t.name]: shown(t.context) }),
  }),
  always({
    id: "SAFE-8",
    name: "unmap-leaves-no-atc-entry",
    statement: "When DMA_UNMAP has returned, no device has a translation of the region in its ATC.",
    source: vfioRule("I-01"),
    witness: "PIN-13",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm: each<{ mapped: boolean }>("vmm"), entry },
    given: { "DMA_UNMAP has returned": ({ vmm }) => vmm.state === "idle" && !vmm.context.mapped },
    parts: { "the ATC does not have the page": ({ entry: e }) => !e.context.valid },
    values: ({ entry: e }) => ({ [`${e.name} valid`]: e.context.valid }),
  }),
  always({
    id: "SAFE-9",
    name: "reclaimed-page-unreachable",
    statement: "No translation, and no untranslated DMA in flight, reaches a page that the host has reclaimed.",
    source: hardwareRule("S2"),
    witness: "SAFE-14",
    applies: where(({ bounds }) => bounds.reclaims),
    reads: { translation, page },
    given: {
      "both are the same page": ({ translation: t, page: p }) => t.context.page === p.context.page,
      "the host has reclaimed it": ({ page: p }) => p.state === "reclaimed",
    },
    parts: {
      "no page table translates it": ({ translation: t }) => !t.context.present,
      "no IOTLB translates it": ({ translation: t }) => !t.context.cached,
      "no untranslated DMA is in flight to it": ({ translation: t }) => !inFlight(t.context),
    },
    values: ({ translation: t, page: p }) => ({ [t.name]: shown(t.context), [p.name]: p.state }),
  }),
  sometimes({
    id: "SAFE-10",
    name: "dma-during-release",
    statement: "Untranslated DMA is in flight to a page whose release has begun.",
    source: hardwareRule("I5"),
    applies: where((built) => built.hardware.ats === "off" && releasesDuringDma(built)),
    reads: { release, translation },
    holds: ({ release: r, translation: t }) => r.context.page === t.context.page && inFlight(t.context),
  }),
  sometimes({
    id: "SAFE-11",
    name: "atc-invalidation-waits",
    statement: "An ATC invalidation waits for an access in flight.",
    source: hardwareRule("S5"),
    applies: where(releasesDuringDma),
    reads: { entry },
    holds: ({ entry: e }) => e.context.invalidating,
  }),
  sometimes({
    id: "SAFE-12",
    name: "stale-iotlb-entry",
    statement: "The IOTLB holds a page whose entry was cleared.",
    source: hardwareRule("I1"),
    applies: where(releases),
    reads: { translation },
    holds: ({ translation: t }) => t.context.cached && !t.context.present,
  }),
  sometimes({
    id: "SAFE-13",
    name: "page-about-to-be-unpinned",
    statement: "A page is about to be unpinned.",
    source: vfioRule("U3c2"),
    applies: where((configuration) => releases(configuration) && configuration.host.notifier === "none"),
    reads: { release },
    holds: ({ release: r }) => aboutToUnpin(r),
  }),
  sometimes({
    id: "SAFE-14",
    name: "host-reclaims-page",
    statement: "The host reclaims a page.",
    source: vfioRule("row 1"),
    applies: where(({ bounds }) => bounds.reclaims),
    reads: { page },
    holds: ({ page: p }) => p.state === "reclaimed",
  }),
  sometimes({
    id: "SAFE-15",
    name: "completion-discarded",
    statement: "A translation completion is discarded because an invalidation overtook it.",
    source: hardwareRule("S6"),
    applies: where(
      (built) => releasesDuringDma(built) && (built.bounds.unmaps || built.bounds.devices * built.bounds.slots > 1),
    ),
    reads: { entry },
    holds: ({ entry: e }) => e.context.discarded > 0,
  }),
] as const;
