/** Designs and sizes of the study `fault-object`: how an object of iommufd is made, unmade, named and read. */
import type { KnobTable } from "../../knobs.ts";
import type { ObjectCallerInput } from "../../machines/linux/iommu/iommufd/object/object-caller.ts";
import type { ObjectDestroyerRules } from "../../machines/linux/iommu/iommufd/object/object-destroyer.ts";
import {
  CREATION_ORDERS,
  UNDO_ORDERS,
  type CreationOrder,
  type UndoOrder,
} from "../../machines/linux/iommu/iommufd/object/object-orders.ts";
import type { BoundsName } from "../study.ts";
import type { IommufdDesign } from "./iommufd-design.ts";
import { iommufdKnobs } from "./iommufd-knobs.ts";

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

const flag = { kind: "flag" } as const;
const choice = <const Choice extends string>(...of: readonly Choice[]) => ({ kind: "choice", of }) as const;

export const faultObjectKnobs: KnobTable<FaultObjectDesign> = {
  objectPublished: {
    id: "3.1",
    values: choice(...(Object.keys(CREATION_ORDERS) as CreationOrder[])),
    sentence: "Whether an object can be found once its creation cannot fail any more, or at once.",
  },
  failedCreation: {
    id: "B20",
    values: choice(...(Object.keys(UNDO_ORDERS) as UndoOrder[])),
    sentence: "The steps that take back an object whose creation fails when it has a file.",
  },
  destroyWait: {
    id: "B25",
    values: choice("until-unnamed", "bounded", "never"),
    sentence: "How long IOMMU_DESTROY waits for calls that are inside the object.",
  },
  hwptReference: {
    id: "3.1",
    values: choice("user", "short-term", "nothing"),
    sentence: "As what a page table keeps its fault object.",
  },
  recordInit: {
    id: "B18",
    values: choice("zeroed", "left"),
    sentence: "Whether a record begins as zeros, or as what was on the stack.",
  },
  fdCloseOrder: iommufdKnobs.fdCloseOrder,
};

export const faultObjectSizeKnobs: KnobTable<FaultObjectSizes> = {
  creationFails: { id: "bound", values: flag, sentence: "Whether the creation of an object may fail half way." },
  objectCallers: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Calls that may be inside the object at a time.",
  },
  destroyers: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Calls at a time that destroy the object.",
  },
  recordReads: { id: "bound", values: flag, sentence: "Whether user space reads records." },
};

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
