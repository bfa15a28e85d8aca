/** iommufd above the IOPF core, wired as the recordings had it: its fault queues, HWPTs and devices, and one program. */
import type { Message } from "../../../../checker/json.ts";
import { call, type Call, type Component, type Route } from "../../../../checker/system.ts";
import type { Domain } from "../../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { unallocatedPageTable } from "../../../../model/machines/linux/iommu/iommufd/attach/page-table.ts";
import type { ControlRules } from "../../../../model/machines/linux/iommu/iommufd/fault/control-messages.ts";
import { controlThread } from "../../../../model/machines/linux/iommu/iommufd/fault/control-thread.ts";
import {
  faultHandler,
  type FaultHandlerRules,
} from "../../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";
import { unallocatedFaultQueue } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultReaderRules } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import { faultReader } from "../../../../model/machines/linux/iommu/iommufd/fault/fault-reader.ts";
import {
  faultWriter,
  type FaultWriterRules,
} from "../../../../model/machines/linux/iommu/iommufd/fault/fault-writer.ts";
import { fdCloser } from "../../../../model/machines/linux/iommu/iommufd/fault/fd-closer.ts";
import { mockDriver } from "../../../../model/machines/linux/iommu/iommufd/mock-driver.ts";
import { iommufdRoutes } from "../../../../model/systems/iommufd-routes.ts";

/** What the code of Linux 6.12.117 does; a test takes other rules to see a difference. */
export interface IommufdRules {
  readonly control: ControlRules;
  readonly handler: FaultHandlerRules;
  readonly reader: FaultReaderRules;
  readonly writer: FaultWriterRules;
}

export const LINUX_6_12_IOMMUFD: IommufdRules = {
  control: {
    detach: "standard",
    replace: "switch-then-store",
    replaceAnswers: "old-queue",
    destroyAnswers: "all",
  },
  handler: { publishes: "dequeued", deliverLock: "spinlock", wakes: true },
  reader: { counts: "groups", onCopyFailure: "ends", restoresAt: "head", tooSmall: "einval" },
  writer: { locks: true, reports: "progress" },
};

/** An HWPT in the order of allocation. */
export interface Hwpt {
  readonly queue: number | null;
  readonly nested: boolean;
}

export interface IommufdSetting {
  readonly rules: IommufdRules;
  /** The IOMMU group of each device. */
  readonly groups: readonly number[];
  readonly virtualFunctions: readonly number[];
  readonly hwpts: readonly Hwpt[];
  readonly faultQueues: readonly number[];
  /** The IOPF queue of the driver is there from the start. */
  readonly hasQueue: boolean;
}

export const controlOf = (iommuGroup: number | undefined): string => `control${iommuGroup}`;
export const faultQueueOf = (queue: unknown): string => `fault-queue${Number(queue)}`;
export const hwptOf = (hwpt: unknown): string => `hwpt${Number(hwpt)}`;

const domainOf = ({ queue, nested }: Hwpt, hwpt: number): Domain => ({
  handler: queue === null ? null : { hwpt, queue, parent: false },
  nested,
});

export function iommufdComponents(setting: IommufdSetting): Record<string, Component> {
  const { rules, groups, virtualFunctions, hwpts, faultQueues, hasQueue } = setting;
  const control = { rules: { ...rules.control }, domains: hwpts.map(domainOf), attached: null };
  const components: Record<string, Component> = {
    "fault-handler": { machine: faultHandler, role: "fault-handler", input: { ...rules.handler } },
    reader: { machine: faultReader, role: "fault-reader", input: { name: "reader", rules: { ...rules.reader } } },
    writer: { machine: faultWriter, role: "fault-writer", input: { name: "writer", rules: { ...rules.writer } } },
    closer: { machine: fdCloser, role: "fd-closer", input: { order: "read-then-drop" } },
    driver: { machine: mockDriver, role: "mock-driver", input: { hasQueue } },
    objects: { machine: controlThread, role: "control-thread", input: { ...control, name: "objects" } },
  };
  for (const iommuGroup of new Set(groups)) {
    const name = controlOf(iommuGroup);
    const input = { ...control, name, iommuGroup, virtualFunctions, allocations: "may-fail", hwpts: "objects" };
    components[name] = { machine: controlThread, role: "control-thread", input };
  }
  for (const [hwpt, { queue }] of hwpts.entries())
    components[hwptOf(hwpt)] = { machine: unallocatedPageTable, role: "page-table", input: { hwpt, queue } };
  for (const queue of faultQueues)
    components[faultQueueOf(queue)] = {
      machine: unallocatedFaultQueue,
      role: "fault-queue",
      input: { queue, hwpts: 0 },
    };
  return components;
}

/** What hears of it that nothing else in the system needs to know. */
const OUTSIDE = "outside";

export function recordedRoutes(param: Call["to"], iopfQueue: Call["to"]): readonly Route[] {
  const queue = (message: Message) => faultQueueOf(message["queue"]);
  return [
    ...iommufdRoutes({
      queue,
      param,
      handles: (_, sender) => sender.replace("control", "handles"),
      woken: OUTSIDE,
      mutex: OUTSIDE,
      paging: OUTSIDE,
      calls: OUTSIDE,
      outside: OUTSIDE,
      released: [OUTSIDE],
      intake: OUTSIDE,
      enabler: "driver",
      // The HWPTs are there, and hold their fault queue as long as they are.
      hwptQueue: OUTSIDE,
      hwpt: ({ hwpt }) => hwptOf(hwpt),
    }),
    call("page-table", ["hwpt.got", "hwpt.found"], ({ by }) => String(by), "drop"),
    call("page-table", ["queue.refs", "queue.unrefs"], queue),
    call("page-table", ["hwpt.returns"], OUTSIDE),
    call("mock-driver", ["queue.allocates", "queue.adds", "queue.removes"], iopfQueue),
  ];
}
