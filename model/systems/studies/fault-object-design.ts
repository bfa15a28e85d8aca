/** Designs and sizes of the study `fault-object`: how an object of iommufd is made, unmade, named and read. */
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
    sentence: "Published when complete, released before it is freed, and waited for without a bound.",
    design: INTENDED,
  },
  /** The fixes of B18, B20, B21 and B22 were taken into 6.12 later. */
  "linux-6.12.0": {
    sentence: "6.12.0, as it was released.",
    design: {
      ...INTENDED,
      failedCreation: "linux-6.12.0",
      destroyWait: "bounded",
      recordInit: "left",
      fdCloseOrder: "drop-then-read",
    },
  },
  "linux-6.12.117": {
    sentence: "6.12.117, with the fixes of its stable releases: a destroy still gives up waiting.",
    design: { ...INTENDED, destroyWait: "bounded" },
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
