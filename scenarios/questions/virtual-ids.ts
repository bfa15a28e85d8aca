/** Questions about the virtual ID of a device in a vIOMMU, and what may be destroyed first. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const ids = (set: Set = {}, host = "linux-7.3.4-smmuv3") => study("virtual-ids", host, set);
const REPLACES = { calls: 5, nestedHwpts: 2 };
const IOMMUFD = "Linux 7.3.4, drivers/iommu/iommufd";
const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c";

export const virtualIdsScenarios: readonly Scenario[] = [
  {
    id: "attach-without-vdevice",
    question: "May a device be attached to a nested HWPT of a vIOMMU before it has a vDEVICE there?",
    askedBy: "iommufd facts, J28 (an attach needs a vDEVICE, ENOENT without one)",
    rows: [],
    given: "A vIOMMU has a nested HWPT, and the device has no vDEVICE in it.",
    when: "user space attaches the device.",
    answer:
      "No: the driver looks up the virtual ID, and the attach is told ENOENT. Without this check the events of the device would have no virtual ID. SMMUv3 makes an exception for a nested HWPT whose STE aborts or bypasses; the model has no such HWPT.",
    evidence: {
      kind: "demonstrated",
      where: `recordings of a booted 7.3.4 with the selftest's driver; ${SMMU}, arm_smmu_attach_prepare_vmaster(), by reading`,
    },
    runs: [
      { label: "SMMUv3 of 7.3.4", request: ids(), expect: { "VID-1": "holds", "VID-2": "witnessed" } },
      {
        label: "the selftest's driver of 7.3.4",
        request: ids({}, "linux-7.3.4-selftest"),
        expect: { "VID-1": "holds", "VID-2": "witnessed" },
      },
      { label: "no check", request: ids({ attachNeeds: "nothing" }), expect: { "VID-1": "violated" } },
    ],
    chart: { run: 2, property: "VID-1" },
  },
  {
    id: "vdevice-destroyed-before-detach",
    question: "What does a VMM see that destroys a vDEVICE while its device is still attached to a nested HWPT?",
    askedBy: "iommufd facts, J29 (nothing refuses to destroy the vDEVICE)",
    rows: [],
    given: "A device is attached to a nested HWPT of a vIOMMU.",
    when: "user space destroys its vDEVICE.",
    answer:
      "The destroy succeeds. An invalidation by the virtual ID fails from then on, and events of the device still carry it, until the device is attached again: the driver has copied the ID. A driver that looked it up for each event would report none. A VMM should detach the device first.",
    evidence: {
      kind: "demonstrated",
      where: "recordings of a booted 7.3.4 with the selftest's driver; SMMUv3 keeps vmaster->vsid, by reading",
    },
    runs: [
      {
        label: "SMMUv3 of 7.3.4",
        request: ids(),
        expect: { "VID-3": "violated", "VID-9": "witnessed", "VID-10": "witnessed" },
      },
      {
        label: "looked up for each event",
        request: ids({}, "intended"),
        expect: { "VID-3": "holds", "VID-9": "witnessed", "VID-4": "witnessed" },
      },
    ],
    chart: { run: 0, property: "VID-3" },
  },
  {
    id: "new-virtual-id-while-attached",
    question: "From when on do events carry the new virtual ID of a device that gets another vDEVICE?",
    askedBy: "iommufd facts, J30 (the copy is made when the vIOMMU changes, or at each attach)",
    rows: [],
    given: "The vDEVICE of an attached device is destroyed, and one with another virtual ID is made.",
    when: "user space replaces the nested HWPT by another one of the same vIOMMU.",
    answer:
      "It depends on the driver. SMMUv3 looks the ID up at each attach, so that a replace renews it. The driver of the selftest does so only if the vIOMMU changes: the device has to be detached and attached again. Before either, events carry the old ID.",
    evidence: {
      kind: "demonstrated",
      where: `recordings of a booted 7.3.4 for the selftest's driver; ${SMMU} by reading`,
    },
    runs: [
      {
        label: "SMMUv3 of 7.3.4",
        request: ids(REPLACES),
        expect: { "VID-5": "holds", "VID-14": "witnessed", "VID-15": "witnessed", "VID-3": "violated" },
      },
      {
        label: "the selftest's driver of 7.3.4",
        request: ids(REPLACES, "linux-7.3.4-selftest"),
        expect: { "VID-5": "violated", "VID-15": "witnessed" },
      },
    ],
    chart: { run: 1, property: "VID-5" },
  },
  {
    id: "first-to-be-destroyed",
    question: "Which object of a vIOMMU may user space destroy first, while its device is attached?",
    askedBy: "iommufd facts, J12, J25, J27 and J29 (who is a user of whom)",
    rows: [],
    given: "A device is attached to a nested HWPT of a vIOMMU, and has a vDEVICE and a vEVENTQ there.",
    when: "user space destroys objects in any order, or lets the device go.",
    answer:
      "The vDEVICE and the vEVENTQ at any time. The nested HWPT only after the detach, and the vIOMMU last: each is told EBUSY before. The device may go first: it is detached, its vDEVICE goes with it, and the vIOMMU and the HWPT stay. Nothing that is attached is freed in any order.",
    evidence: { kind: "verified", where: `${IOMMUFD}/main.c, viommu.c and hw_pagetable.c` },
    runs: [
      {
        label: "7.3.4",
        request: ids(),
        expect: {
          "VID-7": "holds",
          "VID-11": "holds",
          "VID-8": "witnessed",
          "VID-9": "witnessed",
          "VID-12": "witnessed",
          "VID-13": "witnessed",
        },
      },
      {
        label: "no vEVENTQ",
        request: ids({ hasQueue: false }),
        expect: { "VID-7": "holds", "VID-11": "holds", "VID-12": "witnessed" },
      },
    ],
  },
];
