/** MEM: life times of what the IOPF core allocates. */
import { always, each, sometimes } from "../../../checker/property.ts";
import type { DeviceFaultDataContext } from "../../../model/machines/linux/iommu/io-pgfault/6.1/device-fault-data-messages.ts";
import { users, type FaultParamContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/fault-groups.ts";
import type { ReporterContext } from "../../../model/machines/linux/iommu/io-pgfault/6.12/reporter-messages.ts";
import { detaches, reachesTheCore } from "../parameters.ts";
import { coreRule } from "../sources.ts";

const data = each<DeviceFaultDataContext>("device-fault-data");
const param = each<FaultParamContext>("fault-param");
const reporter = each<ReporterContext>("reporter");

export const mem = [
  always({
    id: "MEM-1",
    name: "no-use-after-free",
    statement: "No group and no fault parameter is used after it was freed.",
    source: coreRule("I11, I14"),
    witness: "MEM-4",
    reads: { param },
    holds: ({ param: { context } }) => !context.useAfterFree,
  }),
  always({
    id: "MEM-2",
    name: "no-double-free",
    statement: "Nothing is freed twice, and nothing on a stack is freed.",
    source: coreRule("I11, D6"),
    witness: "MEM-4",
    reads: { param },
    holds: ({ param: { context } }) => !context.invalidFree,
  }),
  always({
    id: "MEM-3",
    name: "handle-not-freed-in-use",
    statement: "The reporter does not use an attach handle after it was freed.",
    source: coreRule("I12"),
    witness: "MEM-8",
    applies: detaches,
    reads: { reporter },
    holds: ({ reporter: { context } }) => !context.useAfterFree,
  }),
  sometimes({
    id: "MEM-4",
    name: "group-holds-reference",
    statement: "A group holds a reference to the fault parameters of its device.",
    source: coreRule("I14"),
    applies: reachesTheCore,
    reads: { param },
    holds: ({ param: { context } }) => users(context) > 1,
  }),
  always({
    id: "MEM-5",
    name: "device-on-queue",
    statement: "A device is on a fault queue while any of its groups exists.",
    source: coreRule("I14"),
    witness: "MEM-4",
    reads: { param },
    given: { "a group of the device exists": ({ param: { context } }) => context.groups.length > 0 },
    parts: { "the device is on an IOPF queue": ({ param: { context } }) => context.queue !== null },
  }),
  always({
    id: "MEM-6",
    name: "no-use-after-free-6.1",
    statement: "No pending copy of a fault and no lock of the fault data is used after it was freed (Linux 6.1).",
    source: coreRule("I14, D5"),
    witness: "MEM-7",
    reads: { data },
    holds: ({ data: { context } }) => !context.useAfterFree,
  }),
  sometimes({
    id: "MEM-7",
    name: "fault-copy-pending-6.1",
    statement: "A copy of a fault is pending while its reporter is inside the handler (Linux 6.1).",
    source: coreRule("1.3"),
    reads: { data },
    holds: ({ data: { context } }) => context.pending.some(({ inReport }) => inReport),
  }),
  sometimes({
    id: "MEM-8",
    name: "reporter-borrows-handle",
    statement: "The reporter uses an attach handle without a reference to it.",
    source: coreRule("I12, I13"),
    applies: detaches,
    reads: { reporter },
    holds: ({ reporter: { context } }) => context.handle !== null,
  }),
] as const;
