/**
 * A device of an IOMMU group, as its IOMMU driver sees it: the page tables of its requests, and whether page faults are on.
 *
 * Models  Linux 6.16, drivers/iommu/intel/iommu.c: intel_iommu_enable_iopf() and intel_iommu_disable_iopf(), step by step. The
 *         device joins the IOPF queue of its IOMMU (iopf_queue_add_device()), page requests are turned on, the attachment is
 *         counted. Without the queue a report finds no fault parameters (D8, the WARN of SMMUv3 in 6.12). A fault waits for
 *         its response. Nothing is turned off for an attachment that was not counted: both kernels warn and return.
 *         In 6.12 iommufd counts (iopf_enabled), and the count goes with the iommufd object of the device. The driver of 6.12
 *         turns page requests on, and fails with EBUSY if they are on; from 6.16 on they are on from the probe.
 * Omits   faults with PASID; page requests in flight when page faults are turned off, which group-index.ts has. VT-d of 6.12
 *         refuses page faults (-ENODEV) while ATS is off, and the blocked domain, with which iommufd takes a device over,
 *         has turned ATS off (device_block_translation()). There a domain with faults can only replace a paging domain
 *         without faults.
 */
import { assign, emit, setup } from "xstate";
import { atWill, clause, linux612, messages } from "../../said.ts";
import type { Slot } from "../../units.ts";

export interface FaultingDeviceInput {
  readonly device: number;
  /** The highest count: a count that is too high stays there. */
  readonly most: number;
  readonly faulting: readonly number[];
}

export interface FaultingDeviceContext extends FaultingDeviceInput {
  readonly rid: number | null;
  readonly pasid: number | null;
  /** Attachments that need page faults, as the driver counts them (iopf_refcount). */
  readonly count: number;
  readonly joined: boolean;
  readonly on: boolean;
  /** What is left of a call that disables is skipped: nothing was counted. */
  readonly skips: boolean;
  /** The count was decremented below 0. */
  readonly unbalanced: boolean;
  readonly waits: boolean;
  /** The IOPF core found a handler for a fault but no fault parameters: it warned and responded Invalid. */
  readonly refused: boolean;
}

export type FaultingDeviceEvent =
  | { readonly type: "iopf.joins" | "iopf.turns-on"; readonly device: number; readonly by: string }
  | { readonly type: IopfStep | "iopf.forgets"; readonly device: number }
  | { readonly type: "device.switches"; readonly device: number; readonly slot: Slot; readonly hwpt: number | null }
  | { readonly type: "device.faults" }
  | { readonly type: "fault.answered"; readonly device: number; readonly code: "success" | "invalid" | "no-param" };

export type IopfStep = "iopf.counts" | "iopf.uncounts" | "iopf.turns-off" | "iopf.leaves";

export type FaultingDeviceEmits =
  | { readonly type: "fault.reports"; readonly device: number; readonly param: boolean }
  | { readonly type: "iopf.refused"; readonly by: string };

const s = setup({
  types: {
    context: {} as FaultingDeviceContext,
    events: {} as FaultingDeviceEvent,
    emitted: {} as FaultingDeviceEmits,
    input: {} as FaultingDeviceInput,
  },
  guards: {
    isCounted: ({ context }) => context.count > 0,
    isLast: ({ context }) => context.count === 0 && !context.skips,
    /** On, and counted nowhere. */
    isJoined: ({ context }) => context.joined && context.count === 0,
    isOn: ({ context }) => context.on && context.count === 0,
    canFault: ({ context: { waits, on, rid, faulting } }) => !waits && on && rid !== null && faulting.includes(rid),
  },
});
const refuses = s.emit(({ event }) => ({ type: "iopf.refused", by: "by" in event ? event.by : "" }));

export const faultingDevice = s.createMachine({
  id: "faulting-device",
  description: "a device of an IOMMU group: its page tables, and whether page faults are on",
  meta: {
    origin: atWill("a device"),
    lane: "device {device}: page tables in use, page faults on or off",
    messages: messages<FaultingDeviceEmits>({
      "fault.reports": {
        says: "sends a page request of device {device}",
        origin: clause("pcie", "10.4 (Page Request Services)"),
      },
      "iopf.refused": {
        says: "refuses to enable page faults, which are enabled: EBUSY",
        origin: linux612("drivers/iommu/intel/iommu.c", "intel_iommu_enable_iopf"),
      },
    }),
  },
  context: ({ input }) => ({
    ...input,
    rid: null,
    pasid: null,
    count: 0,
    joined: false,
    on: false,
    skips: false,
    unbalanced: false,
    waits: false,
    refused: false,
  }),
  on: {
    "iopf.joins": [{ guard: "isJoined", actions: refuses }, { actions: assign({ joined: true }) }],
    "iopf.turns-on": [{ guard: "isOn", actions: refuses }, { actions: assign({ on: true }) }],
    "iopf.counts": { actions: assign({ count: ({ context }) => Math.min(context.count + 1, context.most) }) },
    "iopf.uncounts": [
      { guard: "isCounted", actions: assign({ count: ({ context }) => context.count - 1, skips: false }) },
      { actions: assign({ unbalanced: true, skips: true }) },
    ],
    "iopf.forgets": { actions: assign({ count: 0 }) },
    /** Other attachments still need page faults, or they are off. */
    "iopf.turns-off": [{ guard: "isLast", actions: assign({ on: false }) }, {}],
    "iopf.leaves": [{ guard: "isLast", actions: assign({ joined: false }) }, { actions: assign({ skips: false }) }],
    "device.switches": { actions: assign(({ event: { slot, hwpt } }) => ({ [slot]: hwpt })) },
    "device.faults": {
      description: "faults through page table {rid}, with page faults on",
      guard: "canFault",
      actions: [
        assign({ waits: true }),
        emit(({ context: { device, joined } }) => ({ type: "fault.reports", device, param: joined })),
      ],
    },
    "fault.answered": {
      actions: assign(({ context, event }) => ({
        waits: false,
        refused: context.refused || event.code === "no-param",
      })),
    },
  },
});

export const faultingDeviceSteps = [{ type: "device.faults" }] as const;
