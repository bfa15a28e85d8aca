/**
 * A filter in the IOMMU driver for devices that have declared some of their accesses intolerant of faults.
 *
 * Models  row 44 of the RFC thread (M5: the device tells the IOMMU driver, which filters faults; rejected in M6). The driver
 *         sees a device and an address. It cannot know where the rings of a device are, so it refuses all faults of such a
 *         device, or none.
 * Omits   how the device declares it.
 */
import { emit, setup } from "xstate";
import { messages, proposal } from "../../../../said.ts";

type DeviceFaultFilterEmits =
  | { readonly type: "resolver.starts"; readonly queue: number; readonly pages: readonly number[] }
  | { readonly type: "resolver.done"; readonly queue: number; readonly code: "invalid" };

const s = setup({
  types: {
    context: {} as { readonly refuses: boolean },
    events: {} as { readonly type: "fault.raised"; readonly queue: number; readonly page: number },
    emitted: {} as DeviceFaultFilterEmits,
    input: {} as { refuses: boolean },
  },
});

export const deviceFaultFilter = s.createMachine({
  id: "device-fault-filter",
  description: "a filter in the IOMMU driver for faults of devices that do not tolerate them",
  meta: {
    origin: proposal("M5 (a fault filter in the IOMMU driver)"),
    lane: "the fault filter of the IOMMU driver",
    messages: messages<DeviceFaultFilterEmits>({
      "resolver.starts": "passes the fault on page(s) {pages} to the VFIO handler",
      "resolver.done": "refuses the fault with {code}",
    }),
  },
  context: ({ input }) => input,
  on: {
    "fault.raised": [
      {
        guard: ({ context }) => context.refuses,
        actions: emit(({ event }) => ({ type: "resolver.done", queue: event.queue, code: "invalid" })),
      },
      {
        actions: emit(({ event }) => ({ type: "resolver.starts", queue: event.queue, pages: [event.page] })),
      },
    ],
  },
});
