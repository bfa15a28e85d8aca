/** LFC: the life of page faults in a container: enabled, attached, mapped, taken apart, with a fault at any point. */
import { always, canAlways, leadsTo } from "../../../checker/property.ts";
import {
  access,
  ALL,
  canFind,
  container,
  detaches,
  device,
  dmas,
  handler,
  handlers,
  isDetaching,
  isQuiet,
  onMapping,
  reporter,
  trees,
  vfioIn,
  vmm,
  where,
} from "./reads.ts";
import { lfcWitnesses } from "./witnesses.ts";
import { vfioRule } from "../sources.ts";
import { lfcPages } from "./pages.ts";

export const lfc = [
  ...lfcPages,
  always({
    id: "LFC-7",
    name: "fault-finds-container",
    statement: "From the attach of its group on, a fault on a mapped page finds the container of its device.",
    source: vfioRule("I-29; D-10"),
    witness: "LFC-21",
    reads: { reporter, container, trees, dmas, detaches },
    given: {
      "the reporter looks for the device": ({ reporter: { state } }) => state === "finding",
      "its group is in the container and stays": ({
        reporter: { context: r },
        container: { context: c },
        detaches: d,
      }) => c.groups.includes(r.rules.device) && !isDetaching(d, r.rules.device),
      "a mapping has the page": ({ reporter: { context: r }, dmas: pages }) =>
        onMapping(pages, r.page)?.linked === true,
    },
    parts: {
      "the device can be found": ({ reporter: { context: r }, container: { context: c }, trees: t }) =>
        canFind(t, c, r.rules.device),
    },
    values: ({ reporter: r, container: { context: c }, trees: t }) => ({
      [r.name]: r.state,
      "attached groups": c.groups,
      nodes: t.flatMap(({ context }) => context.nodes),
    }),
  }),
  always({
    id: "LFC-8",
    name: "no-aborted-reliable-access",
    statement: "No access that the user may rely on is aborted.",
    source: vfioRule("I-29, I-33"),
    witness: "LFC-23",
    reads: { access },
    given: { "an access is aborted": ({ access: a }) => a.state === "aborted" },
    parts: { "it was not legal": ({ access: a }) => !a.context.legal },
  }),
  always({
    id: "LFC-9",
    name: "no-freed-container-used",
    statement: "No handler follows a pointer to a freed node or container.",
    source: vfioRule("I-30; D-11"),
    witness: "LFC-22",
    reads: { handler },
    holds: ({ handler: h }) => !h.context.touched,
  }),
  always({
    id: "LFC-10",
    name: "detach-stops-handler",
    statement: "When a group has left the container, no handler is registered for it and none runs.",
    source: vfioRule("I-30; D-12"),
    witness: "LFC-22",
    reads: { device, container, vmm, detaches, handlers },
    given: {
      "no ioctl and no detach runs": ({ vmm: v, detaches: g }) => isQuiet(v, g),
      "the group has left the container": ({ device: { context: d }, container: { context: c } }) =>
        !c.groups.includes(d.device),
    },
    parts: {
      "VFIO is not its handler": ({ device: { context: d } }) => d.handler !== "vfio",
      "no handler works for it": ({ device: { context: d }, handlers: h }) =>
        h.every(({ state, context }) => context.rules.device !== d.device || state === "idle"),
    },
    values: ({ device: { context: d }, container: { context: c } }) => ({
      handler: d.handler,
      pending: d.pending,
      "attached groups": c.groups,
    }),
  }),
  always({
    id: "LFC-11",
    name: "no-uninitialised-use",
    statement: "No container, node or bitmap is used before it was initialised.",
    source: vfioRule("D-13; B-37"),
    witness: "LFC-19",
    reads: { handler, reporter },
    parts: {
      "the handler uses nothing before it was initialised": ({ handler: h }) => !h.context.nullUse,
      "the reporter uses nothing before it was initialised": ({ reporter: r }) => !r.context.nullUse,
    },
  }),
  always({
    id: "LFC-12",
    name: "others-feature-stays",
    statement: "What another user has enabled for a device (IOMMU_DEV_FEAT_IOPF, a fault handler) stays enabled.",
    source: vfioRule("I-32"),
    witness: "LFC-19",
    reads: { device },
    holds: ({ device: { context: d } }) => !d.robbed,
  }),
  always({
    id: "LFC-13",
    name: "enable-all-or-none",
    statement: "After ENABLE, either every capable device of the container is enabled, or none is.",
    source: vfioRule("I-32; D-28"),
    witness: "LFC-24",
    applies: where(({ enabledBy }) => enabledBy === "ioctl"),
    reads: { device, container, vmm, detaches },
    given: {
      "no ioctl and no detach runs": ({ vmm: v, detaches: g }) => isQuiet(v, g),
      "the group is in the container": ({ device: { context: d }, container: { context: c } }) =>
        c.groups.includes(d.device),
    },
    parts: {
      "VFIO handles its faults if and only if they are enabled": ({
        device: { context: d },
        container: { context: c },
      }) => vfioIn(d) === (c.enabled && c.ready.includes(d.device)),
    },
    values: ({ device: { context: d }, container: { context: c } }) => ({
      feature: d.feature,
      handler: d.handler,
      enabled: c.enabled,
      "enabled devices": c.ready,
    }),
  }),
  always({
    id: "LFC-14",
    name: "only-pending-faults-answered",
    statement: "Only a pending fault is answered.",
    source: vfioRule("I-27; D-26"),
    witness: "LFC-19",
    reads: { access },
    holds: ({ access: a }) => !a.context.unexpected,
  }),
  always({
    id: "LFC-15",
    name: "success-page-in-domain",
    statement: "A handler that will respond Success has the page mapped in the domain of its device.",
    source: vfioRule("I-28; D-09"),
    witness: "LFC-19",
    reads: { handler, dmas, container },
    given: {
      "the handler ends with Success": ({ handler: { state, context: h } }) =>
        state === "unlocking" && h.code === "success",
      "the group is in the container": ({ handler: { context: h }, container: { context: c } }) =>
        c.groups.includes(h.rules.device),
    },
    parts: {
      "the domain of the device maps the page": ({ handler: { context: h }, dmas: pages, container: { context: c } }) =>
        onMapping(pages, h.page)?.entries[c.rules.domainOf[h.rules.device]!] === true,
    },
    values: ({ handler: { context: h }, dmas: pages }) => ({
      device: h.rules.device,
      page: h.page,
      "entries by domain": onMapping(pages, h.page)?.entries ?? [],
    }),
  }),
  leadsTo({
    id: "LFC-16",
    name: "fault-answered",
    statement:
      "A fault that stalls a device is answered if all threads and devices keep running, and the locks are fair.",
    source: vfioRule("I-34, I-38"),
    witness: "LFC-25",
    reads: { access },
    when: ({ access: a }) => a.state === "stalled",
    eventually: ({ access: a }) => a.state !== "stalled",
    assumes: ALL,
  }),
  leadsTo({
    id: "LFC-17",
    name: "ioctl-returns",
    statement: "Every ioctl returns if all threads and devices keep running, whatever faults arrive.",
    source: vfioRule("I-38, I-30"),
    witness: "LFC-22",
    reads: { vmm },
    when: ({ vmm: v }) => v.state !== "idle",
    eventually: ({ vmm: v }) => v.state === "idle",
    assumes: ALL,
  }),
  leadsTo({
    id: "LFC-18",
    name: "access-ends",
    statement: "An access that the user may rely on ends if all threads and devices keep running.",
    source: vfioRule("I-33; D-09"),
    witness: "LFC-25",
    reads: { access },
    when: ({ access: a }) => a.context.legal,
    eventually: ({ access: a }) => !a.context.legal || a.state === "idle",
    assumes: ALL,
  }),
  canAlways({
    id: "LFC-28",
    name: "container-can-empty",
    statement: "The container can always lose all its groups with nothing under way.",
    source: vfioRule("I-38, I-30"),
    witness: "LFC-22",
    reads: { vmm, container, handlers },
    parts: {
      "the VMM is idle": ({ vmm: v }) => v.state === "idle",
      "the container has no group": ({ container: { context: c } }) => c.groups.length === 0,
      "every handler is idle": ({ handlers: h }) => h.every(({ state }) => state === "idle"),
    },
  }),
  always({
    id: "LFC-29",
    name: "enabled-when-ready",
    statement: "A device counts as enabled only when the whole path of its faults is ready.",
    source: vfioRule("rows 43, 45"),
    witness: "LFC-19",
    reads: { device, container, detaches },
    given: {
      "the device counts as ready": ({ device: { context: d }, container: { context: c } }) =>
        c.ready.includes(d.device),
      "it is not being detached": ({ device: { context: d }, detaches: g }) => !isDetaching(g, d.device),
    },
    parts: {
      "VFIO has enabled its feature": ({ device: { context: d } }) => d.feature === "vfio",
      "VFIO is its handler": ({ device: { context: d } }) => d.handler === "vfio",
    },
    values: ({ device: { context: d }, container: { context: c } }) => ({
      feature: d.feature,
      handler: d.handler,
      "enabled devices": c.ready,
    }),
  }),
  ...lfcWitnesses,
] as const;
