/** MAP: the bitmap of faulted-in pages against the page tables. */
import { always, canAlways, each, optional, sometimes } from "../../../checker/property.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import type { ContainerContext } from "../../../model/machines/linux/vfio/type1/container.ts";
import { vfioRule } from "../sources.ts";
import { releases, where } from "../parameters.ts";

const container = each<ContainerContext>("container");
const translation = each<TranslationContext>("translation");
const lock = each("container-lock");
const release = each("page-release");
const workers = optional("fault-resolver");
const inHand = (states: readonly { state: string }[]): boolean =>
  states.some(({ state }) => ["mapping", "marking"].includes(state));

export const map = [
  always({
    id: "MAP-1",
    name: "bit-equals-mapping",
    statement: "While no thread holds iommu->lock, the bit of a page is set if and only if every domain maps the page.",
    source: vfioRule("I-10"),
    witness: "MAP-4",
    reads: { container, translation, lock, release, workers },
    given: {
      "no thread holds iommu->lock": ({ lock: l }) => l.state !== "held",
      "no page is being released": ({ release: r }) => r.state === "idle",
      "no handler maps or sets a bit": ({ workers: w }) => !inHand(w),
    },
    parts: {
      "the bit is set if and only if the page is mapped": ({ container: c, translation: t }) =>
        c.context.mapped.includes(t.context.page) === t.context.present,
    },
    values: ({ container: c, translation: t }) => ({
      bitmap: [...c.context.mapped],
      [`${t.name} present`]: t.context.present,
    }),
  }),
  always({
    id: "MAP-2",
    name: "bits-inside-regions",
    statement: "While no thread holds iommu->lock, bits are set only inside mapped regions.",
    source: vfioRule("I-11"),
    witness: "MAP-4",
    reads: { container, lock, workers },
    given: {
      "no thread holds iommu->lock": ({ lock: l }) => l.state !== "held",
      "no handler maps or sets a bit": ({ workers: w }) => !inHand(w),
    },
    parts: {
      "every bit is inside a mapped region": ({ container: c }) =>
        c.context.mapped.every((page) => c.context.linked.includes(c.context.regionOf[page]!)),
    },
    values: ({ container: c }) => ({ bitmap: [...c.context.mapped], linked: [...c.context.linked] }),
  }),
  always({
    id: "MAP-3",
    name: "lru-page-once",
    statement: "A page is at most once in the list of least recently mapped pages.",
    source: vfioRule("I-18"),
    witness: "MAP-4",
    reads: { container },
    holds: ({ container: c }) => new Set(c.context.mapped).size === c.context.mapped.length,
    values: ({ container: c }) => ({ mapped: [...c.context.mapped] }),
  }),
  sometimes({
    id: "MAP-4",
    name: "fault-maps-page",
    statement: "A fault has mapped a page and set its bit.",
    source: vfioRule("F9"),
    reads: { container },
    holds: ({ container: c }) => c.context.mapped.length > 0,
  }),
  canAlways({
    id: "MAP-5",
    name: "page-can-be-mapped-again",
    statement: "A fault can always map a page again.",
    source: vfioRule("I-33"),
    witness: "MAP-4",
    applies: where(releases),
    reads: { workers },
    holds: ({ workers: w }) => w.some(({ state }) => state === "marking"),
  }),
  always({
    id: "MAP-6",
    name: "region-linked-once",
    statement: "A region is linked at most once.",
    source: vfioRule("I-09"),
    witness: "MAP-4",
    reads: { container },
    holds: ({ container: c }) => new Set(c.context.linked).size === c.context.linked.length,
  }),
] as const;
