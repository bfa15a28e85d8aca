/** What a call of iommufd asks of attach handles, of fault queues and of the IOPF core, with what it says. */
import { linuxAt } from "../../../../../said.ts";

const at73 = (file: string, ...functions: readonly string[]) =>
  linuxAt("7.3.4", `drivers/iommu/iommufd/${file}`, ...functions);

export const faultAsks = {
  "device.checks-pasid": {
    says: "compares what is attached to PASID {pasid}",
    origin: at73("selftest.c", "iommufd_test_pasid_check_hwpt"),
  },
  "handle.inserts": {
    says: "stores the attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", "drivers/iommu/iommu.c", "iommu_attach_group_handle", "iommu_attach_device_pasid"),
  },
  "handle.replaces": {
    says: "replaces the attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", "drivers/iommu/iommu.c", "iommu_replace_group_handle", "iommu_replace_device_pasid"),
  },
  "handle.erases": {
    says: "erases the attach handle of PASID {pasid}",
    origin: linuxAt("7.3.4", "drivers/iommu/iommu.c", "iommu_detach_group_handle", "iommu_detach_device_pasid"),
  },
  "handle.frees": {
    says: "frees the old attach handle of PASID {pasid}",
    origin: at73("device.c", "iommufd_hwpt_detach_device", "iommufd_hwpt_replace_device"),
  },
  "answers.gathers": {
    says: "moves the unread groups of the old attach handle to a list of its own",
    origin: at73("eventq.c", "iommufd_auto_response_faults"),
  },
  "answers.takes-next": {
    says: "takes the next group out of queue {queue}",
    origin: at73("eventq.c", "iommufd_auto_response_faults"),
  },
  "group.responds": {
    says: "responds {code} to group {group} of device {device}",
    origin: linuxAt("7.3.4", "drivers/iommu/io-pgfault.c", "iopf_group_response"),
  },
  "group.frees": {
    says: "frees group {group}",
    origin: linuxAt("7.3.4", "drivers/iommu/io-pgfault.c", "iopf_free_group"),
  },
  "queue.creates": { says: "makes the fault queue", origin: at73("eventq.c", "iommufd_fault_alloc") },
  "queue.destroys": { says: "frees the fault queue", origin: at73("eventq.c", "iommufd_fault_destroy") },
  "driver.reports-fault": {
    says: "lets the driver report a fault of the device",
    origin: at73("selftest.c", "iommufd_test_trigger_iopf"),
  },
} as const;
