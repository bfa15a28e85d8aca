/** The IOPF core of Linux 6.12 with the VFIO handler and its workers: from a reported fault to the driver's response. */
import { call } from "../../checker/system.ts";
import { attachHandles } from "../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultParam, LINUX_6_12 } from "../machines/linux/iommu/io-pgfault/6.12/fault-param.ts";
import { iopfQueue, queueSteps } from "../machines/linux/iommu/io-pgfault/6.12/iopf-queue.ts";
import { reporter, reporterSteps } from "../machines/linux/iommu/io-pgfault/6.12/reporter.ts";
import { faultEntry } from "../machines/linux/vfio/iopf/fault-entry.ts";
import { faultWorker, faultWorkerSteps } from "../machines/linux/vfio/iopf/fault-worker.ts";
import { pasidsOf, range, type Configuration } from "./configuration.ts";
import { field, type Part } from "./host-side.ts";
import { coreRoutes612 } from "./iopf-core-6.12.ts";
import { resolverOf } from "./resolvers.ts";

const nobody = () => [];

/** Groups of a device that are alive at a time: one for each index, and one that an overflow left behind. */
const groupsOf = (slots: number): number => slots + 1;

export function faultCore612(configuration: Configuration): Part {
  const { hardware, host, bounds } = configuration;
  const devices = range(bounds.devices);
  const paramOf = (message: Parameters<typeof field>[0]): string => `param${field(message, "device")}`;
  const groups = devices.flatMap((device) => range(groupsOf(bounds.slots)).map((group) => ({ device, group })));
  return {
    components: {
      reporter: { machine: reporter, role: "reporter", events: reporterSteps(host.allocations) },
      handles: { machine: attachHandles, input: { iommuGroup: 0 }, role: "attach-handles" },
      ...Object.fromEntries(
        devices.map((device) => [
          `param${device}`,
          {
            machine: faultParam,
            input: {
              device,
              rules: {
                ...LINUX_6_12,
                partialKey: hardware.partialKey === "prgi" ? "prgi" : "pasid-prgi",
              },
            },
            role: "fault-param",
          },
        ]),
      ),
      queue: {
        machine: iopfQueue,
        input: { queue: 0 },
        role: "iopf-queue",
        events: queueSteps,
      },
      handler: { machine: faultEntry, role: "fault-entry" },
      ...Object.fromEntries(
        range(host.workers).map((worker) => [
          `worker${worker}`,
          {
            machine: faultWorker,
            input: { name: `worker${worker}` },
            role: "responder",
            events: faultWorkerSteps(groups),
          },
        ]),
      ),
    },
    channels: {},
    routes: [
      ...coreRoutes612({
        param: paramOf,
        queue: "queue",
        handles: "handles",
        handler: "handler",
        driver: "response-encoder",
        attacher: nobody,
        borrowers: [],
        // Of the calls of the queue only a discard is made in these systems, by the thread that handles overflow.
        caller: hardware.stallSlots > 0 ? nobody : "prq-thread",
        flusher: nobody,
        owner: nobody,
        log: nobody,
      }),
      call("fault-entry", ["work.queues"], paramOf),
      call("fault-entry", ["work.begins"], "queue"),
      call("fault-entry", ["handler.returns"], "reporter"),
      call("fault-entry", ["work.given"], (message) => field(message, "by")),
      call("responder", ["work.takes"], "handler", "block"),
      call("responder", ["resolver.starts"], resolverOf, "block"),
      call("responder", ["response.sent"], resolverOf, "drop"),
      call("responder", ["group.responds", "group.frees"], paramOf),
      call("responder", ["work.done"], "queue"),
    ],
    prologue: [
      ...devices.map((device) => ({
        kind: "event" as const,
        component: "queue",
        event: { type: "queue.adds", device },
      })),
      // One page table for all PASIDs of the device.
      ...pasidsOf(configuration).map((pasid) => ({
        kind: "event" as const,
        component: "handles",
        event: { type: "handle.inserts", pasid: pasid ?? 0, domain: { handler: "vfio", nested: false } },
      })),
    ],
  };
}
