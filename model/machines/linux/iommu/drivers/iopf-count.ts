/**
 * The count of the attachments of a device for which a driver has enabled page faults, by RID and by PASID.
 *
 * Models  VT-d of 7.3.4: info->iopf_refcount, intel_iommu_enable_iopf(), intel_iommu_disable_iopf(), and SMMUv3's
 *         arm_smmu_enable_iopf(), arm_smmu_disable_iopf() (iommufd facts, J90). The first attachment puts the device on its IOPF
 *         queue, and the last one takes it off. intel_iommu_drain_pasid_prq() returns at once where the count is 0 (J94),
 *         although requests may wait that came under a page table without faults: PRI stays enabled from the probe on.
 *         machines/device/faulting-device.ts has the same count for the devices of a group, with the queue as steps of its own.
 * Omits   Devices without PRI or stalls. What enabling fails for, which its caller says.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linuxAt, messages } from "../../../../said.ts";
import { paramSays } from "../io-pgfault/6.12/fault-param-messages.ts";

export interface IopfCountContext {
  readonly device: number;
  /** The highest count: one that is too high stays there. */
  readonly most: number;
  /** Whether a drain waits where the count is 0. */
  readonly drainsIdle: boolean;
  readonly count: number;
  /** Page faults were disabled for an attachment that was not counted. Never cleared. */
  readonly unbalanced: boolean;
}

export type IopfCountEmits =
  | { readonly type: "param.adds" | "param.removes"; readonly device: number; readonly queue: 0 }
  | { readonly type: "intake.drains"; readonly pasid: number };

const VTD = "drivers/iommu/intel/iommu.c";

const s = setup({
  types: {
    context: {} as IopfCountContext,
    events: {} as
      { readonly type: "iopf.enables" | "iopf.disables" } | { readonly type: "iopf.drains"; readonly pasid: number },
    emitted: {} as IopfCountEmits,
    input: {} as Pick<IopfCountContext, "device" | "most" | "drainsIdle">,
  },
  guards: {
    isCounted: ({ context }) => context.count > 0,
    isDrained: ({ context }) => context.drainsIdle || context.count > 0,
  },
});

export const iopfCount = s.createMachine({
  id: "iopf-count",
  description: "the attachments of a device with page faults, as its IOMMU driver counts them",
  meta: {
    origin: linuxAt("7.3.4", VTD, "intel_iommu_enable_iopf", "intel_iommu_disable_iopf"),
    lane: "iopf_refcount of device {device}",
    messages: messages<IopfCountEmits>({
      "param.adds": paramSays["param.adds"],
      "param.removes": paramSays["param.removes"],
      "intake.drains": {
        says: "waits for the page requests of PASID {pasid}",
        origin: linuxAt("7.3.4", "drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, count: 0, unbalanced: false }),
  on: {
    "iopf.enables": {
      actions: enqueueActions(({ context: { device, count, most }, enqueue }) => {
        enqueue.assign({ count: Math.min(count + 1, most) });
        if (count === 0) enqueue.emit({ type: "param.adds", device, queue: 0 });
      }),
    },
    "iopf.disables": [
      {
        guard: "isCounted",
        actions: enqueueActions(({ context: { device, count }, enqueue }) => {
          enqueue.assign({ count: count - 1 });
          if (count === 1) enqueue.emit({ type: "param.removes", device, queue: 0 });
        }),
      },
      { actions: assign({ unbalanced: true }) },
    ],
    "iopf.drains": [
      {
        guard: "isDrained",
        actions: emit(({ event }) => ({ type: "intake.drains", pasid: event.pasid })),
      },
      {},
    ],
  },
});
