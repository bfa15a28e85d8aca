/**
 * The IOMMU driver of a test below iommufd: it enables page faults of a device by adding it to the only IOPF queue.
 *
 * Models  Linux 6.12, drivers/iommu/iommufd/selftest.c: mock_dev_enable_feat(), mock_dev_disable_feat(). The selftest
 *         allocates its queue when it is loaded; a test may also allocate it when it is first needed.
 * Omits   Domains: it switches without an error. Enabling before the queue exists, which fails with ENODEV.
 */
import { assign, enqueueActions, setup } from "xstate";
import { linux612, messages } from "../../../../said.ts";

const SELFTEST = "drivers/iommu/iommufd/selftest.c";

export type MockDriverEmits =
  | { readonly type: "queue.allocates"; readonly queue: number }
  | { readonly type: "queue.adds"; readonly queue: number; readonly device: number; readonly memory?: "none" }
  | { readonly type: "queue.removes"; readonly queue: number; readonly device: number };

const s = setup({
  types: {
    context: {} as { readonly hasQueue: boolean },
    events: {} as
      | { readonly type: "param.adds"; readonly device: number; readonly queue: number; readonly memory?: "none" }
      | { readonly type: "param.removes"; readonly device: number; readonly queue: number },
    emitted: {} as MockDriverEmits,
    input: {} as { readonly hasQueue: boolean },
  },
});

export const mockDriver = s.createMachine({
  id: "mock-driver",
  description: "the IOMMU driver of a test, with one IOPF queue",
  meta: {
    origin: linux612(SELFTEST, "mock_dev_enable_feat"),
    lane: "the IOMMU driver of the test",
    messages: messages<MockDriverEmits>({
      "queue.allocates": {
        says: "allocates IOPF queue {queue}",
        origin: linux612("drivers/iommu/io-pgfault.c", "iopf_queue_alloc"),
      },
      "queue.adds": "adds device {device} to IOPF queue {queue}",
      "queue.removes": {
        says: "removes device {device} from IOPF queue {queue}",
        origin: linux612(SELFTEST, "mock_dev_disable_feat"),
      },
    }),
  },
  context: ({ input }) => input,
  on: {
    "param.adds": {
      actions: [
        enqueueActions(({ context, event: { device, queue, memory }, enqueue }) => {
          if (!context.hasQueue) enqueue.emit({ type: "queue.allocates", queue });
          enqueue.emit({ type: "queue.adds", queue, device, ...(memory === undefined ? {} : { memory }) });
        }),
        assign({ hasQueue: true }),
      ],
    },
    "param.removes": {
      actions: s.emit(({ event: { device, queue } }) => ({ type: "queue.removes", queue, device })),
    },
  },
});
