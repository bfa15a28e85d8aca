/**
 * The IOPF state of a device: the feature in the IOMMU driver, the registered fault handler, and whether a fault was
 * reported and not yet answered. All but the feature is read and written under dev->iommu->lock (P).
 *
 * Models  IOMMU_DEV_FEAT_IOPF, iommu_register_device_fault_handler() and iommu_unregister_device_fault_handler() of Linux
 *         6.1 (row 43: iopf_enabled is set after the registration; row 45: FEAT_IOPF, then the registration). A device
 *         has one handler, and a second registration is refused (row 64: one fault handler for each device).
 *         Unregistering fails with EBUSY while a fault is pending. Another user, SVA, may have enabled the device first.
 * Omits   report flags (FLAT, NESTED), which nested/ has, reference counts of the feature, and a second pending fault.
 */
import { assign, emit, setup } from "xstate";
import { atWill, clause, linux61, messages } from "../../../../../said.ts";

type Owner = "none" | "vfio" | "foreign";

export interface IopfDeviceContext {
  readonly device: number;
  /** Whether its faults can reach software (row 35: FEAT_IOPF says that a device can fault). */
  readonly capable: boolean;
  /** Whether unregistering waits for pending faults, or its refusal is ignored (D-12). */
  readonly busy: "waits" | "ignored";
  readonly feature: Owner;
  readonly handler: Owner;
  readonly pending: boolean;
  /** VFIO took away what SVA had enabled. */
  readonly robbed: boolean;
}

export type IopfDeviceEmits =
  | { readonly type: "access.stalled"; readonly device: number }
  | { readonly type: "access.aborted"; readonly device: number; readonly told: boolean }
  | { readonly type: "device.told"; readonly device: number; readonly handled: boolean }
  | { readonly type: "device.refused"; readonly device: number; readonly by: string };

const IOMMU = "drivers/iommu/iommu.c";

const s = setup({
  types: {
    context: {} as IopfDeviceContext,
    events: {} as
      | { readonly type: "access.misses"; readonly critical: boolean }
      | { readonly type: "foreign.enables" | "foreign.disables" }
      | { readonly type: "device.asks" | "device.pends" | "device.answers" }
      | { readonly type: "device.enables-feature" | "device.registers"; readonly by: string }
      /** `own`: only what VFIO enabled; otherwise also what SVA enabled. */
      | { readonly type: "device.unregisters" | "device.disables-feature"; readonly own: boolean },
    emitted: {} as IopfDeviceEmits,
    input: {} as Pick<IopfDeviceContext, "device" | "capable" | "busy">,
  },
});

const refuses = s.enqueueActions(({ context, event, enqueue }) => {
  if ("by" in event) enqueue.emit({ type: "device.refused", device: context.device, by: event.by });
});
const mayStall = ({ context, event }: { context: IopfDeviceContext; event: { critical: boolean } }): boolean =>
  context.feature !== "none" && !event.critical;
const isForeign = (owner: Owner, own: boolean): boolean => owner === "foreign" && !own;

export const iopfDevice = s.createMachine({
  id: "iopf-device",
  description: "the IOPF feature and the fault handler of one device",
  meta: {
    origin: linux61(IOMMU, "iommu_register_device_fault_handler"),
    lane: "dev->iommu of device {device}",
    messages: messages<IopfDeviceEmits>({
      "access.stalled": {
        says: "stalls the access of device {device}",
        origin: clause("smmu", "3.12.2 (Stall model)"),
      },
      "access.aborted": {
        says: "aborts the access of device {device}",
        origin: clause("smmu", "3.12.1 (Terminate model)"),
      },
      "device.told": {
        says: "{handled?finds:does not find} a handler of VFIO for device {device}",
        origin: linux61(IOMMU, "iommu_report_device_fault"),
      },
      "device.refused": "refuses the call of {by} for device {device}",
    }),
  },
  context: ({ input }) => ({ ...input, feature: "none", handler: "none", pending: false, robbed: false }),
  on: {
    "access.misses": [
      { guard: mayStall, actions: emit(({ context: { device } }) => ({ type: "access.stalled", device })) },
      {
        // Without a registered handler the record is dropped at once.
        actions: emit(({ context: { device, handler } }) => ({
          type: "access.aborted",
          device,
          told: handler === "vfio",
        })),
      },
    ],
    "foreign.enables": {
      description: "enables IOPF for the device and registers a handler",
      meta: { origin: atWill("SVA") },
      guard: ({ context }) => context.capable && context.feature === "none" && context.handler === "none",
      actions: assign({ feature: "foreign", handler: "foreign" }),
    },
    "foreign.disables": {
      description: "unregisters its handler and disables IOPF for the device",
      meta: { origin: atWill("SVA") },
      guard: ({ context }) => context.feature === "foreign" && context.handler === "foreign",
      actions: assign({ feature: "none", handler: "none" }),
    },
    "device.asks": {
      actions: emit(({ context: { device, handler } }) => ({
        type: "device.told",
        device,
        handled: handler === "vfio",
      })),
    },
    "device.pends": { actions: assign({ pending: true }) },
    "device.answers": { actions: assign({ pending: false }) },
    "device.enables-feature": [
      { guard: ({ context }) => !context.capable || context.feature !== "none", actions: refuses },
      {
        actions: assign({
          feature: "vfio",
          robbed: ({ context: { robbed, feature } }) => robbed || isForeign(feature, false),
        }),
      },
    ],
    "device.registers": [
      { guard: ({ context }) => context.handler !== "none", actions: refuses },
      { actions: assign({ handler: "vfio" }) },
    ],
    "device.unregisters": [
      { guard: ({ context }) => context.pending && context.busy === "ignored" },
      {
        guard: ({ context }) => !context.pending,
        actions: assign({
          handler: ({ context: { handler }, event: { own } }) => (own && handler === "foreign" ? handler : "none"),
          robbed: ({ context: { robbed, handler }, event: { own } }) => robbed || isForeign(handler, own),
        }),
      },
    ],
    "device.disables-feature": {
      actions: assign({
        feature: ({ context: { feature }, event: { own } }) => (own && feature === "foreign" ? feature : "none"),
        robbed: ({ context: { robbed, feature }, event: { own } }) => robbed || isForeign(feature, own),
      }),
    },
  },
});
