/** The knobs of the focused model `fault-object`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { CreationOrder, UndoOrder } from "../../machines/linux/iommu/iommufd/object/object-orders.ts";
import type { FaultObjectDesign, FaultObjectSizes } from "./fault-object-design.ts";
import { iommufdKnobs } from "./iommufd-knobs.ts";

const flag = { kind: "flag" } as const;

export const faultObjectKnobs: KnobTable<FaultObjectDesign> = {
  objectPublished: {
    id: "iopf-core 3.1",
    values: choice({
      "when-complete": "The ID is published after the last step that can fail, before fd_install().",
      "after-install": "The ID is published after fd_install(), by iommufd_fops_ioctl() (7.3.4).",
      "descriptor-late": "The number of the descriptor is copied before it is reserved (deliberate defect).",
      "at-once": "The ID is published at once, so that other threads find an incomplete object (deliberate defect).",
    } satisfies { readonly [value in CreationOrder]: string }),
    sentence: "When a lookup finds a fault object that iommufd_fault_alloc() makes.",
  },
  failedCreation: {
    id: "B20",
    values: choice({
      "releases-first": "Put the file, wait until its release() has returned, then free the object.",
      "drops-twice": "The error path drops what the release() of the file has dropped.",
      "frees-first": "The object is freed before the deferred release() of the file runs (deferred fput).",
      "linux-6.12.0": "The error path drops twice, and frees before release() runs (6.12.0).",
      "waits-first": "The error path waits for release() while it holds the file, for ever (deliberate defect).",
      "keeps-object": "The object is not freed (deliberate defect).",
    } satisfies { readonly [value in UndoOrder]: string }),
    sentence: "How iommufd_fault_alloc() takes an object back after its file was made.",
  },
  destroyWait: {
    id: "B25",
    values: choice({
      "until-unnamed": "It waits until no call uses the object.",
      bounded: "It gives up after 60 s, and the object stays in memory without an ID (6.12).",
      never: "It frees the object without a wait (before 6f9c4d8c468c).",
    }),
    sentence: "How long IOMMU_DESTROY waits for the short-term users of an object.",
  },
  hwptReference: {
    id: "iopf-core 3.1",
    values: choice({
      user: "The page table is a user of the object, so that IOMMU_DESTROY returns -EBUSY.",
      "short-term": "The page table is a short-term user, so that IOMMU_DESTROY waits for it (deliberate defect).",
      nothing: "The page table holds no reference, and may use a freed object (deliberate defect).",
    }),
    sentence: "The reference that a page table holds to its fault object.",
  },
  recordInit: {
    id: "B18",
    values: choice({
      zeroed: "The record is zeroed before its fields are set.",
      left: "The padding keeps what was on the stack, and user space reads it (6.12.0).",
    }),
    sentence: "What a record for user space contains before its fields are set (iommufd_compose_fault_message()).",
  },
  fdCloseOrder: iommufdKnobs.fdCloseOrder,
};

export const faultObjectSizeKnobs: KnobTable<FaultObjectSizes> = {
  creationFails: { id: "bound", values: flag, sentence: "Whether the creation of an object may fail half way." },
  objectCallers: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "Most ioctls that use the object at a time.",
  },
  destroyers: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Most IOMMU_DESTROY calls on the object at a time.",
  },
  recordReads: { id: "bound", values: flag, sentence: "Whether user space reads records." },
};
