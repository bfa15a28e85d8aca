/**
 * The probes that make the lines of the table of words, as text for /sys/kernel/tracing/kprobe_events. Arguments are named by
 * type information of the kernel (BTF), so that no offset of a structure is written down.
 */
const GROUP =
  "pasid=group->last_fault.fault.prm.pasid:u32 grpid=group->last_fault.fault.prm.grpid:u32 addr=group->last_fault.fault.prm.addr:x64";

/**
 * Name, function, arguments; and for those with a probe at their return, the type of what they return. An `int` is the lower
 * half of the register: as s64, -22 reads 4294967274.
 */
const ENTRIES: readonly (readonly [name: string, probed: string, args: string, returns?: "s32" | "s64"])[] = [
  [
    "report_fault",
    "iommu_report_device_fault",
    "dev=dev->kobj.name:string type=evt->fault.type:u32 flags=evt->fault.prm.flags:u32 pasid=evt->fault.prm.pasid:u32 grpid=evt->fault.prm.grpid:u32 perm=evt->fault.prm.perm:x32 addr=evt->fault.prm.addr:x64",
    "s32",
  ],
  ["group_dequeue", "iopf_group_dequeue", GROUP],
  [
    "group_response",
    "iopf_group_response",
    `status=status:u32 ${GROUP} count=group->fault_count:u64 cookie=group->cookie:u32`,
  ],
  ["free_group", "iopf_free_group", GROUP],
  ["queue_add_device", "iopf_queue_add_device", "dev=dev->kobj.name:string", "s32"],
  ["queue_remove_device", "iopf_queue_remove_device", "dev=dev->kobj.name:string"],
  ["queue_discard_partial", "iopf_queue_discard_partial", "", "s32"],
  [
    "mock_page_response",
    "mock_domain_page_response",
    "dev=dev->kobj.name:string pasid=msg->pasid:u32 grpid=msg->grpid:u32 code=msg->code:u32",
  ],
  ["iommufd_handler", "iommufd_fault_iopf_handler", `${GROUP} count=group->fault_count:u64`],
  ["iommufd_auto_response", "iommufd_auto_response_faults", ""],
  ["fops_read", "iommufd_fault_fops_read", "count=count:u64", "s64"],
  ["fops_write", "iommufd_fault_fops_write", "count=count:u64", "s64"],
  ["iopf_enable", "iommufd_fault_iopf_enable", ""],
  ["iopf_disable", "iommufd_fault_iopf_disable", ""],
  ["fault_destroy", "iommufd_fault_destroy", ""],
  ["attach_group_handle", "iommu_attach_group_handle", ""],
  ["detach_group_handle", "iommu_detach_group_handle", ""],
  ["replace_group_handle", "iommu_replace_group_handle", ""],
];

/** One definition a line. */
export const probeDefinitions: readonly string[] = ENTRIES.flatMap(([name, probed, args, returns]) => [
  `p:faultline/${name} ${probed} ${args}`.trimEnd(),
  ...(returns ? [`r:faultline/${name}_ret ${probed} ret=$retval:${returns}`] : []),
]);
