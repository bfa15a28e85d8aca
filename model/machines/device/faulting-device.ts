/**
 * A device of a group at its IOMMU: the page tables that its requests go through, and whether it may have page faults.
 *
 * Models  Linux 6.16, intel/prq.c: intel_iommu_enable_iopf() and intel_iommu_disable_iopf(), step by step: the device
 *         joins the queue of its IOMMU, page requests are turned on, the attachment is counted; io-pgfault.c:
 *         iopf_queue_add_device(), without which a report finds no fault parameters (D8). A fault waits for its answer.
 * Omits   faults with PASID, and requests that are on their way when they are turned off (the study teardown). That VT-d of
 *         6.12 turns page faults on only while ATS is on (-ENODEV), and that the blocked domain, with which iommufd takes a
 *         device over, has turned it off (device_block_translation()): there a table with faults can only replace a paging
 *         domain without, and not be the first.
 */
import { assign, emit, setup } from "xstate";
import type { Slot } from "../../units.ts";

export interface FaultingDeviceInput {
  readonly device: number;
  /** As far as it is counted: a count that is too high stays there. */
  readonly most: number;
  readonly faulting: readonly number[];
}

export interface FaultingDeviceContext extends FaultingDeviceInput {
  readonly rid: number | null;
  readonly pasid: number | null;
  /** Attachments that are counted to need page faults. */
  readonly count: number;
  readonly joined: boolean;
  readonly on: boolean;
  /** What was not counted was uncounted. */
  readonly unbalanced: boolean;
  readonly waits: boolean;
  /** The core found a handler for a fault, and no fault parameters: it warned, and refused. */
  readonly refused: boolean;
}

export type FaultingDeviceEvent =
  | { readonly type: IopfStep; readonly device: number }
  | { readonly type: "device.switches"; readonly device: number; readonly slot: Slot; readonly hwpt: number | null }
  | { readonly type: "device.faults" }
  | { readonly type: "fault.answered"; readonly device: number; readonly code: "success" | "invalid" | "no-param" };

export type IopfStep =
  "iopf.joins" | "iopf.turns-on" | "iopf.counts" | "iopf.uncounts" | "iopf.turns-off" | "iopf.leaves";

const s = setup({
  types: {
    context: {} as FaultingDeviceContext,
    events: {} as FaultingDeviceEvent,
    emitted: {} as { readonly type: "fault.reports"; readonly device: number; readonly param: boolean },
    input: {} as FaultingDeviceInput,
  },
  guards: {
    isCounted: ({ context }) => context.count > 0,
    isLast: ({ context }) => context.count === 0,
    canFault: ({ context: { waits, on, rid, faulting } }) => !waits && on && rid !== null && faulting.includes(rid),
  },
});

export const faultingDevice = s.createMachine({
  id: "faulting-device",
  context: ({ input }) => ({
    ...input,
    rid: null,
    pasid: null,
    count: 0,
    joined: false,
    on: false,
    unbalanced: false,
    waits: false,
    refused: false,
  }),
  on: {
    "iopf.joins": { actions: assign({ joined: true }) },
    "iopf.turns-on": { actions: assign({ on: true }) },
    "iopf.counts": { actions: assign({ count: ({ context }) => Math.min(context.count + 1, context.most) }) },
    "iopf.uncounts": [
      { guard: "isCounted", actions: assign({ count: ({ context }) => context.count - 1 }) },
      { actions: assign({ unbalanced: true }) },
    ],
    /** Others still count on it, or it is off. */
    "iopf.turns-off": [{ guard: "isLast", actions: assign({ on: false }) }, {}],
    "iopf.leaves": [{ guard: "isLast", actions: assign({ joined: false }) }, {}],
    "device.switches": { actions: assign(({ event: { slot, hwpt } }) => ({ [slot]: hwpt })) },
    "device.faults": {
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
