/**
 * A filter in the IOMMU driver for devices that said that some of their accesses do not tolerate faults.
 *
 * Models  row 44 (proposed and rejected): what the driver sees is a device and an address; where the rings of a queue lie
 *         it cannot know, so that it can only refuse all faults of such a device, or none.
 * Omits   how the device is asked.
 */
import { emit, setup } from "xstate";

const s = setup({
  types: {
    context: {} as { readonly refuses: boolean },
    events: {} as { readonly type: "fault.raised"; readonly queue: number; readonly page: number },
    emitted: {} as
      | { readonly type: "resolver.starts"; readonly queue: number; readonly pages: readonly number[] }
      | { readonly type: "resolver.done"; readonly queue: number; readonly code: "invalid" },
    input: {} as { refuses: boolean },
  },
});

export const deviceFaultFilter = s.createMachine({
  id: "device-fault-filter",
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
