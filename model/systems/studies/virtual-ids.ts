/** A device of a vIOMMU, its vDEVICE and its nested HWPTs: what may be destroyed first, and whose virtual ID events carry. */
import { call, takesSteps, type Component } from "../../../checker/system.ts";
import { ASKS } from "../../machines/linux/iommu/iommufd/objects-7.3/call-messages.ts";
import { CALLS_7_3 } from "../../machines/linux/iommu/iommufd/objects-7.3/call-rules.ts";
import { callThread } from "../../machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import { iommufdDevice } from "../../machines/linux/iommu/iommufd/objects-7.3/iommufd-device.ts";
import { mockDevice, SELFTEST } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-device.ts";
import { mockViommu } from "../../machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import type { Entry } from "../../machines/linux/iommu/iommufd/objects-7.3/object-entries.ts";
import type { Named, ObjectKind } from "../../machines/linux/iommu/iommufd/objects-7.3/object-messages.ts";
import { objectTable } from "../../machines/linux/iommu/iommufd/objects-7.3/object-table.ts";
import { hwpt, plainObject, vdevice } from "../../machines/linux/iommu/iommufd/objects-7.3/objects.ts";
import { veventq, VEVENTQ_7_3 } from "../../machines/linux/iommu/iommufd/objects-7.3/veventq.ts";
import { viommu } from "../../machines/linux/iommu/iommufd/objects-7.3/viommu.ts";
import { mutex } from "../../machines/linux/lib/mutex.ts";
import { range } from "../configuration.ts";
import { callRoutes73, lockName } from "../iommufd-7.3.ts";
import type { Study } from "../study.ts";
import {
  virtualIdsBounds,
  virtualIdsHosts,
  virtualIdsKnobs,
  virtualIdsSizeKnobs,
  type VirtualIdsDesign,
  type VirtualIdsSizes,
} from "./virtual-ids-design.ts";

const CUT =
  "One thread makes the calls, one after the other: `object-calls` has calls beside each other. An event of the device is one " +
  "of these calls, and its report is one step. Nobody reads the vEVENTQ, which has room for one event. There are one device and " +
  "one vIOMMU; PASIDs, page faults and attach handles are left out. Hidden: an event during an attach, and a second vIOMMU.";

const named = (kind: ObjectKind, at: number): Named => ({ kind, at });
const VDEVICE = named("vdevice", 0);
const DEVICE = named("device", 0);
const ADAPTER = named("selftest", 0);
const PARENT = named("hwpt-paging", 0);
const VIOMMU = named("viommu", 0);
const VEVENTQ = named("veventq", 0);
const nested = (at: number): Named => named("hwpt-nested", at + 1);
const VIRTS = [7, 8];
const [VIRT] = VIRTS;

/** In the order of their IDs. A vDEVICE that is made later gets the lowest ID again. */
const objectsOf = ({ nestedHwpts, hasQueue }: VirtualIdsSizes): readonly Named[] => [
  VDEVICE,
  DEVICE,
  ADAPTER,
  PARENT,
  VIOMMU,
  ...range(nestedHwpts).map(nested),
  ...(hasQueue ? [VEVENTQ] : []),
];

/** Each with 1 for the table. A device is held by its object of the selftest and by its vDEVICE. */
function entriesOf(sizes: VirtualIdsSizes): readonly Entry[] {
  const users = new Map([
    [DEVICE, 3],
    [PARENT, 2],
    [VIOMMU, 2 + sizes.nestedHwpts + Number(sizes.hasQueue)],
  ]);
  return objectsOf(sizes).map((one, index) => ({
    ...one,
    id: index + 1,
    place: "visible",
    users: users.get(one) ?? 1,
    waits: one === DEVICE ? 2 : 1,
  }));
}

const begins = (name: string, args: { readonly [name: string]: number }, meant: Named | null = null) => ({
  type: "call.begins",
  call: name,
  args,
  memory: { vdevice: VDEVICE.at },
  names: meant ? { meant: { ...meant } } : {},
});

function callsOf(sizes: VirtualIdsSizes) {
  const all = objectsOf(sizes);
  const idOf = ({ kind, at }: Named): number => 1 + all.findIndex((one) => one.kind === kind && one.at === at);
  const selftest = idOf(ADAPTER);
  return [
    ...range(sizes.nestedHwpts).flatMap((at) => [
      begins("device-attach", { selftest, pt: idOf(nested(at)) }),
      begins("device-replace", { selftest, pt: idOf(nested(at)) }),
    ]),
    begins("device-detach", { selftest }),
    ...VIRTS.flatMap((virt) => [
      begins("vdevice-alloc", { viommu: idOf(VIOMMU), device: idOf(DEVICE), virt }),
      begins("cache-invalidate", { pt: idOf(VIOMMU), virt, cache: 0 }),
    ]),
    ...(sizes.hasQueue ? [begins("event-report", { device: idOf(DEVICE) })] : []),
    ...all
      .filter((one) => one !== PARENT && one !== DEVICE)
      .map((one) => begins("object-destroy", { target: idOf(one) }, one)),
  ];
}

const STEP = { type: "thread.steps" };
const VMM = "vmm";

export const virtualIds: Study<VirtualIdsDesign, VirtualIdsSizes> = {
  name: "virtual-ids",
  sentence: "A device of a vIOMMU: which of its objects may be destroyed first, and whose virtual ID its events carry.",
  cut: CUT,
  hosts: virtualIdsHosts,
  knobs: virtualIdsKnobs,
  sizeKnobs: virtualIdsSizeKnobs,
  bounds: virtualIdsBounds,
  compose: ({ attachNeeds, virtCopy }, sizes) => {
    const { calls, nestedHwpts, hasQueue } = sizes;
    const components: { readonly [name: string]: Component } = {
      objects: {
        machine: objectTable,
        role: "object-table",
        input: { entries: entriesOf(sizes).map((e) => ({ ...e })) },
      },
      "device-0": { machine: iommufdDevice, role: "iommufd-device", input: { at: 0, vdevice: VDEVICE } },
      "mock-device-0": { machine: mockDevice, role: "mock-device", input: { at: 0, rules: { attachNeeds, virtCopy } } },
      "selftest-0": { machine: plainObject, role: "plain-object", input: { at: 0, names: { device: DEVICE } } },
      "viommu-0": {
        machine: viommu,
        role: "viommu",
        input: {
          at: 0,
          parent: PARENT,
          slots: [{ virt: VIRT!, vdevice: VDEVICE, device: DEVICE }],
          queues: hasQueue ? [{ type: SELFTEST, veventq: VEVENTQ }] : [],
        },
      },
      "mock-viommu-0": { machine: mockViommu, role: "mock-viommu", input: { at: 0, queueIndex: "stored" } },
      "vdevice-0": {
        machine: vdevice,
        role: "vdevice",
        input: { at: 0, names: { viommu: VIOMMU, device: DEVICE }, facts: { virt: VIRT! } },
      },
      ...Object.fromEntries(
        range(nestedHwpts).map((at): [string, Component] => [
          `hwpt-${nested(at).at}`,
          {
            machine: hwpt,
            role: "hwpt",
            input: {
              at: nested(at).at,
              names: { viommu: VIOMMU },
              facts: { nested: 1, nestParent: 0, pasidCompat: 0, auto: 0 },
            },
          },
        ]),
      ),
      ...(hasQueue
        ? {
            "veventq-0": {
              machine: veventq,
              role: "veventq",
              input: { at: 0, viommu: VIOMMU, depth: 1, rules: { ...VEVENTQ_7_3 } },
            },
          }
        : {}),
      [VMM]: {
        machine: callThread,
        role: "call-thread",
        input: { name: VMM, rules: { ...CALLS_7_3, veventqPut: "after-unlock" }, calls },
        events: [...callsOf(sizes), STEP],
      },
      [lockName("igroup->lock", 0)]: { machine: mutex, role: "mutex", lane: "igroup->lock" },
      [lockName("veventqs_rwsem", 0)]: { machine: mutex, role: "mutex", lane: "viommu->veventqs_rwsem" },
    };
    return {
      components,
      /** The VMM may have made all of its calls. */
      deadlock: "allowed",
      routes: [
        ...callRoutes73(() => []),
        call(
          "call-thread",
          ASKS.filter((what) => what.startsWith("handle.")),
          () => [],
        ),
        call("mock-device", ["virt.looks-up", "vevent.is-reported"], "viommu-0"),
        call("mock-device", ["call.answered", "object.described"], VMM),
        call("viommu", ["virt.found"], "mock-device-0"),
        call("viommu", ["vevent.arrives"], "veventq-0"),
        call("veventq", ["call.answered", "object.described"], VMM),
      ],
      fairness: { threads: [takesSteps(VMM, "weak", [STEP.type])], hardware: [], devices: [] },
    };
  },
};
