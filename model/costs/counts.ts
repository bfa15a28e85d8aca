/**
 * What can be counted in a system, by name: which messages stand for it, and where each comes from. A count exists in a
 * system that has one of its messages.
 */
import type { Counted } from "../../checker/measure/counted.ts";
import { stepNames, type MessagePattern } from "../../checker/measure/pattern.ts";
import type { System } from "../../checker/system.ts";

/** A message that is one of what is counted. */
interface Sign {
  readonly message: MessagePattern;
  /** What it is in the real system. */
  readonly is: string;
}

export interface NamedCount {
  readonly name: string;
  readonly sentence: string;
  readonly signs: readonly Sign[];
  /** What is none of them because no machine has it. */
  readonly without?: string;
}

/** What the machines leave out, as an assumption of every such number. */
const NOT_MODELLED =
  "not counted: those of the queue threads of VT-d and AMD, of workqueues, of the memory management, and inside iommu_map()";

const sign = (type: string, is: string, more: Omit<MessagePattern, "type"> = {}): Sign => ({
  message: { type, ...more },
  is,
});

/** A lock that a thread takes in a step of its own; only those of the fault path are counted. */
const takenBy = (role: string, is: string): Sign => sign("lock.acquires", is, { from: role });

/**
 * Roles of those that look a mapping up on the way of a fault. Others do so besides: a balloon, a lockdown, threads that expire or
 * unpin pages, and a filter that passes the look-up on.
 */
const FAULT_THREADS = ["fault-resolver", "unpinned-resolver", "ring-resolver", "policy-thread", "mm-event-handler"];

/** Roles of those that send page requests; a guest's queue gets some of them again. */
const REQUESTERS = ["prg-slot", "nested-slot", "consumer-slot", "group-index", "page-request-port"];

const faults: NamedCount = {
  name: "faults",
  sentence: "Faults that a device reports, one for each page request, stalled transaction or work item.",
  signs: [
    sign("evtq.record", "a stalled transaction in the event queue (SMMUv3 3.12.2)", { how: "sent" }),
    ...REQUESTERS.map((from) => sign("pri.request", "a page request (PCIe 10.4.1)", { from })),
    sign("fault.requests", "a fault of a work item, with all pages that it lacks"),
    sign("fault.records", "a fault record (RFC)"),
    sign("fault.reports", "a fault of a device with a policy", { how: "sent" }),
    sign("fault.reports", "a page request of a device behind iommufd", { from: "faulting-device" }),
  ],
};

const lookups: NamedCount = {
  name: "lookups",
  sentence: "Searches of a software structure on the way of a fault: tree, list or array.",
  without: NOT_MODELLED,
  signs: [
    sign("driver.reports-fault", "arm_smmu_find_master(): the stream in a tree", { from: "evtq-thread" }),
    sign("fault.records", "arm_smmu_find_master(): the stream in a tree"),
    sign("handle.looks-up", "iommu_attach_handle_get(): the handle in an array (6.12)"),
    sign("tree.finds", "vfio_find_iopf_group(): the group in a global tree (RFC v3)"),
    ...FAULT_THREADS.map((from) => sign("container.finds", "vfio_find_dma(): the mapping in a tree", { from })),
    sign("container.resolves", "vfio_find_dma(): the mapping in a tree"),
    sign("group.collects", "iopf_group_alloc(): the partial faults of the device in a list (6.12)"),
    sign("page.responds", "iommu_page_response(): the pending fault in a list (6.1)"),
    sign("device.answers", "iommu_page_response(): the pending fault in a list (6.1)"),
  ],
};

const locks: NamedCount = {
  name: "locks",
  sentence: "Locks that are taken on the way of a fault; a step that is a critical section takes its lock.",
  without: NOT_MODELLED,
  signs: [
    sign("driver.reports-fault", "smmu->streams_mutex in arm_smmu_handle_evt()", { from: "evtq-thread" }),
    sign("fault.records", "smmu->streams_mutex in arm_smmu_handle_evt()"),
    sign("device.locks", "dev->iommu->lock in iommu_report_device_fault() (6.1)"),
    sign("pending.appends", "fault_param->lock in iommu_report_device_fault() (6.1)"),
    sign("page.responds", "fault_param->lock in iommu_page_response() (6.1)"),
    sign("device.pends", "fault_param->lock in iommu_report_device_fault() (6.1)"),
    sign("device.answers", "fault_param->lock in iommu_page_response() (6.1)"),
    sign("handle.looks-up", "xa_lock in iommu_attach_handle_get() (6.12)"),
    sign("partial.pushes", "fault_param->lock in report_partial_fault() (6.12)"),
    sign("group.collects", "fault_param->lock in iopf_group_alloc() (6.12)"),
    sign("group.responds", "fault_param->lock in iopf_group_response() (6.12)"),
    takenBy("fault-reporter", "dev->iommu->lock, and the tree's mutex in vfio_find_iopf_group() (RFC v3)"),
    takenBy("rfc-handler", "iommu->lock"),
    takenBy("fault-resolver", "iommu->lock"),
    takenBy("unpinned-resolver", "iommu->lock"),
  ],
};

const walks: NamedCount = {
  name: "walks",
  sentence: "Walks of page tables by software on the way of a fault.",
  signs: [
    sign("host.pins", "vfio_pin_page_external(): the page tables of the process"),
    sign("mm.gets", "pin_user_pages_remote(): the page tables of the process"),
    sign("translation.maps", "iommu_map(): the I/O page table", { from: "fault-resolver" }),
    sign("translation.maps", "iommu_map(): the I/O page table", { from: "unpinned-resolver" }),
  ],
};

/** By name. */
export const namedCounts: readonly NamedCount[] = [
  faults,
  lookups,
  locks,
  walks,
  {
    name: "references",
    sentence: "References that are taken on the way of a fault, so that nothing is freed under it.",
    signs: [
      sign("container.gets", "the container of the group (RFC v1, v2)", { from: "fault-reporter" }),
      sign("param.gets", "iopf_get_dev_fault_param() (6.12)"),
    ],
  },
  {
    name: "traps",
    sentence: "Calls of the guest that the host has to serve.",
    signs: [
      sign("policy.before-dma", "dma_map() with a virtual IOMMU", { to: "policy-viommu" }),
      sign("policy.after-dma", "dma_unmap() with a virtual IOMMU", { to: "policy-viommu" }),
      sign("work.asks", "a notification through the mailbox (coIOMMU)", { from: "policy-driver" }),
    ],
  },
  {
    name: "evictions",
    sentence: "Pages that are taken back to make room.",
    signs: [
      sign("release.starts", "a proposal: the handler evicts a page (M3)", { from: "fault-resolver" }),
      sign("release.starts", "a proposal: a thread releases pages above the limit (M3)", { from: "reclaim-thread" }),
      sign("release.starts", "a proposal: a thread releases pages that have expired (M3)", { from: "expiry-thread" }),
    ],
  },
  {
    name: "drops",
    sentence: "Page requests that a full queue drops and answers itself.",
    signs: [
      sign("pri.response", "an automatic response of the queue (VT-d 7.4, PCIe 10.4)", { from: "prq", how: "sent" }),
    ],
  },
  {
    name: "invalidations",
    sentence: "Invalidations of IOMMU caches that are queued.",
    signs: [
      sign("command.invalidates-iotlb", "an IOTLB invalidation", { how: "sent" }),
      sign("command.invalidates-iotlb", "an IOTLB invalidation", { how: "call" }),
    ],
  },
  {
    name: "accesses",
    sentence: "DMA accesses that end: the device has read or written the page.",
    signs: [
      sign("access.retires", "a DMA access ends"),
      sign("dma.retires", "a DMA access ends"),
      sign("ring.copied", "a packet of the backup ring is copied to its buffer"),
    ],
  },
  {
    name: "responses",
    sentence: "Responses that a device receives: a stall that is resumed or ended, a page request group response.",
    signs: [
      sign("stall.resumed", "CMD_RESUME has reached the transaction"),
      sign("pri.response", "a Page Request Group Response", { how: "delivered" }),
      sign("pri.response", "a Page Request Group Response", { to: "nested-slot" }),
      sign("pri.response", "a Page Request Group Response", { to: "consumer-slot" }),
      sign("fault.response", "the response to a work item"),
      sign("access.answered", "the response to an access"),
      sign("fault.answered", "the response to a device with a policy"),
    ],
  },
];

/** A piece of work goes from one count to the next other one, or from one that ends a piece to the next. */
export interface NamedPiece {
  readonly name: string;
  readonly sentence: string;
  readonly begins?: string;
  readonly finished: string;
}

export const namedPieces: readonly NamedPiece[] = [
  {
    name: "fault",
    sentence: "From a fault that is reported to the next response that a device receives.",
    begins: "faults",
    finished: "responses",
  },
  { name: "access", sentence: "From one DMA access that ends to the next.", finished: "accesses" },
];

interface NamesIn {
  readonly types: ReadonlySet<string>;
  readonly parts: ReadonlySet<string>;
}

const known = new WeakMap<System, NamesIn>();

/** The names of messages and parts that a system has. */
function namesIn(system: System): NamesIn {
  const names = known.get(system) ?? allNamesIn(system);
  known.set(system, names);
  return names;
}

function allNamesIn(system: System): NamesIn {
  const { components, channels = {} } = system;
  const entries = [...Object.entries(components), ...Object.entries(channels)];
  return {
    types: new Set(system.routes.flatMap(({ types }) => types)),
    parts: new Set(entries.flatMap(([name, { role }]) => [name, role ?? name])),
  };
}

/** The signs that the system has: none, and nothing in it is counted by this name. */
export function signsIn(system: System, { signs }: NamedCount): readonly Sign[] {
  const { types, parts } = namesIn(system);
  return signs.filter(
    ({ message: { type, from, to } }) =>
      types.has(type) && [from, to].every((one) => one === undefined || parts.has(one)),
  );
}

/** Every name by which something can be counted in the system: counts, then messages, then steps. */
export function countNames(system: System): readonly string[] {
  const named = namedCounts.filter((count) => signsIn(system, count).length > 0).map(({ name }) => name);
  return [...new Set([...named, ...namesIn(system).types, ...stepNames(system)])];
}

/** A message in a channel is counted when it is sent, and not again when it is delivered. */
const SENT = ["call", "sent"] as const;

/** What is counted by the name, or undefined: nothing in the system is. */
export function countedAs(system: System, name: string): Counted | undefined {
  const count = namedCounts.find((one) => one.name === name);
  const signs = count ? signsIn(system, count) : [];
  if (signs.length > 0) return { label: name, of: signs.map(({ message }) => ({ message })) };
  if (namesIn(system).types.has(name))
    return { label: name, of: SENT.map((how) => ({ message: { type: name, how } })) };
  if (stepNames(system).includes(name)) return { label: name, of: [{ step: name }] };
  return undefined;
}
