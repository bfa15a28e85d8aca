/** LFC: the life of page faults in a container: enabled, attached, mapped, taken apart, with a fault at any point. */
import { always, canAlways, leadsTo } from "../../../checker/property.ts";
import { activeDomains } from "../../../model/machines/linux/vfio/iopf/rfc/iopf-container.ts";
import { tolerancesOf } from "../../../model/systems/studies/rfc-design.ts";
import {
  access,
  ALL,
  built,
  canFind,
  container,
  detaches,
  device,
  dma,
  dmas,
  handler,
  handlers,
  isDetaching,
  isFree,
  isQuiet,
  locks,
  onMapping,
  reporter,
  shownDma,
  trees,
  vfioIn,
  vmm,
  where,
} from "./reads.ts";
import { lfcWitnesses } from "./witnesses.ts";
import { vfioRule } from "../sources.ts";

export const lfc = [
  always({
    id: "LFC-1",
    statement:
      "While nobody holds the container's lock, the bit of a page says whether it is mapped in every domain, or in none.",
    source: vfioRule("I-10"),
    witness: "LFC-19",
    reads: { dma, container, locks },
    holds: ({ dma: { context: page }, container: c, locks: l }) =>
      !isFree(l) ||
      !page.linked ||
      page.pinned ||
      activeDomains(c.context).every((domain) => page.entries[domain] === page.bit),
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-2",
    statement: "A page that was pinned and mapped as a whole is mapped in every domain of the container.",
    source: vfioRule("2.2, I-26"),
    witness: "LFC-20",
    reads: { dma, container, locks },
    holds: ({ dma: { context: page }, container: c, locks: l }) =>
      !isFree(l) || !page.pinned || activeDomains(c.context).every((domain) => page.entries[domain]),
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-3",
    statement: "No domain maps a page that is in no mapping of the user, while nobody holds the container's lock.",
    source: vfioRule("I-01"),
    witness: "LFC-19",
    reads: { dma, locks },
    holds: ({ dma: { context: page }, locks: l }) => !isFree(l) || page.linked || !page.entries.includes(true),
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-4",
    statement: "A page is pinned and charged once if it is mapped with a pin, and else not at all.",
    source: vfioRule("I-04, I-05, I-06"),
    witness: "LFC-19",
    reads: { dma, locks },
    holds: ({ dma: { context: page }, locks: l }) =>
      !isFree(l) || page.pins === (page.pinned || (page.rules.lasting && page.bit) ? 1 : 0),
    values: ({ dma: page }) => shownDma(page),
  }),
  always({
    id: "LFC-5",
    statement: "What a domain maps is pinned, or an MMU notifier watches it.",
    source: vfioRule("I-02"),
    witness: "LFC-19",
    reads: { dma, container },
    holds: ({ dma: { context: page }, container: { context: c } }) =>
      !page.entries.includes(true) || page.pins > 0 || c.watched,
    values: ({ dma: page, container: { context: c } }) => ({ ...shownDma(page), watched: c.watched }),
  }),
  always({
    id: "LFC-6",
    statement: "What a device cannot have faulted is mapped for it as long as the user may rely on it.",
    source: vfioRule("I-26, I-23; rows 5, 35, 70"),
    witness: "LFC-20",
    reads: { dma, container, vmm, built },
    holds: ({ dma: { context: page }, container: { context: c }, vmm: { context: v }, built: p }) =>
      !v.mapped.includes(page.rules.page) ||
      v.attached.every((one) => tolerancesOf(p.bounds)[one] === "full" || page.entries[c.rules.domainOf[one]!]),
    values: ({ dma: page, vmm: v }) => ({ ...shownDma(page), attached: v.context.attached }),
  }),
  always({
    id: "LFC-7",
    statement: "A fault on a page that is mapped finds the container of its device as soon as the group is attached.",
    source: vfioRule("I-29; D-10"),
    witness: "LFC-21",
    reads: { reporter, container, trees, dmas, detaches },
    holds: ({ reporter: { state, context: r }, container: { context: c }, trees: t, dmas: pages, detaches: d }) =>
      state !== "finding" ||
      !c.groups.includes(r.rules.device) ||
      isDetaching(d, r.rules.device) ||
      onMapping(pages, r.page)?.linked !== true ||
      canFind(t, c, r.rules.device),
    values: ({ reporter: r, container: { context: c }, trees: t }) => ({
      [r.name]: r.state,
      "attached groups": c.groups,
      nodes: t.flatMap(({ context }) => context.nodes),
    }),
  }),
  always({
    id: "LFC-8",
    statement: "No access is aborted on which the user may rely.",
    source: vfioRule("I-29, I-33"),
    witness: "LFC-23",
    reads: { access },
    holds: ({ access: a }) => a.state !== "aborted" || !a.context.legal,
  }),
  always({
    id: "LFC-9",
    statement: "No handler follows a pointer to a node or a container that was freed.",
    source: vfioRule("I-30; D-11"),
    witness: "LFC-22",
    reads: { handler },
    holds: ({ handler: h }) => !h.context.touched,
  }),
  always({
    id: "LFC-10",
    statement: "When a group is out of the container, no handler is registered for it and none runs.",
    source: vfioRule("I-30; D-12"),
    witness: "LFC-22",
    reads: { device, container, vmm, detaches, handlers },
    holds: ({ device: { context: d }, container: { context: c }, vmm: v, detaches: g, handlers: h }) =>
      !isQuiet(v, g) ||
      c.groups.includes(d.device) ||
      (d.handler !== "vfio" && h.every(({ state, context }) => context.rules.device !== d.device || state === "idle")),
    values: ({ device: { context: d }, container: { context: c } }) => ({
      handler: d.handler,
      pending: d.pending,
      "attached groups": c.groups,
    }),
  }),
  always({
    id: "LFC-11",
    statement: "Nothing that is not there yet is used: a container that was not filled in, a bitmap that never was.",
    source: vfioRule("D-13; B-37"),
    witness: "LFC-19",
    reads: { handler, reporter },
    holds: ({ handler: h, reporter: r }) => !h.context.nullUse && !r.context.nullUse,
  }),
  always({
    id: "LFC-12",
    statement: "What somebody else had enabled stays enabled.",
    source: vfioRule("I-32"),
    witness: "LFC-19",
    reads: { device },
    holds: ({ device: { context: d } }) => !d.robbed,
  }),
  always({
    id: "LFC-13",
    statement: "After ENABLE either every device of the container that can be is enabled, or none.",
    source: vfioRule("I-32; D-28"),
    witness: "LFC-24",
    applies: where(({ enabledBy }) => enabledBy === "ioctl"),
    reads: { device, container, vmm, detaches },
    holds: ({ device: { context: d }, container: { context: c }, vmm: v, detaches: g }) =>
      !isQuiet(v, g) || !c.groups.includes(d.device) || vfioIn(d) === (c.enabled && c.ready.includes(d.device)),
    values: ({ device: { context: d }, container: { context: c } }) => ({
      feature: d.feature,
      handler: d.handler,
      enabled: c.enabled,
      "enabled devices": c.ready,
    }),
  }),
  always({
    id: "LFC-14",
    statement: "Only a fault that waits is answered.",
    source: vfioRule("I-27; D-26"),
    witness: "LFC-19",
    reads: { access },
    holds: ({ access: a }) => !a.context.unexpected,
  }),
  always({
    id: "LFC-15",
    statement: "A handler that will answer SUCCESS has the page mapped in the domain of its device.",
    source: vfioRule("I-28; D-09"),
    witness: "LFC-19",
    reads: { handler, dmas, container },
    holds: ({ handler: { state, context: h }, dmas: pages, container: { context: c } }) =>
      state !== "unlocking" ||
      h.code !== "success" ||
      !c.groups.includes(h.rules.device) ||
      onMapping(pages, h.page)?.entries[c.rules.domainOf[h.rules.device]!] === true,
    values: ({ handler: { context: h }, dmas: pages }) => ({
      device: h.rules.device,
      page: h.page,
      "entries by domain": onMapping(pages, h.page)?.entries ?? [],
    }),
  }),
  leadsTo({
    id: "LFC-16",
    statement: "A fault that stalls a device is answered if everybody goes on and locks are handed on in turn.",
    source: vfioRule("I-34, I-38"),
    witness: "LFC-25",
    reads: { access },
    when: ({ access: a }) => a.state === "stalled",
    eventually: ({ access: a }) => a.state !== "stalled",
    assumes: ALL,
  }),
  leadsTo({
    id: "LFC-17",
    statement: "Every ioctl returns if everybody goes on, whatever faults come.",
    source: vfioRule("I-38, I-30"),
    witness: "LFC-22",
    reads: { vmm },
    when: ({ vmm: v }) => v.state !== "idle",
    eventually: ({ vmm: v }) => v.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "LFC-18",
    statement: "An access on which the user may rely comes to its end if everybody goes on.",
    source: vfioRule("I-33; D-09"),
    witness: "LFC-25",
    reads: { access },
    when: ({ access: a }) => a.context.legal,
    eventually: ({ access: a }) => !a.context.legal || a.state === "idle",
    assumes: ALL,
  }),
  canAlways({
    id: "LFC-28",
    statement: "The container can always be taken apart: no group in it, and nothing under way.",
    source: vfioRule("I-38, I-30"),
    witness: "LFC-22",
    reads: { vmm, container, handlers },
    holds: ({ vmm: v, container: { context: c }, handlers: h }) =>
      v.state === "idle" && c.groups.length === 0 && h.every(({ state }) => state === "idle"),
  }),
  always({
    id: "LFC-29",
    statement: "A device counts as enabled only when the whole way of its faults is ready.",
    source: vfioRule("rows 43, 45"),
    witness: "LFC-19",
    reads: { device, container, detaches },
    holds: ({ device: { context: d }, container: { context: c }, detaches: g }) =>
      !c.ready.includes(d.device) || isDetaching(g, d.device) || (d.feature === "vfio" && d.handler === "vfio"),
    values: ({ device: { context: d }, container: { context: c } }) => ({
      feature: d.feature,
      handler: d.handler,
      "enabled devices": c.ready,
    }),
  }),
  ...lfcWitnesses,
] as const;
