/** The steps and messages of a thread in a call on a type1 container (type1-thread.ts), and what they say. */
import { atWill, linux, messages } from "../../../../../said.ts";

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";
const MUTEX = "kernel/locking/mutex.c";

export type Type1ThreadEmits =
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string; readonly lock: string }
  | { readonly type: "mapping.asked" | "mapping.maps"; readonly range: number; readonly by: string }
  | { readonly type: "mapping.removes" | "mapping.unpins"; readonly range: number }
  | { readonly type: "mapping.pins"; readonly range: number; readonly by: string }
  | { readonly type: "device.asked"; readonly device: number; readonly range: number; readonly by: string }
  | { readonly type: "device.records" | "device.forgets"; readonly device: number; readonly range: number }
  | { readonly type: "device.lists" | "device.unlists"; readonly device: number }
  | { readonly type: "notification.starts" | "callback.done" | "unmap.ends"; readonly by: string };

export const STEPS = [
  "thread.locks",
  "thread.unlocks",
  "thread.finds",
  "thread.maps",
  "thread.pins",
  "thread.unpins",
  "thread.looks-up",
  "thread.lists",
  "thread.unlists",
] as const;

/** What each step is. A look-up has no origin of its own: it is the driver's, or that of the callback. */
export const WORDS = {
  "thread.locks": { description: "takes {left.0.lock}", meta: { origin: linux(MUTEX, "mutex_lock") } },
  "thread.unlocks": { description: "drops {left.0.lock}", meta: { origin: linux(MUTEX, "mutex_unlock") } },
  "thread.finds": {
    description: "looks up the mapping of range {left.0.range} and the pages in its pfn_list",
    meta: { origin: linux(TYPE1, "vfio_dma_do_unmap") },
  },
  "thread.maps": {
    description: "links a new mapping of range {left.0.range}",
    meta: { origin: linux(TYPE1, "vfio_dma_do_map") },
  },
  "thread.pins": {
    description: "pins a page of range {left.0.range} for device {left.0.device}",
    meta: { origin: linux(TYPE1, "vfio_iommu_type1_pin_pages") },
  },
  "thread.unpins": {
    description: "unpins the page of range {left.0.range} for device {left.0.device}",
    meta: { origin: linux(TYPE1, "vfio_iommu_type1_unpin_pages") },
  },
  "thread.looks-up": {
    description: "looks up what the driver of device {left.0.device} has pinned in range {left.0.range}",
  },
  "thread.lists": {
    description: "adds device {left.0.device} to iommu->device_list",
    meta: { origin: linux(TYPE1, "vfio_iommu_type1_register_device") },
  },
  "thread.unlists": {
    description: "removes device {left.0.device} from iommu->device_list",
    meta: { origin: linux(TYPE1, "vfio_iommu_type1_unregister_device") },
  },
} as const satisfies { readonly [step in (typeof STEPS)[number]]: object };

export const threadSays = messages<Type1ThreadEmits>({
  "lock.acquires": { says: "takes {lock}", origin: linux(MUTEX, "mutex_lock") },
  "lock.releases": { says: "drops {lock}", origin: linux(MUTEX, "mutex_unlock") },
  "mapping.asked": { says: "looks up the mapping of range {range}", origin: linux(TYPE1, "vfio_find_dma") },
  "mapping.maps": { says: "links a new mapping of range {range}", origin: linux(TYPE1, "vfio_link_dma") },
  "mapping.removes": {
    says: "unmaps and frees the mapping of range {range}",
    origin: linux(TYPE1, "vfio_remove_dma"),
  },
  "mapping.pins": { says: "pins a page of range {range}", origin: linux(TYPE1, "vfio_pin_page_external") },
  "mapping.unpins": {
    says: "takes a page of range {range} off pfn_list",
    origin: linux(TYPE1, "vfio_unpin_page_external"),
  },
  "device.asked": "looks for a pin of device {device} in range {range}",
  "device.records": {
    says: "records a pin in range {range} in the driver of device {device}",
    origin: atWill("the driver"),
  },
  "device.forgets": {
    says: "removes the record of range {range} from the driver of device {device}",
    origin: atWill("the driver"),
  },
  "device.lists": {
    says: "adds device {device} to iommu->device_list",
    origin: linux(TYPE1, "vfio_iommu_type1_register_device"),
  },
  "device.unlists": {
    says: "removes device {device} from iommu->device_list",
    origin: linux(TYPE1, "vfio_iommu_type1_unregister_device"),
  },
  "notification.starts": {
    says: "finds pages in pfn_list, and calls vfio_notify_dma_unmap()",
    origin: linux(TYPE1, "vfio_dma_do_unmap"),
  },
  "callback.done": {
    says: "returns from the dma_unmap() callback",
    origin: linux(TYPE1, "vfio_notify_dma_unmap"),
  },
  "unmap.ends": { says: "returns to user space", origin: linux(TYPE1, "vfio_dma_do_unmap") },
});
