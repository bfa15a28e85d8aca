/** NTF: memory without lasting pins, kept right by MMU notifiers. */
import { always, each, sometimes } from "../../../checker/property.ts";
import type { AtcEntryContext } from "../../../model/machines/device/atc-entry.ts";
import { framesReached, type TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { MmOperationContext } from "../../../model/machines/linux/mm/notifier/mm-operation.ts";
import type { MmPageContext } from "../../../model/machines/linux/mm/mm-page.ts";
import type { UnpinnedResolverContext } from "../../../model/machines/linux/vfio/iopf/unpinned-resolver.ts";
import { where } from "../parameters.ts";
import { vfioRule } from "../sources.ts";

const page = each<MmPageContext>("mm-page");
const entry = each<AtcEntryContext>("atc-entry");
const translation = each<TranslationContext>("translation");
const resolver = each<UnpinnedResolverContext>("unpinned-resolver");
const reclaim = each<MmOperationContext>("mm-reclaim");

const reaches = (t: TranslationContext): boolean => framesReached(t).length > 0;
const shown = (t: TranslationContext, p: MmPageContext) => ({
  "the device reaches frame": framesReached(t).length > 1 ? framesReached(t) : (framesReached(t)[0] ?? null),
  "live frames": [0, 1].filter((frame) => p.live[frame]),
  "the CPU's frame": p.present ? p.frame : null,
});

export const ntf = [
  always({
    id: "NTF-1",
    name: "no-access-to-freed-frame",
    statement: "The IOMMU reaches no freed frame through its page tables, its IOTLB or untranslated DMA.",
    source: vfioRule("I-02, I-14"),
    witness: "NTF-4",
    reads: { translation, page },
    given: {
      "both are the same page": ({ translation: { context: t }, page: { context: p } }) => t.page === p.page,
    },
    parts: {
      "every frame that the IOMMU reaches is live": ({ translation: { context: t }, page: { context: p } }) =>
        framesReached(t).every((frame) => frame === null || p.live[frame]!),
    },
    values: ({ translation: { context: t }, page: { context: p } }) => shown(t, p),
  }),
  always({
    id: "NTF-2",
    name: "device-sees-cpu-frame",
    statement: "While no invalidation is under way, a device reaches the same frame of a page as the CPU.",
    source: vfioRule("I-21, I-13"),
    witness: "NTF-4",
    reads: { translation, page, reclaim },
    given: {
      "both are the same page": ({ translation: { context: t }, page: { context: p } }) => t.page === p.page,
      "it is not being invalidated": ({ page: { context: p }, reclaim: { context: r } }) => !r.pages.includes(p.page),
    },
    parts: {
      "the device reaches the CPU's frame only": ({ translation: { context: t }, page: { context: p } }) =>
        framesReached(t).every((frame) => p.present && frame === p.frame),
    },
    values: ({ translation: { context: t }, page: { context: p } }) => shown(t, p),
  }),
  sometimes({
    id: "NTF-3",
    name: "host-takes-reached-page",
    statement: "The host takes away a page that a device reaches.",
    source: vfioRule("1.3"),
    reads: { translation, reclaim },
    holds: ({ translation: { context: t }, reclaim: { context: r } }) => r.pages.includes(t.page) && reaches(t),
  }),
  sometimes({
    id: "NTF-4",
    name: "unpinned-page-reached",
    statement: "A device reaches a page that is not pinned.",
    source: vfioRule("rows 16, 25"),
    reads: { translation, page },
    holds: ({ translation: { context: t }, page: { context: p } }) => t.page === p.page && reaches(t) && p.pins === 0,
  }),
  sometimes({
    id: "NTF-5",
    name: "handler-starts-over",
    statement: "A handler starts over because an invalidation began in the meantime.",
    source: vfioRule("I-14"),
    applies: where(({ host }) => host.notifier === "sequence-retry"),
    reads: { resolver },
    holds: ({ resolver: r }) => r.state === "retrying",
  }),
  sometimes({
    id: "NTF-6",
    name: "handler-reclaims",
    statement: "A handler reclaims another page while it gets its own.",
    source: vfioRule("D-06"),
    applies: where(({ bounds }) => bounds.pages > 1),
    reads: { resolver },
    holds: ({ resolver: r }) => r.state === "reclaiming",
  }),
  always({
    id: "NTF-7",
    name: "transient-pin-ends",
    statement: "A transient pin ends with the handler that took it.",
    source: vfioRule("I-04"),
    witness: "NTF-4",
    applies: where(({ host }) => host.workers === 1),
    reads: { page, resolver },
    given: { "the handler is idle": ({ resolver: r }) => r.state === "idle" },
    parts: { "the page is not pinned": ({ page: p }) => p.context.pins === 0 },
    values: ({ page: p }) => ({ [`pins of ${p.name}`]: p.context.pins }),
  }),
  always({
    id: "NTF-8",
    name: "no-atc-access-to-freed-frame",
    statement: "No device reaches a freed frame through its ATC.",
    source: vfioRule("I-02, I-14"),
    witness: "NTF-4",
    reads: { entry, page },
    given: {
      "both are the same page": ({ entry: { context: e }, page: { context: p } }) => e.page === p.page,
      "the ATC names a frame of it": ({ entry: { context: e } }) => e.frame !== null,
      "the entry is valid or in use": ({ entry: { context: e } }) => e.valid || e.users > 0,
    },
    parts: {
      "that frame is live": ({ entry: { context: e }, page: { context: p } }) => e.frame === null || p.live[e.frame]!,
    },
    values: ({ entry: { context: e }, page: { context: p } }) => ({
      "the cache names frame": e.frame,
      "live frames": [0, 1].filter((frame) => p.live[frame]),
    }),
  }),
] as const;
