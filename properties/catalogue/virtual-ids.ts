/** VID: the virtual ID of a device in a vIOMMU: who needs it, whose it is, and what may be destroyed first. */
import { each, always, sometimes } from "../../checker/property.ts";
import { EBUSY, EINVAL, ENOENT, OK } from "../../model/machines/linux/include/iommu.ts";
import type { CallThreadContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import type { IommufdDeviceContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/iommufd-device.ts";
import type { MockDeviceContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/mock-device.ts";
import type { ObjectTableContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/object-entries.ts";
import type { Named } from "../../model/machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import type { VeventqContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import type { ViommuContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/viommu.ts";
import type { VirtualIdsDesign, VirtualIdsSizes } from "../../model/systems/studies/virtual-ids-design.ts";
import { inStudy } from "./parameters.ts";
import { iommufdRule } from "./sources.ts";

type Condition = (design: VirtualIdsDesign, sizes: VirtualIdsSizes) => boolean;
const here = (condition?: Condition) => inStudy<VirtualIdsDesign, VirtualIdsSizes>("virtual-ids", condition);
const copies: Condition = ({ virtCopy }) => virtCopy !== "each-report";
const replaces: Condition = (design, { nestedHwpts }) =>
  copies(design, { nestedHwpts } as VirtualIdsSizes) && nestedHwpts > 1;

const thread = each<CallThreadContext>("call-thread");
const table = each<ObjectTableContext>("object-table");
const device = each<IommufdDeviceContext>("iommufd-device");
const driver = each<MockDeviceContext>("mock-device");
const viommu = each<ViommuContext>("viommu");
const queue = each<VeventqContext>("veventq");

type Seen<Context> = { readonly state: string; readonly context: Context };

const isIn = ({ context: { entries } }: Seen<ObjectTableContext>, { kind, at }: Named): boolean =>
  entries.some((entry) => entry.kind === kind && entry.at === at);
const VIOMMU: Named = { kind: "viommu", at: 0 };
const DEVICE: Named = { kind: "device", at: 0 };
const isOutside = ({ state }: Seen<CallThreadContext>): boolean => state === "outside";
const attachedTo = ({ context: { attached } }: Seen<IommufdDeviceContext>): Named | undefined => attached[0]?.hwpt;
/** The slot of the device: its virtual ID for invalidations. */
const slotOf = ({ context: { slots } }: Seen<ViommuContext>) => slots.find(({ device: of }) => of !== null);
/** The last step of the thread was to ask this, and the answer was 0. */
const hasAsked = ({ context: { now, result } }: Seen<CallThreadContext>, what: string): boolean =>
  now?.do === "ask" && now.what === what && result === OK;
const isTold = ({ state, context }: Seen<CallThreadContext>, call: string, result: number): boolean =>
  state === "inside" && context.call === call && context.result === result;
const told = (t: Seen<CallThreadContext>, result: number, kind: string): boolean =>
  isTold(t, "object-destroy", result) && t.context.found["meant"]?.kind === kind;
/** The event that is in the queue: there is room for one. */
const event = ({ context: { deliver } }: Seen<VeventqContext>) => deliver.find(({ virt }) => virt !== null);

export const vid = [
  always({
    id: "VID-1",
    name: "attached-device-has-virtual-id",
    statement:
      "With no call in the kernel, the driver has a virtual ID for a device that is attached to a nested HWPT.",
    source: iommufdRule("J28"),
    witness: "VID-2",
    applies: here(),
    reads: { thread, device, driver },
    holds: ({ thread: t, device: d, driver: of }) =>
      !isOutside(t) || !attachedTo(d) || (of.context.viommu !== null && of.context.virt !== 0),
    values: ({ device: d, driver: of }) => ({
      "attached to": attachedTo(d)?.kind ?? "none",
      "virtual ID": of.context.virt,
    }),
  }),
  sometimes({
    id: "VID-2",
    name: "attach-without-vdevice-is-refused",
    statement: "An attach to a nested HWPT is told ENOENT, because the device has no vDEVICE in the vIOMMU.",
    source: iommufdRule("J28"),
    applies: here(({ attachNeeds }) => attachNeeds === "vdevice"),
    reads: { thread, viommu },
    holds: ({ thread: t, viommu: v }) =>
      isTold(t, "device-attach", ENOENT) && t.context.found["pt"]?.kind === "hwpt-nested" && !slotOf(v),
  }),
  always({
    id: "VID-3",
    name: "event-carries-own-virtual-id",
    statement: "An event carries the virtual ID that the device has in the vIOMMU when the event is reported.",
    source: iommufdRule("J29, J30"),
    witness: "VID-4",
    applies: here((_, { hasQueue }) => hasQueue),
    reads: { thread, viommu, queue },
    holds: ({ thread: t, viommu: v, queue: q }) => {
      const reported = hasAsked(t, "driver.reports-event") ? event(q) : undefined;
      return !reported || reported.seq !== q.context.sequence - 1 || reported.virt === slotOf(v)?.virt;
    },
    values: ({ viommu: v, queue: q }) => ({
      "virtual ID of the event": event(q)?.virt ?? "none",
      "virtual ID of the device": slotOf(v)?.virt ?? "none",
    }),
  }),
  sometimes({
    id: "VID-4",
    name: "event-with-own-virtual-id",
    statement: "An event of a device that has a vDEVICE is in the vEVENTQ.",
    source: iommufdRule("J29"),
    applies: here((_, { hasQueue }) => hasQueue),
    reads: { thread, viommu, queue },
    holds: ({ thread: t, viommu: v, queue: q }) =>
      hasAsked(t, "driver.reports-event") && event(q) !== undefined && event(q)?.virt === slotOf(v)?.virt,
  }),
  always({
    id: "VID-5",
    name: "attach-renews-virtual-id",
    statement: "An attach to a nested HWPT leaves the driver with the virtual ID that the device has then.",
    source: iommufdRule("J30"),
    witness: "VID-6",
    applies: here(copies),
    reads: { thread, driver, viommu },
    holds: ({ thread: t, driver: of, viommu: v }) =>
      !hasAsked(t, "driver.attaches") || of.context.virt === slotOf(v)?.virt,
    values: ({ driver: of, viommu: v }) => ({
      "virtual ID in the driver": of.context.virt,
      "virtual ID of the device": slotOf(v)?.virt ?? "none",
    }),
  }),
  sometimes({
    id: "VID-6",
    name: "attach-to-nested-hwpt",
    statement: "The driver has attached a device to a nested HWPT.",
    source: iommufdRule("J28"),
    applies: here(),
    reads: { thread },
    holds: ({ thread: t }) => hasAsked(t, "driver.attaches"),
  }),
  always({
    id: "VID-7",
    name: "attached-objects-live",
    statement: "The HWPT to which a device is attached, and the vIOMMU that its driver has stored, are not freed.",
    source: iommufdRule("J12, J16"),
    witness: "VID-8",
    applies: here(),
    reads: { table, device, driver },
    parts: {
      "the HWPT is not freed": ({ table: t, device: d }) => {
        const hwpt = attachedTo(d);
        return hwpt === undefined || isIn(t, hwpt);
      },
      "the vIOMMU is not freed": ({ table: t, driver: { context } }) =>
        context.viommu === null || isIn(t, context.viommu),
    },
    values: ({ table: t }) => ({ "in memory": t.context.entries.map(({ kind, at }) => `${kind} ${at}`) }),
  }),
  sometimes({
    id: "VID-8",
    name: "attached-hwpt-is-busy",
    statement: "User space is told EBUSY for the nested HWPT to which a device is attached.",
    source: iommufdRule("J12"),
    applies: here(),
    reads: { thread, device },
    holds: ({ thread: t, device: d }) =>
      told(t, EBUSY, "hwpt-nested") && attachedTo(d)?.at === t.context.found["meant"]?.at,
  }),
  sometimes({
    id: "VID-9",
    name: "vdevice-destroyed-while-attached",
    statement: "The vDEVICE of a device is destroyed while the device stays attached to a nested HWPT.",
    source: iommufdRule("J29"),
    applies: here(),
    reads: { thread, device, viommu },
    holds: ({ thread: t, device: d, viommu: v }) => isOutside(t) && attachedTo(d) !== undefined && !slotOf(v),
  }),
  sometimes({
    id: "VID-10",
    name: "invalidation-fails-where-events-go-on",
    statement: "An invalidation by a virtual ID is told EINVAL, and events of the device still carry this ID.",
    source: iommufdRule("J29"),
    applies: here(copies),
    reads: { thread, device, driver },
    holds: ({ thread: t, device: d, driver: of }) =>
      isTold(t, "cache-invalidate", EINVAL) &&
      attachedTo(d) !== undefined &&
      of.context.virt === t.context.args["virt"],
  }),
  always({
    id: "VID-11",
    name: "users-are-holders-at-rest",
    statement:
      "With no call in the kernel, the users of a vIOMMU, a device and an HWPT are the table and the objects that depend on them.",
    source: iommufdRule("J1, J12, J22"),
    witness: "VID-9",
    applies: here(),
    reads: { thread, table, device },
    holds: ({ thread: t, table: { context }, device: d }) => {
      if (!isOutside(t)) return true;
      const { entries } = context;
      const count = (...kinds: readonly string[]): number => entries.filter(({ kind }) => kinds.includes(kind)).length;
      const hwpt = attachedTo(d);
      const due = (kind: string, at: number): number | undefined =>
        ({
          viommu: 1 + count("vdevice", "veventq", "hwpt-nested"),
          device: 1 + count("vdevice", "selftest") + Number(hwpt !== undefined),
          "hwpt-nested": 1 + Number(hwpt?.at === at),
          "hwpt-paging": 1 + count("viommu"),
        })[kind];
      return !context.broken && entries.every(({ kind, at, users }) => users === (due(kind, at) ?? users));
    },
    values: ({ table: { context } }) => ({
      users: context.entries.map(({ kind, at, users }) => `${kind} ${at}: ${users}`),
    }),
  }),
  sometimes({
    id: "VID-12",
    name: "viommu-outlives-its-device",
    statement: "A device is freed, and with it its vDEVICE; the vIOMMU and the nested HWPTs stay.",
    source: iommufdRule("J25, J27"),
    applies: here(),
    reads: { thread, table },
    holds: ({ thread: t, table: of }) => isOutside(t) && !isIn(of, DEVICE) && isIn(of, VIOMMU),
  }),
  sometimes({
    id: "VID-13",
    name: "viommu-with-users-is-busy",
    statement: "User space is told EBUSY for a vIOMMU that has a vDEVICE or a nested HWPT.",
    source: iommufdRule("J12"),
    applies: here(),
    reads: { thread },
    holds: ({ thread: t }) => told(t, EBUSY, "viommu"),
  }),
  sometimes({
    id: "VID-14",
    name: "new-vdevice-while-attached",
    statement: "A device gets a vDEVICE with another virtual ID while it stays attached to a nested HWPT.",
    source: iommufdRule("J30"),
    applies: here(copies),
    reads: { thread, device, driver, viommu },
    holds: ({ thread: t, device: d, driver: of, viommu: v }) =>
      isOutside(t) && attachedTo(d) !== undefined && slotOf(v) !== undefined && slotOf(v)?.virt !== of.context.virt,
  }),
  sometimes({
    id: "VID-15",
    name: "replace-within-the-viommu",
    statement: "A device goes from one nested HWPT of the vIOMMU to another.",
    source: iommufdRule("J30"),
    applies: here(replaces),
    reads: { thread },
    holds: ({ thread: t }) => t.context.call === "device-replace" && hasAsked(t, "driver.attaches"),
  }),
] as const;
