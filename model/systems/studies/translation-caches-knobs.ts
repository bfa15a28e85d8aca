/** The knobs of the focused model `translation-caches`: what each choice of its designs means. */
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { DeviceDefect } from "../../machines/device/caching-device.ts";
import type { EDIT_ORDERS, TABLE_FREES, TranslationCachesDesign } from "./translation-caches-design.ts";

const { implicitInvOnPR, upgradeWithoutInv, negCaching, atcNegCache, atcInvTimeout, atcInvTimeoutPolicy, httu } =
  hardwareKnobs;

export const translationCachesKnobs: KnobTable<TranslationCachesDesign> = {
  implicitInvOnPR,
  upgradeWithoutInv,
  negCaching,
  atcNegCache,
  atcInvTimeout,
  atcInvTimeoutPolicy,
  httu,
  editOrder: {
    id: "I7",
    values: choice({
      ordered: "Write the entry, invalidate the IOTLB, then the ATC, and wait for both.",
      "no-iotlb": "The IOTLB is not invalidated (deliberate defect).",
      "no-atc": "The ATC is not invalidated (deliberate defect).",
      "atc-first": "The ATC is invalidated first, and refills from the IOTLB (deliberate defect).",
      "table-last": "The caches are invalidated before the entry is written (deliberate defect).",
      "no-wait": "The ATC invalidation is sent, and nothing waits for it (deliberate defect).",
    } satisfies { readonly [value in keyof typeof EDIT_ORDERS]: string }),
    sentence: "The order of the steps that change a page table entry and invalidate it.",
  },
  tableFree: {
    id: "B44",
    values: choice({
      kept: "The page stays in the page table.",
      "after-flush": "Unlink the page, flush the walk caches, then free it.",
      "before-flush": "The page is freed before the walk caches are flushed (deliberate defect).",
      "no-flush": "The page is freed and the walk caches are not flushed (deliberate defect).",
    } satisfies { readonly [value in keyof typeof TABLE_FREES]: string }),
    sentence: "What happens to a page of the page table that has no entries any more.",
  },
  invalidatesNew: {
    id: "I2",
    values: { kind: "flag" },
    sentence: "Whether a first mapping is invalidated too, as caches that keep 'not present' require.",
  },
  atcDefect: {
    id: "H12",
    values: choice({
      none: "It does nothing wrong.",
      "completes-early": "It completes before writes that were posted earlier have arrived.",
      "fill-survives": "It keeps a translation that was in flight.",
      "keeps-entry": "It completes and keeps the entry.",
      "never-arrives": "An access that it has issued never completes.",
    } satisfies { readonly [value in DeviceDefect]: string }),
    sentence: "What the device does wrong when its ATC is invalidated.",
  },
  atsGrants: {
    id: "H31",
    values: choice({
      exactly: "It grants what the entry permits.",
      "too-much": "It grants writing to a page that is mapped for reading (hardware defect).",
    }),
    sentence: "What the IOMMU grants to a translation request of the device.",
  },
};
