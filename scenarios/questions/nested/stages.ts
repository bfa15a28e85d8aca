/** Questions about faults of two stages, and about the guest's answers. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

const nested = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("nested", host, set);

const enabling = (set: Parameters<typeof study>[2] = {}) => nested({ stageEnabling: true, guestTeardowns: 0, ...set });

const readOnly = {
  tableMapping: "read-only",
  httu: "accessed",
  faultStageVisible: true,
  viommuKind: "virtio",
  guestTeardowns: 0,
  tableFaults: false,
} as const;
const remembering = { guestUnmaps: 1, viommuKind: "virtio", guestTeardowns: 0, tableFaults: false } as const;

export const nestedScenarios: readonly Scenario[] = [
  {
    id: "whose-stage-is-it",
    question: "How does VFIO know whether a fault belongs to the guest's stage or to the host's?",
    askedBy: "Jean-Philippe Brucker, 2021-01-14; Shenming Lu, 2021-01-25 (M1)",
    rows: [9, 11, 12, 17],
    given: "A device behind two page tables, of the guest and of the host; both may lack the page.",
    when: "the record names the stage (SMMU stall), the driver walks stage 1 (PRI), or the stage is left uninitialised (D-27: the level is undefined).",
    answer:
      "By the stage in the fault record, or by a walk of stage 1; both route each fault to its owner. If the stage is undefined, a fault of the guest makes the host map memory, and an access never completes.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the record names the stage",
        request: nested({ faultStageVisible: true, viommuKind: "virtio" }),
        expect: { "NST-1": "holds", "NST-18": "holds", "NST-4": "witnessed", "NST-3": "witnessed" },
      },
      {
        label: "the driver walks stage 1",
        request: nested(),
        expect: { "NST-1": "holds", "NST-18": "holds", "NST-4": "witnessed", "NST-3": "witnessed" },
      },
      {
        label: "the stage is undefined",
        request: nested({ stageRule: "undefined" }),
        expect: { "NST-1": "violated", "NST-18": "violated" },
      },
    ],
    chart: { run: 2, property: "NST-1" },
  },
  {
    id: "table-page-not-there",
    question:
      "What happens if the walk of the guest's own page table faults because the host has not mapped the table?",
    askedBy: "VFIO facts 5.1; SMMUv3 CLASS=TT",
    rows: [11, 42],
    given: "Stage 2 does not map the page that holds the guest's table.",
    when: "the host resolves the guest physical address in the record, or the address that the device used (H22: a fault of the walk names another address).",
    answer:
      "The fault belongs to the host, which must map the address of the table. If it maps the device's address instead, it maps another page, answers Success, and the device faults for ever.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "maps the address of the table",
        request: nested({ faultStageVisible: true, viommuKind: "virtio" }),
        expect: { "NST-18": "holds", "NST-1": "holds" },
      },
      {
        label: "maps the address that the device used",
        request: nested({ faultStageVisible: true, viommuKind: "virtio", stage2Address: "input" }),
        expect: { "NST-18": "violated", "NST-1": "holds" },
      },
    ],
  },
  {
    id: "fault-queue-on-the-parent",
    question: "May the stage 2 parent of a nested domain have a fault queue to user space?",
    askedBy: "iommufd, Disallow allocating nested parent domain with fault ID",
    rows: [13, 42],
    given: "All faults of the device go to the queue of the guest's faults.",
    when: "stage 2 may fault, or everything in it is pinned.",
    answer:
      "Only if all of stage 2 is pinned. Otherwise the guest gets faults that only the host can serve: it finds nothing to do, answers Success, and gets them again (B-32: a stage-2 parent with a fault queue).",
    evidence: { kind: "verified", where: "Linux 6.12, iommufd: NEST_PARENT with a fault id is refused" },
    runs: [
      {
        label: "stage 2 is pinned",
        request: nested({ stageRule: "assumed-guest", secondStage: "pinned" }),
        expect: { "NST-1": "holds", "NST-18": "holds" },
      },
      {
        label: "stage 2 may fault",
        request: nested({ stageRule: "assumed-guest" }),
        expect: { "NST-1": "violated", "NST-18": "violated" },
      },
    ],
    chart: { run: 1, property: "NST-1" },
  },
  {
    id: "second-owner-updates",
    question: "What must the second user do when two users want the faults of a device that has one handler?",
    askedBy: "Yi Liu, 2021-02-09 (M10); Shenming Lu, 2021-02-10 (M11)",
    rows: [40, 43, 45, 64, 65],
    given: "type1 enables stage 2 and the bus driver enables stage 1, in either order, while the device works.",
    when: "the second registers again, updates the registration, updates it as RFC v3 does, or each page table has its own handler.",
    answer:
      "It must update the registration, whichever of the two comes second. A second registration returns -EBUSY for ever. The check of RFC v3 is inverted, so the guest's stage can never be enabled (D-02: update_handler tests the pointer the wrong way). With one handler for each page table the order does not matter.",
    evidence: {
      kind: "derived",
      where: "VFIO facts D-02 (v2, v3: an inverted test prevents that stage-1 faults are enabled after stage 2), 5.1",
    },
    runs: [
      {
        label: "one handler, the second user updates",
        request: enabling({ handlerPer: "device" }),
        expect: { "NST-8": "holds", "NST-10": "holds", "NST-12": "holds" },
      },
      {
        label: "one handler, the second user registers",
        request: enabling({ handlerPer: "device", secondEnable: "registers" }),
        expect: { "NST-8": "violated", "NST-10": "violated" },
      },
      {
        label: "one handler, only the guest's stage updates",
        request: enabling({ handlerPer: "device", secondEnable: "fixed-order" }),
        expect: { "NST-8": "violated", "NST-10": "holds" },
      },
      {
        label: "one handler, as RFC v3",
        request: enabling({ handlerPer: "device", secondEnable: "inverted-update" }),
        expect: { "NST-8": "violated", "NST-10": "violated", "NST-12": "violated" },
      },
      {
        label: "one handler for each page table",
        request: enabling(),
        expect: { "NST-8": "holds", "NST-10": "holds" },
      },
    ],
    chart: { run: 3, property: "NST-12" },
  },
  {
    id: "filter-in-the-iommu-driver",
    question: "Should the IOMMU driver or the handler refuse faults of a stage that is not enabled?",
    askedBy: "Shenming Lu, 2021-02-02 (M5); Kevin Tian, 2021-02-04 (M6); Alex Williamson, 2021-05-18",
    rows: [13, 44, 45],
    given: "A fault of a stage whose owner has not enabled it yet.",
    when: "the handler refuses it, the driver refuses it, or the driver refuses it and returns with the report lock held (D-03: the filter keeps the lock).",
    answer:
      "Either may: VFIO answers Invalid, the driver of SMMUv3 answers Failure and the core of 6.12 Invalid, and all continue. The filter of RFC v3 returns with the device's lock held, and the next fault of the device waits for ever.",
    evidence: {
      kind: "derived",
      where: "VFIO facts D-03 (v2, v3: the filter of levels returns with the device's lock held)",
    },
    runs: [
      {
        label: "in the handler",
        request: enabling(),
        expect: { "NST-13": "holds", "LCK-10": "holds", "LCK-11": "holds" },
      },
      {
        label: "in the IOMMU driver",
        request: enabling({ stageFilter: "iommu-driver" }),
        expect: { "NST-13": "holds", "LCK-10": "holds", "LCK-11": "holds" },
      },
      {
        label: "in the IOMMU driver, as RFC v3",
        request: enabling({ stageFilter: "iommu-driver", filterUnlocks: false }),
        expect: { "NST-13": "violated", "LCK-10": "violated", "LCK-11": "violated" },
      },
    ],
    chart: { run: 2, property: "LCK-10" },
  },
  {
    id: "read-only-nesting-parent",
    question: "May the host map the page of the guest's page table read-only, if hardware sets accessed bits in it?",
    askedBy:
      "hardware facts, H29 (hardware writes access flags through read-only stage 2) and N9 (erratum 772415 of Sapphire Rapids)",
    rows: [],
    given: "Hardware that sets accessed bits in the guest's table, which the host has mapped read-only.",
    when: "the write of the bit faults at stage 2, ignores the permission, or its fault can only go to the guest.",
    answer:
      "Only if stage 2 can fault and hardware respects the permission: the host then maps the table writable. With the erratum hardware writes to the page without permission, and no log records it. If all faults go to the guest, the guest gets faults for ever that only the host can serve. Linux forbids such mappings under a nested domain on the hardware concerned.",
    evidence: { kind: "verified", where: "Linux 6.12, ERRATA_772415_SPR17 in intel/iommu.c" },
    runs: [
      {
        label: "the write faults at stage 2",
        request: nested(readOnly),
        expect: { "NST-27": "holds", "NST-18": "holds", "NST-28": "witnessed" },
      },
      {
        label: "the write ignores the permission (erratum)",
        request: nested({ ...readOnly, marksReadOnly: true }),
        expect: { "NST-27": "violated" },
      },
      {
        label: "all faults go to the guest",
        request: nested(readOnly, "linux-6.12.117"),
        expect: { "NST-27": "holds", "NST-1": "violated", "NST-18": "violated" },
      },
    ],
    chart: { run: 1, property: "NST-27" },
  },
  {
    id: "remembered-verdict",
    question: "May the host cache which pages the guest's table maps, instead of a walk for each fault?",
    askedBy:
      "hardware facts, H40 (the stage of a fault is decided while the guest changes its table) and N5 (with VT-d, software finds the stage by a walk of the guest's table, which races with the guest)",
    rows: [],
    given: "Page requests that do not name their stage, and a guest that unmaps a page while the device works.",
    when: "the host walks each time, drops its result when the guest invalidates the page, or keeps it.",
    answer:
      "Yes, if the guest's invalidation drops the cached result. Between the guest's change and its invalidation, faults of the page go to the host, which finds nothing to do and answers Success; the device asks again, and the guest gets the fault late. If the host keeps the result beyond the invalidation, the guest never gets the fault.",
    evidence: {
      kind: "derived",
      where: "hardware facts, H40 (the stage of a fault is decided while the guest changes its table)",
    },
    runs: [
      {
        label: "walks each time",
        request: nested(remembering),
        expect: { "NST-1": "holds", "NST-18": "holds" },
      },
      {
        label: "dropped at the invalidation",
        request: nested({ ...remembering, verdictKept: "until-invalidation" }),
        expect: { "NST-1": "violated", "NST-18": "holds", "NST-32": "holds", "NST-31": "witnessed" },
      },
      {
        label: "kept",
        request: nested({ ...remembering, verdictKept: "for-ever" }),
        expect: { "NST-1": "violated", "NST-18": "violated", "NST-32": "violated" },
      },
    ],
    chart: { run: 2, property: "NST-32" },
  },
];
