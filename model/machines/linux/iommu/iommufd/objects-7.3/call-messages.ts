/** Messages to and from a thread in a call of iommufd. */
import { linuxAt, messages } from "../../../../../said.ts";
import type { Json } from "../../../../../../checker/json.ts";
import { faultAsks } from "./call-fault-asks.ts";
import type { CallLock, Named, ObjectKind } from "./object-messages.ts";

const at73 = (file: string, ...functions: readonly string[]) =>
  linuxAt("7.3.4", `drivers/iommu/iommufd/${file}`, ...functions);

/** Objects by their role in the call. */
export type Names = { readonly [role: string]: Named | null };
export type Facts = { readonly [name: string]: number };

/** A question to one object, or something told to it, with what it says. */
const asks = {
  ...faultAsks,
  "object.describes": { says: "looks at what the object holds", origin: at73("main.c", "iommufd_object_remove") },
  "object.is-destroyed": { says: "destroys {kind} with ID {id}", origin: at73("main.c", "iommufd_object_remove") },
  "hwpt.begins": { says: "fills in the new HWPT", origin: at73("hw_pagetable.c", "iommufd_hwpt_alloc") },
  "hwpt.takes-fault": {
    says: "gives the new HWPT its fault queue",
    origin: at73("hw_pagetable.c", "iommufd_hwpt_alloc"),
  },
  "hwpt.checks-parent": {
    says: "checks that the HWPT is a parent for nested ones",
    origin: at73("hw_pagetable.c", "iommufd_hwpt_nested_alloc"),
  },
  "ioas.lists": {
    says: "adds the new HWPT to the IOAS",
    origin: at73("hw_pagetable.c", "iommufd_hwpt_paging_alloc"),
  },
  "ioas.unlists": {
    says: "removes the HWPT from the IOAS",
    origin: at73("hw_pagetable.c", "iommufd_hwpt_paging_destroy"),
  },
  "ioas.picks": {
    says: "looks for an automatic HWPT of the IOAS",
    origin: at73("device.c", "iommufd_device_auto_get_domain"),
  },
  "ioas.maps": { says: "maps {length} bytes at {iova}", origin: at73("ioas.c", "iommufd_ioas_map") },
  "ioas.unmaps": { says: "unmaps {length} bytes at {iova}", origin: at73("ioas.c", "iommufd_ioas_unmap") },
  "ioas.pins": {
    says: "pins the pages of the hardware queue",
    origin: at73("viommu.c", "iommufd_hw_queue_alloc_phys"),
  },
  "ioas.checks-contiguous": {
    says: "checks that the pages of the hardware queue are contiguous",
    origin: at73("viommu.c", "iommufd_hw_queue_alloc_phys"),
  },
  "ioas.unpins": {
    says: "unpins the pages of the hardware queue",
    origin: at73("viommu.c", "iommufd_hw_queue_destroy_access"),
  },
  "device.begins": { says: "binds the device", origin: at73("device.c", "iommufd_device_bind") },
  "device.claims": {
    says: "checks that the device has no vDEVICE",
    origin: at73("viommu.c", "iommufd_vdevice_alloc_ioctl"),
  },
  "device.names-vdevice": {
    says: "stores the vDEVICE in the device",
    origin: at73("viommu.c", "iommufd_vdevice_alloc_ioctl"),
  },
  "device.forgets-vdevice": {
    says: "clears the vDEVICE of the device",
    origin: at73("viommu.c", "iommufd_vdevice_abort"),
  },
  "device.ends": {
    says: "marks the device as going, and looks for its vDEVICE",
    origin: at73("device.c", "iommufd_device_remove_vdev"),
  },
  "device.checks-attach": {
    says: "checks whether the HWPT can be attached",
    origin: at73("device.c", "iommufd_hw_pagetable_attach"),
  },
  "device.checks-replace": {
    says: "checks whether the HWPT can be replaced",
    origin: at73("device.c", "iommufd_device_do_replace"),
  },
  "device.stores": { says: "stores the HWPT of the device", origin: at73("device.c", "iommufd_hw_pagetable_attach") },
  "device.looks": {
    says: "looks for the HWPT of the device",
    origin: at73("device.c", "iommufd_hw_pagetable_detach"),
  },
  "device.unstores": {
    says: "removes the HWPT of the device",
    origin: at73("device.c", "iommufd_hw_pagetable_detach"),
  },
  "driver.allocates-domain": {
    says: "calls the driver to allocate a domain",
    origin: at73("hw_pagetable.c", "iommufd_hwpt_paging_alloc"),
  },
  "device.makes-handle": {
    says: "allocates an attach handle",
    origin: at73("device.c", "iommufd_hwpt_attach_device"),
  },
  "driver.attaches": {
    says: "calls the driver's attach operation",
    origin: at73("device.c", "iommufd_hwpt_attach_device"),
  },
  "driver.blocks": {
    says: "calls the driver to block the device",
    origin: at73("device.c", "iommufd_hwpt_detach_device"),
  },
  "driver.sizes-viommu": {
    says: "asks the driver for the size of a vIOMMU of type {ofType}",
    origin: at73("viommu.c", "iommufd_viommu_alloc_ioctl"),
  },
  "driver.inits-viommu": {
    says: "calls the driver's viommu_init()",
    origin: at73("viommu.c", "iommufd_viommu_alloc_ioctl"),
  },
  "driver.drops-viommu": {
    says: "calls the driver's destroy operation of the vIOMMU",
    origin: at73("viommu.c", "iommufd_viommu_destroy"),
  },
  "driver.sizes-hw-queue": {
    says: "asks the driver for the size of a hardware queue of type {ofType}",
    origin: at73("viommu.c", "iommufd_hw_queue_alloc_ioctl"),
  },
  "driver.inits-hw-queue": {
    says: "calls the driver's hw_queue_init_phys() for index {index}",
    origin: at73("viommu.c", "iommufd_hw_queue_alloc_ioctl"),
  },
  "driver.drops-hw-queue": {
    says: "calls the driver's destroy operation of the hardware queue",
    origin: at73("viommu.c", "iommufd_hw_queue_destroy"),
  },
  "driver.invalidates": {
    says: "calls the driver's cache_invalidate() for virtual ID {virt}",
    origin: at73("hw_pagetable.c", "iommufd_hwpt_invalidate"),
  },
  "driver.reports-event": {
    says: "lets the driver report one event of the device",
    origin: at73("selftest.c", "iommufd_test_trigger_vevent"),
  },
  "driver.checks-cache": {
    says: "looks at cache entry {cache} of the device",
    origin: at73("selftest.c", "iommufd_test_dev_check_cache"),
  },
  "viommu.begins": { says: "fills in the new vIOMMU", origin: at73("viommu.c", "iommufd_viommu_alloc_ioctl") },
  "viommu.reserves": {
    says: "reserves virtual ID {virt}",
    origin: at73("viommu.c", "iommufd_vdevice_alloc_ioctl"),
  },
  "viommu.stores": {
    says: "stores the vDEVICE at virtual ID {virt}",
    origin: at73("viommu.c", "iommufd_vdevice_alloc_ioctl"),
  },
  "viommu.clears": { says: "clears the virtual ID of the vDEVICE", origin: at73("viommu.c", "iommufd_vdevice_abort") },
  "viommu.checks-queue": {
    says: "checks that the vIOMMU has no vEVENTQ of type {ofType}",
    origin: at73("eventq.c", "iommufd_veventq_alloc"),
  },
  "viommu.adds-queue": { says: "adds the vEVENTQ to the vIOMMU", origin: at73("eventq.c", "iommufd_veventq_alloc") },
  "viommu.drops-queue": {
    says: "removes the vEVENTQ from the vIOMMU",
    origin: at73("eventq.c", "iommufd_veventq_abort"),
  },
  "vdevice.begins": { says: "fills in the new vDEVICE", origin: at73("viommu.c", "iommufd_vdevice_alloc_ioctl") },
  "veventq.begins": { says: "fills in the new vEVENTQ", origin: at73("eventq.c", "iommufd_veventq_alloc") },
  "hw-queue.begins": {
    says: "fills in the new hardware queue",
    origin: at73("viommu.c", "iommufd_hw_queue_alloc_ioctl"),
  },
  "file.opens": { says: "makes the file of the queue", origin: at73("eventq.c", "iommufd_eventq_init") },
  "file.closes": { says: "closes the file of the queue", origin: at73("eventq.c", "iommufd_eventq_fops_release") },
  "context.gets": { says: "takes a reference to the context", origin: at73("main.c", "iommufd_ctx_get") },
  "context.puts": { says: "drops a reference to the context", origin: at73("main.c", "iommufd_ctx_put") },
  "context.finds-mmap": { says: "looks for what is to be mapped", origin: at73("main.c", "iommufd_fops_mmap") },
} as const;

export type Ask = keyof typeof asks;
export const ASKS = Object.keys(asks) as readonly Ask[];

export type Asked = {
  readonly type: Ask;
  readonly by: string;
  readonly kind: ObjectKind | "context";
  readonly at: number;
  readonly [field: string]: Json;
};

export type CallThreadEmits =
  | Asked
  | ({
      readonly type:
        | "object.allocates"
        | "object.locks"
        | "object.refs"
        | "object.unrefs"
        | "object.publishes"
        | "object.aborts"
        | "object.frees"
        | "object.awaits"
        | "object.tries-users"
        | "object.drops-wait";
      readonly by: string;
    } & Named)
  | ({
      readonly type: "lock.acquires" | "lock.releases";
      readonly owner: string;
      readonly lock: CallLock;
    } & Named)
  | ({
      readonly type: "object.leaves";
      readonly by: string;
      readonly tombstone: boolean;
      readonly waited: boolean;
    } & Named)
  | { readonly type: "object.looks-up"; readonly by: string; readonly id: number; readonly kind: ObjectKind | null }
  | { readonly type: "object.removes"; readonly by: string; readonly id: number }
  | { readonly type: "object.sweeps"; readonly by: string; readonly after: number }
  | {
      readonly type: "call.returned";
      readonly by: string;
      readonly call: string;
      readonly result: number;
      /** IDs of what the call has made or found, by role; and what it says besides. */
      readonly ids: { readonly [role: string]: number };
      readonly facts: Facts;
    };

/** What objects answer to a thread. */
export type Answers =
  | { readonly type: "call.answered"; readonly by: string; readonly result: number; readonly facts?: Facts }
  | {
      readonly type: "object.described";
      readonly by: string;
      readonly result: number;
      readonly names: Names;
      readonly facts: Facts;
    };

export const answered = (by: Json | undefined, result: number, facts?: Facts): Answers => ({
  type: "call.answered",
  by: String(by),
  result,
  ...(facts ? { facts } : {}),
});
export const described = (by: Json | undefined, names: Names, facts: Facts = {}, result = 0): Answers => ({
  type: "object.described",
  by: String(by),
  result,
  names,
  facts,
});

export const answerSays = messages<Answers>({
  "call.answered": "answers {by} with {result}",
  "object.described": "tells {by} what it holds",
});

export const callThreadSays = messages<CallThreadEmits>({
  ...asks,
  "object.allocates": { says: "allocates an object", origin: at73("main.c", "_iommufd_object_alloc") },
  "object.locks": {
    says: "takes both counts of an object",
    origin: at73("device.c", "iommufd_device_auto_get_domain"),
  },
  "lock.acquires": "takes {lock} of {kind}",
  "lock.releases": "drops {lock} of {kind}",
  "object.refs": "takes a user of {kind}",
  "object.unrefs": "drops a user of {kind}",
  "object.publishes": { says: "publishes {kind}", origin: at73("main.c", "iommufd_object_finalize") },
  "object.aborts": { says: "gives the ID of {kind} back", origin: at73("main.c", "iommufd_object_abort") },
  "object.frees": "frees the memory of {kind}",
  "object.awaits": { says: "waits for the short users of {kind}", origin: at73("main.c", "iommufd_object_dec_wait") },
  "object.tries-users": {
    says: "takes a user of {kind}, if it is still in the table",
    origin: at73("main.c", "iommufd_try_inc_users"),
  },
  "object.drops-wait": {
    says: "drops a short user of {kind}",
    origin: at73("main.c", "iommufd_object_dec_wait"),
  },
  "object.leaves": "removes {kind} from the table",
  "object.looks-up": { says: "looks up ID {id}", origin: at73("main.c", "iommufd_get_object") },
  "object.removes": { says: "removes ID {id}, if only the table uses it", origin: at73("main.c", "iommufd_destroy") },
  "object.sweeps": {
    says: "removes the next object that only the table uses",
    origin: at73("main.c", "iommufd_fops_release"),
  },
  "call.returned": "returns {result} from {call}",
});
