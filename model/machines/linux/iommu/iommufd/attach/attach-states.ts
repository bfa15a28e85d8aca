/**
 * What the driver keeps for each attachment of a device, from before it enables anything until after it has undone all.
 *
 * Models  arm-smmu-v3: struct arm_smmu_vmaster and arm_smmu_master_domain. intel/iommu.c: struct dev_pasid_info, and
 *         intel_iommu_remove_dev_pasid(), which warned of one that it did not find and dropped the count of the domain all
 *         the same (B29: attach state is kept; B45: detach of a PASID that was not attached).
 * Omits   The contents of these structures.
 */
import { enqueueActions, setup } from "xstate";
import { linux612, messages } from "../../../../../said.ts";
import type { Slot } from "../../../../../units.ts";

/** Whether removing an attachment that does not exist drops the count of the domain. */
export type PasidRemoval = "if-attached" | "always";

export interface AttachState {
  readonly slot: Slot;
  readonly hwpt: number;
}

export interface AttachStatesInput {
  readonly device: number;
  readonly removal: PasidRemoval;
}

export interface AttachStatesContext extends AttachStatesInput {
  /** In the order in which they were made; a replace has two of a slot. */
  readonly states: readonly AttachState[];
}

export type AttachStatesEvent = {
  readonly type: "state.prepares" | "state.releases";
  readonly device: number;
} & AttachState;

export type AttachStatesEmits = { readonly type: "domain.takes" | "domain.drops"; readonly hwpt: number };

/** Of a device: two while an HWPT is replaced, one of a PASID, and one that was leaked. Further ones are not counted. */
const MOST = 4;

const s = setup({
  types: {
    context: {} as AttachStatesContext,
    events: {} as AttachStatesEvent,
    emitted: {} as AttachStatesEmits,
    input: {} as AttachStatesInput,
  },
});

export const attachStates = s.createMachine({
  id: "attach-states",
  description: "the attachments that the driver keeps for one device",
  meta: {
    origin: linux612("drivers/iommu/intel/iommu.c", "intel_iommu_remove_dev_pasid"),
    lane: "the attachments that the IOMMU driver keeps for device {device}",
    messages: messages<AttachStatesEmits>({
      "domain.takes": {
        says: "counts an attachment of HWPT {hwpt}",
        origin: linux612("drivers/iommu/intel/iommu.c", "domain_attach_iommu"),
      },
      "domain.drops": {
        says: "uncounts an attachment of HWPT {hwpt}",
        origin: linux612("drivers/iommu/intel/iommu.c", "domain_detach_iommu"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, states: [] }),
  on: {
    "state.prepares": {
      actions: enqueueActions(({ context: { states }, event: { slot, hwpt }, enqueue }) => {
        if (states.length === MOST) return;
        enqueue.assign({ states: [...states, { slot, hwpt }] });
        enqueue.emit({ type: "domain.takes", hwpt });
      }),
    },
    "state.releases": {
      actions: enqueueActions(({ context: { states, removal }, event: { slot, hwpt }, enqueue }) => {
        const at = states.findIndex((state) => state.slot === slot && state.hwpt === hwpt);
        if (at < 0 && removal === "if-attached") return;
        enqueue.assign({ states: states.filter((_, index) => index !== at) });
        enqueue.emit({ type: "domain.drops", hwpt });
      }),
    },
  },
});
