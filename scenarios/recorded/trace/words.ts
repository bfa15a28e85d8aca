/**
 * The table of words: which lines a trace may have, and what each stands for. trace-marks.ts says which message of a machine
 * shows each line; no rule of Linux is in here.
 */
import type { Edge } from "../../../checker/explore/observed/observed.ts";

/** Probes are set, and absent, as a set: a set without a single line in the trace is taken as not recorded. */
export type ProbeSet = "core" | "driver" | "iommufd" | "attach" | "iommu events";

export interface Word {
  readonly set: ProbeSet;
  readonly edge: Edge;
  /** The kernel function, for probes. */
  readonly probes?: string;
  /** Fields of the line that the model knows, by the name that the line has for them. */
  readonly fields: readonly string[];
}

const GROUP = ["pasid", "grpid", "addr"] as const;
const entry = (set: ProbeSet, probes: string, fields: readonly string[], edge: Edge = "entry"): Word => ({
  set,
  edge,
  probes,
  fields,
});
const returns = (set: ProbeSet, probes: string): Word => ({ set, edge: "return", probes, fields: ["ret"] });

export const WORDS: { readonly [name: string]: Word } = {
  report_fault: entry("core", "iommu_report_device_fault", ["dev", "type", "flags", ...GROUP, "perm"]),
  report_fault_ret: returns("core", "iommu_report_device_fault"),
  group_dequeue: entry("core", "iopf_group_dequeue", GROUP),
  group_response: entry("core", "iopf_group_response", ["status", ...GROUP, "count", "cookie"]),
  free_group: entry("core", "iopf_free_group", GROUP),
  queue_add_device: entry("core", "iopf_queue_add_device", ["dev"]),
  queue_add_device_ret: returns("core", "iopf_queue_add_device"),
  queue_remove_device: entry("core", "iopf_queue_remove_device", ["dev"]),
  queue_discard_partial: entry("core", "iopf_queue_discard_partial", []),
  queue_discard_partial_ret: returns("core", "iopf_queue_discard_partial"),
  page_response: entry("driver", "mock_domain_page_response", ["dev", "pasid", "grpid", "code"]),
  iommufd_handler: entry("iommufd", "iommufd_fault_iopf_handler", [...GROUP, "count"]),
  iommufd_auto_response: entry("iommufd", "iommufd_auto_response_faults", []),
  fops_read: entry("iommufd", "iommufd_fault_fops_read", ["count"]),
  fops_read_ret: returns("iommufd", "iommufd_fault_fops_read"),
  fops_write: entry("iommufd", "iommufd_fault_fops_write", ["count"]),
  fops_write_ret: returns("iommufd", "iommufd_fault_fops_write"),
  // Each is followed by the line of the core that takes effect: the two are one step of the control thread.
  iopf_enable: entry("iommufd", "iommufd_fault_iopf_enable", [], "late-entry"),
  iopf_disable: entry("iommufd", "iommufd_fault_iopf_disable", [], "late-entry"),
  fault_destroy: entry("iommufd", "iommufd_fault_destroy", []),
  attach_group_handle: entry("attach", "iommu_attach_group_handle", []),
  detach_group_handle: entry("attach", "iommu_detach_group_handle", []),
  replace_group_handle: entry("attach", "iommu_replace_group_handle", []),
  attach_device_to_domain: { set: "iommu events", edge: "return", fields: ["device"] },
  add_device_to_group: { set: "iommu events", edge: "return", fields: ["device"] },
  remove_device_from_group: { set: "iommu events", edge: "return", fields: ["device"] },
};

/** Other names for lines: each IOMMU driver has its page_response. */
const ALIASES: { readonly [name: string]: string } = {
  mock_page_response: "page_response",
  intel_page_response: "page_response",
  amd_page_response: "page_response",
  arm_smmu_page_response: "page_response",
};
export const wordOf = (name: string): string => ALIASES[name] ?? name;

/** Lines that are understood and say nothing of the machines. */
export const LEFT_OUT: { readonly [name: string]: string } = {
  tracing_mark_write: "a text of user space",
  add_device_to_group: "a device gets its IOMMU group; no line shows that iommufd has it",
  remove_device_from_group: "a device leaves its IOMMU group; no line shows that iommufd had it",
  map: "a mapping of an IOMMU domain",
  unmap: "a mapping of an IOMMU domain",
  io_page_fault: "an unrecoverable fault, which no IOPF code sees",
  prq_report:
    "a page request that the driver read from the queue of VT-d; it is not compared with the report that follows",
  qi_submit: "a command to the invalidation queue of VT-d",
  cache_tag_assign: "caches of VT-d",
  cache_tag_unassign: "caches of VT-d",
  cache_tag_flush_all: "caches of VT-d",
  cache_tag_flush_range: "caches of VT-d",
  cache_tag_flush_range_np: "caches of VT-d",
};

/** Fields that say what a thread asked for. */
const NEEDED: { readonly [word: string]: readonly string[] } = {
  report_fault: ["dev", "flags", "pasid", "grpid", "addr", "perm"],
  fops_read: ["count"],
  fops_read_ret: ["ret"],
  fops_write: ["count"],
  fops_write_ret: ["ret"],
  group_response: ["cookie", "status"],
  queue_add_device: ["dev"],
  queue_remove_device: ["dev"],
  attach_device_to_domain: ["device"],
  add_device_to_group: ["device"],
  remove_device_from_group: ["device"],
};

/** The first such field that the line does not have. */
export const missingField = (word: string, fields: { readonly [field: string]: unknown }): string | undefined =>
  NEEDED[word]?.find((name) => fields[name] === undefined);

/** What lines say of a group. */
export const identity = (pasid: unknown, grpid: unknown, addr: unknown): string =>
  `${String(pasid)} ${String(grpid)} ${String(addr)}`;
