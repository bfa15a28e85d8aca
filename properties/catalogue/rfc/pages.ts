/** LFC, about pages: in which domains each is mapped, by whom it is pinned, and what its bit says. */
import { always } from "../../../checker/property.ts";
import { activeDomains } from "../../../model/machines/linux/vfio/iopf/rfc/iopf-container.ts";
import { tolerancesOf } from "../../../model/systems/studies/rfc-design.ts";
import { built, container, dma, isFree, locks, shownDma, vmm } from "./reads.ts";
import { vfioRule } from "../sources.ts";

export const lfcPages = [
  always({
    id: "LFC-1",
    name: "bit-agrees-with-domains",
    statement:
      "While no thread holds iommu->lock, the bit of a page is set if every domain maps the page, and clear if none does.",
    source: vfioRule("I-10"),
    witness: "LFC-19",
    reads: { dma, container, locks },
    given: {
      "no thread holds a lock": ({ locks: l }) => isFree(l),
      "the page is in a mapping and not pinned": ({ dma: { context: page } }) => page.linked && !page.pinned,
    },
    parts: {
      "each domain maps it if and only if its bit is set": ({ dma: { context: page }, container: c }) =>
        activeDomains(c.context).every((domain) => page.entries[domain] === page.bit),
    },
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-2",
    name: "pinned-range-in-every-domain",
    statement: "A page that DMA_MAP pinned and mapped is mapped in every domain of the container.",
    source: vfioRule("2.2, I-26"),
    witness: "LFC-20",
    reads: { dma, container, locks },
    given: {
      "no thread holds a lock": ({ locks: l }) => isFree(l),
      "the page is pinned": ({ dma: { context: page } }) => page.pinned,
    },
    parts: {
      "every domain maps it": ({ dma: { context: page }, container: c }) =>
        activeDomains(c.context).every((domain) => page.entries[domain]),
    },
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-3",
    name: "no-mapping-outside-dma",
    statement: "While no thread holds iommu->lock, no domain maps a page outside the mappings of the user.",
    source: vfioRule("I-01"),
    witness: "LFC-19",
    reads: { dma, locks },
    given: {
      "no thread holds a lock": ({ locks: l }) => isFree(l),
      "the page is in no mapping": ({ dma: { context: page } }) => !page.linked,
    },
    parts: { "no domain maps it": ({ dma: { context: page } }) => !page.entries.includes(true) },
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-4",
    name: "one-pin-and-charge",
    statement:
      "A page that is mapped with a pin is pinned and charged once; any other page is neither pinned nor charged.",
    source: vfioRule("I-04, I-05, I-06"),
    witness: "LFC-19",
    reads: { dma, locks },
    given: { "no thread holds a lock": ({ locks: l }) => isFree(l) },
    parts: {
      "its pins are those that the mapping and the fault owe": ({ dma: { context: page } }) =>
        page.pins === (page.pinned || (page.rules.lasting && page.bit) ? 1 : 0),
    },
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-5",
    name: "mapped-page-protected",
    statement: "A page that a domain maps is pinned, or an MMU notifier watches it.",
    source: vfioRule("I-02"),
    witness: "LFC-19",
    reads: { dma, container },
    given: { "a domain maps the page": ({ dma: { context: page } }) => page.entries.includes(true) },
    parts: {
      "it is pinned or watched": ({ dma: { context: page }, container: { context: c } }) => page.pins > 0 || c.watched,
    },
    values: ({ dma: page, container: { context: c } }) => ({ ...shownDma(page), watched: c.watched }),
  }),
  always({
    id: "LFC-6",
    name: "unfaultable-page-mapped",
    statement: "A page on which a device cannot fault is mapped as long as the user may rely on it.",
    source: vfioRule("I-26, I-23; rows 5, 35, 70"),
    witness: "LFC-20",
    reads: { dma, container, vmm, built },
    given: {
      "the VMM has mapped the page": ({ dma: { context: page }, vmm: { context: v } }) =>
        v.mapped.includes(page.rules.page),
    },
    parts: {
      "devices that tolerate no fault have it in their domain": ({
        dma: { context: page },
        container: { context: c },
        vmm: { context: v },
        built: p,
      }) => v.attached.every((one) => tolerancesOf(p.bounds)[one] === "full" || page.entries[c.rules.domainOf[one]!]),
    },
    values: ({ dma: page, vmm: v }) => ({ ...shownDma(page), attached: v.context.attached }),
  }),
] as const;
