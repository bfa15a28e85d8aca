/**
 * What a device carries of I/O page faults: the feature in the IOMMU driver, the handler that was registered for it, and
 * whether a fault of it was reported and not yet answered. All but the feature is read and written under dev->iommu->lock (P).
 *
 * Models  IOMMU_DEV_FEAT_IOPF and iommu_(un)register_device_fault_handler() of Linux 6.1 (VFIO facts rows 43, 45, 64): one
 *         handler for each device, a second one is refused; unregistering fails (EBUSY) while a fault is pending. Somebody
 *         else (SVA) may have enabled the device first.
 * Omits   report flags (FLAT, NESTED), reference counts of the feature, more than one pending fault.
 */
import { assign, emit, setup } from "xstate";

type Owner = "none" | "vfio" | "foreign";

export interface IopfDeviceContext {
  readonly device: number;
  /** Whether the hardware can route faults of it at all (row 35). */
  readonly capable: boolean;
  /** Whether unregistering waits for pending faults, or its refusal is ignored (D-12). */
  readonly busy: "waits" | "ignored";
  readonly feature: Owner;
  readonly handler: Owner;
  readonly pending: boolean;
  /** VFIO took away what somebody else had enabled. */
  readonly robbed: boolean;
}

export type IopfDeviceEmits =
  | { readonly type: "access.stalled"; readonly device: number }
  | { readonly type: "access.aborted"; readonly device: number; readonly told: boolean }
  | { readonly type: "device.told"; readonly device: number; readonly handled: boolean }
  | { readonly type: "device.refused"; readonly device: number; readonly by: string };

const s = setup({
  types: {
    context: {} as IopfDeviceContext,
    events: {} as
      | { readonly type: "access.misses"; readonly critical: boolean }
      | { readonly type: "foreign.enables" | "foreign.disables" }
      | { readonly type: "device.asks" | "device.pends" | "device.answers" }
      | { readonly type: "device.enables-feature" | "device.registers"; readonly by: string }
      /** `own`: only what VFIO enabled; else whatever is there. */
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
  context: ({ input }) => ({ ...input, feature: "none", handler: "none", pending: false, robbed: false }),
  on: {
    "access.misses": [
      { guard: mayStall, actions: emit(({ context: { device } }) => ({ type: "access.stalled", device })) },
      {
        // A record that nobody registered for is dropped at once.
        actions: emit(({ context: { device, handler } }) => ({
          type: "access.aborted",
          device,
          told: handler === "vfio",
        })),
      },
    ],
    "foreign.enables": {
      guard: ({ context }) => context.capable && context.feature === "none" && context.handler === "none",
      actions: assign({ feature: "foreign", handler: "foreign" }),
    },
    "foreign.disables": {
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
      { actions: assign({ feature: "vfio" }) },
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
