/**
 * The tables of orders: lists of steps by name, which a machine takes one after the other. A knob says which list of a table
 * a system has; a table without one has the list of one system.
 */
import { RELEASE_ORDERS as PAGE_RELEASE_ORDERS } from "../../model/hosts/host.ts";
import {
  ENTRY_ATTACH_ORDERS,
  ENTRY_DETACH_ORDERS,
  ENTRY_REPLACE_ORDERS,
} from "../../model/machines/linux/iommu/intel/entry-orders.ts";
import {
  DISABLE_ORDERS,
  ENABLE_ORDERS as DEVICE_ENABLE_ORDERS,
  PROBE_ORDERS,
  RELEASE_ORDERS,
} from "../../model/machines/linux/iommu/drivers/lifetimes/lifetime-orders.ts";
import {
  FEATURE_DISABLE_ORDERS,
  FEATURE_ENABLE_ORDERS,
  FEATURE_RESTORE_ORDERS,
} from "../../model/machines/linux/iommu/drivers/features/feature-orders.ts";
import {
  PASID_ATTACH_ORDERS,
  PASID_DETACH_ORDERS,
  PASID_REPLACE_ORDERS,
} from "../../model/machines/linux/iommu/iommufd/pasids/pasid-orders.ts";
import { NUMBER_ENDS } from "../../model/machines/linux/iommu/numbers/number-orders.ts";
import { LISTING_ORDERS, UNLISTING_ORDERS } from "../../model/machines/linux/iommu/flush/attach-orders.ts";
import { UNMAP_ORDERS } from "../../model/machines/linux/iommu/flush/unmap-orders.ts";
import { TOP_READS, UNMAP_ENDS } from "../../model/machines/linux/iommu/drivers/tables/table-orders.ts";
import {
  INTERFACE_ORDERS,
  QUEUE_ORDERS,
} from "../../model/machines/linux/iommu/drivers/page-requests/page-request-orders.ts";
import {
  ATTACH_ORDERS,
  DETACH_ORDERS,
  EXIT_ORDERS,
  RESET_ORDERS,
  UNBIND_ORDERS,
} from "../../model/machines/linux/iommu/drivers/teardown/teardown-orders.ts";
import {
  DETACH_ORDERS as HWPT_DETACH_ORDERS,
  REPLACE_ORDERS as HWPT_REPLACE_ORDERS,
} from "../../model/machines/linux/iommu/iommufd/fault/control-orders.ts";
import { CLOSE_ORDERS } from "../../model/machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { CREATION_ORDERS, UNDO_ORDERS } from "../../model/machines/linux/iommu/iommufd/object/object-orders.ts";
import { CLOSES, FAULTS } from "../../model/machines/linux/mm/notifier/listeners/owner-steps.ts";
import { CALLBACKS } from "../../model/machines/linux/mm/notifier/listeners/thread-steps.ts";
import { RECLAIMS } from "../../model/machines/linux/mm/notifier/operation-steps.ts";
import { UNMAP_ORDERS as DMA_UNMAP_ORDERS } from "../../model/machines/linux/vfio/iopf/unmap-thread.ts";
import { ENABLE_ORDERS } from "../../model/machines/linux/vfio/iopf/rfc/ioctl-steps.ts";
import { PROGRAMS, STOPS } from "../../model/machines/linux/vfio/iopf/selective/mediator.ts";
import { HOLD_ORDERS, TAKE_BACK } from "../../model/systems/studies/policies-design.ts";
import { EDIT_ORDERS, TABLE_FREES } from "../../model/systems/studies/translation-caches-design.ts";

export interface Table {
  /** Whose value is the name of a list, or what the list of `system` is for. */
  readonly knob: string;
  readonly system?: string;
  /** A size without which no machine takes these steps. */
  readonly needs?: string;
  readonly lists: { [order: string]: readonly string[] | null };
}

/** Every one; a test finds those that are missing. */
export const TABLES: readonly Table[] = [
  { knob: "releaseOrder", lists: PAGE_RELEASE_ORDERS },
  { knob: "notifier", lists: RECLAIMS },
  { knob: "attach", system: "teardown", lists: ATTACH_ORDERS },
  { knob: "enable", system: "lifetimes", lists: DEVICE_ENABLE_ORDERS },
  { knob: "probe", system: "lifetimes", needs: "deviceLeaves", lists: PROBE_ORDERS },
  { knob: "entryAttach", lists: ENTRY_ATTACH_ORDERS },
  { knob: "entryDetach", lists: ENTRY_DETACH_ORDERS },
  { knob: "entryReplace", lists: ENTRY_REPLACE_ORDERS },
  { knob: "topWords", lists: TOP_READS },
  { knob: "freesTables", lists: UNMAP_ENDS },
  { knob: "unmapOrder", lists: UNMAP_ORDERS },
  { knob: "attachOrder", lists: LISTING_ORDERS },
  { knob: "detachOrder", lists: UNLISTING_ORDERS },
  { knob: "featureEnable", lists: FEATURE_ENABLE_ORDERS },
  { knob: "featureDisable", lists: FEATURE_DISABLE_ORDERS },
  { knob: "featureRestore", lists: FEATURE_RESTORE_ORDERS },
  { knob: "numberEnd", lists: NUMBER_ENDS },
  { knob: "pasidAttach", lists: PASID_ATTACH_ORDERS },
  { knob: "pasidReplace", lists: PASID_REPLACE_ORDERS },
  { knob: "pasidDetach", lists: PASID_DETACH_ORDERS },
  { knob: "iopfDisable", needs: "iopfToggles", lists: DISABLE_ORDERS },
  { knob: "deviceRelease", needs: "deviceLeaves", lists: RELEASE_ORDERS },
  { knob: "interfaceOrder", needs: "interfaceRestarts", lists: INTERFACE_ORDERS },
  { knob: "queueOrder", needs: "queueRestarts", lists: QUEUE_ORDERS },
  { knob: "teardownOrder", lists: DETACH_ORDERS },
  { knob: "resetOrder", needs: "deviceResets", lists: RESET_ORDERS },
  { knob: "exitOrder", needs: "ownerExits", lists: EXIT_ORDERS },
  { knob: "unbindAfterExit", needs: "ownerExits", lists: UNBIND_ORDERS },
  { knob: "hwptDetach", needs: "deviceDetaches", lists: HWPT_DETACH_ORDERS },
  { knob: "hwptReplace", lists: HWPT_REPLACE_ORDERS },
  { knob: "fdCloseOrder", needs: "fdCloses", lists: CLOSE_ORDERS },
  { knob: "objectPublished", lists: CREATION_ORDERS },
  { knob: "failedCreation", needs: "creationFails", lists: UNDO_ORDERS },
  { knob: "enableOrder", lists: ENABLE_ORDERS },
  { knob: "dmaUnmapOrder", needs: "dmaUnmaps", lists: DMA_UNMAP_ORDERS },
  { knob: "faultOrder", lists: FAULTS },
  { knob: "closeOrder", lists: CLOSES },
  { knob: "callbackOrder", lists: CALLBACKS },
  { knob: "ringOrder", lists: PROGRAMS },
  { knob: "ringStop", lists: STOPS },
  { knob: "holdOrder", lists: HOLD_ORDERS },
  { knob: "takeBack", lists: TAKE_BACK },
  { knob: "editOrder", lists: EDIT_ORDERS },
  { knob: "tableFree", lists: TABLE_FREES },
];
