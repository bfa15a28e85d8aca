/** Designs and sizes of the focused model `fault-object`: how an object of iommufd is made, unmade, named and read. */
import type { ObjectCallerInput } from "../../machines/linux/iommu/iommufd/object/object-caller.ts";
import type { ObjectDestroyerRules } from "../../machines/linux/iommu/iommufd/object/object-destroyer.ts";
import type { CreationOrder, UndoOrder } from "../../machines/linux/iommu/iommufd/object/object-orders.ts";
import type { BoundsName } from "../study.ts";
import type { IommufdDesign } from "./iommufd-design.ts";

export interface FaultObjectDesign extends Pick<IommufdDesign, "fdCloseOrder"> {
  readonly name: string;
  readonly objectPublished: CreationOrder;
  readonly failedCreation: UndoOrder;
  readonly destroyWait: ObjectDestroyerRules["waits"];
  readonly hwptReference: ObjectCallerInput["hwpt"];
  readonly recordInit: "zeroed" | "left";
}

export interface FaultObjectSizes {
  readonly name: string;
  readonly creationFails: boolean;
  readonly objectCallers: number;
  readonly destroyers: number;
  readonly recordReads: boolean;
}

const INTENDED: Omit<FaultObjectDesign, "name"> = {
  objectPublished: "when-complete",
  failedCreation: "releases-first",
  destroyWait: "until-unnamed",
  hwptReference: "user",
  recordInit: "zeroed",
  fdCloseOrder: "read-then-drop",
};

export const faultObjectHosts = {
  intended: {
    sentence:
      "An object is published when complete, released before it is freed, and destroyed after all calls have ended.",
    design: INTENDED,
  },
  /** The fixes of B18, B20, B21 and B22 were taken into 6.12 later. */
  "linux-6.12.0": {
    sentence: "Linux 6.12.0, before its fixes.",
    design: {
      ...INTENDED,
      failedCreation: "linux-6.12.0",
      destroyWait: "bounded",
      recordInit: "left",
      fdCloseOrder: "drop-then-read",
    },
  },
  "linux-6.12.117": {
    sentence: "Linux 6.12.117: the fixes are there, and IOMMU_DESTROY still gives up after 60 s.",
    design: { ...INTENDED, destroyWait: "bounded" },
  },
  /**
   * iommufd_fault_alloc() calls fd_install(), and iommufd_fops_ioctl() publishes the ID after that, or undoes the allocation
   * with __fput_sync(). iommufd_object_remove() gives up its wait after 60 s and leaves the object, which has no ID any more.
   */
  "linux-7.3.4": {
    sentence:
      "Linux 7.3.4: the descriptor is installed before the ID is published, and IOMMU_DESTROY gives up after 60 s.",
    design: { ...INTENDED, objectPublished: "after-install", destroyWait: "bounded" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<FaultObjectDesign, "name"> } };

const SMALL: Omit<FaultObjectSizes, "name"> = {
  creationFails: true,
  objectCallers: 1,
  destroyers: 1,
  recordReads: true,
};

export const faultObjectBounds: { readonly [name in BoundsName]: Omit<FaultObjectSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, objectCallers: 3, destroyers: 2 },
  deep: { ...SMALL, objectCallers: 4, destroyers: 2 },
};
