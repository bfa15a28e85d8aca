/** Questions about who knows which accesses tolerate a fault, and how many devices it is worth for. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";

const selective = (set: Parameters<typeof study>[2] = {}) => study("selective", "intended", set);

export const selectiveKnowledgeScenarios: readonly Scenario[] = [
  {
    id: "feature-bit-is-not-tolerance",
    question: "Does FEAT_IOPF say that a device tolerates any fault?",
    askedBy: "Kevin Tian, 2021-02-01 (M4)",
    rows: [35, 37],
    given: "Software that takes the feature bit for full tolerance, and locks nothing down.",
    when: "the device tolerates all faults, only faults of buffers, or none.",
    answer:
      "No. It says that faults can be reported and answered. No register says which accesses the device repeats. With the bit alone every device breaks that does not tolerate all faults.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the device tolerates all faults",
        request: selective({ knowledge: "feature-bit", faultTolerance: "all" }),
        expect: { "SEL-7": "holds", "SEL-32": "witnessed" },
      },
      {
        label: "the device tolerates faults of buffers",
        request: selective({ knowledge: "feature-bit" }),
        expect: { "SEL-1": "violated", "SEL-2": "never-witnessed" },
      },
      {
        label: "the device tolerates no fault",
        request: selective({ knowledge: "feature-bit", faultTolerance: "none" }),
        expect: { "SEL-1": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-1" },
  },
  {
    id: "table-of-devices",
    question: "Is an opt-in table of devices safe if it may be wrong?",
    askedBy: "Kevin Tian, 2021-02-01 (M4); Jean-Philippe Brucker, 2021-02-05 (M7)",
    rows: [38],
    given: "A device that tolerates faults of buffers, and a table with or without an entry for it.",
    when: "the entry is right, is missing, or claims that all faults are tolerated.",
    answer:
      "Yes, if a missing entry means static pinning, which costs memory and breaks nothing. An entry that claims too much breaks the device at its first fetch.",
    evidence: { kind: "shown" },
    runs: [
      { label: "the entry is right", request: selective(), expect: { "SEL-1": "holds", "SEL-32": "witnessed" } },
      {
        label: "the entry is missing",
        request: selective({ tableEntry: "missing" }),
        expect: { "SEL-1": "holds", "SEL-32": "never-witnessed" },
      },
      {
        label: "the entry claims all faults",
        request: selective({ tableEntry: "claims-all" }),
        expect: { "SEL-1": "violated" },
      },
    ],
  },
  {
    id: "hint-of-the-pf-driver",
    question: "May a PF driver give a hint about its VFs if the hint may come late or never?",
    askedBy: "Kevin Tian, 2021-02-04 (M6)",
    rows: [49],
    given: "The hint can come at any time, even while a queue is running, or never.",
    when: "everything is pinned until the hint, or everything may fault until then.",
    answer:
      "Yes, if everything is pinned until the hint comes, and rings are recorded in the meantime. If everything may fault until then, the device can break before the hint.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "pinned until the hint",
        request: selective({ knowledge: "pf-hint" }),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-31": "witnessed", "SEL-32": "witnessed" },
      },
      {
        label: "faultable until the hint",
        request: selective({ knowledge: "pf-hint", beforeHint: "faultable" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-1" },
  },
  {
    id: "filter-that-knows-no-rings",
    question: "Could the device say what must not fault, so that the IOMMU driver refuses those faults?",
    askedBy: "Shenming Lu, 2021-02-02 (M5); refused by Kevin Tian, 2021-02-04 (M6)",
    rows: [44],
    given: "The IOMMU driver sees a device and an address; the place of a ring is written to the device's registers.",
    when: "the driver refuses the faults of a device that does not tolerate all, or passes them on.",
    answer:
      "No. The IOMMU driver cannot distinguish a ring from a buffer, so it refuses the faults that selective faulting is for. A filter is also too late for a ring, because the access has faulted by then.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the driver refuses them",
        request: selective({ iommuFilter: "by-device", reclaims: false }),
        expect: { "SEL-7": "violated", "SEL-27": "violated" },
      },
      {
        label: "the driver passes them on, no mediator",
        request: selective({ mediatorPlace: "none" }),
        expect: { "SEL-1": "violated" },
      },
      {
        label: "no filter, a mediator",
        request: selective({ reclaims: false }),
        expect: { "SEL-1": "holds", "SEL-7": "holds", "SEL-27": "holds" },
      },
    ],
    chart: { run: 0, property: "SEL-7" },
  },
  {
    id: "where-the-mediator-sits",
    question: "Should the mediator extend vfio-pci-core, or wrap the device in an mdev?",
    askedBy: "Kevin Tian, 2021-02-01 (M4)",
    rows: [39],
    given: "An extension of vfio-pci-core that sees every write of a ring register before the device does.",
    when: "an mdev takes its place, there is no mediator, or the guest also has the page of the register mapped.",
    answer:
      "The model has the same steps for both places, so the first and the last run agree by construction. The runs show what a mediator needs: if there is none, or the guest can bypass it, the device gets a ring that is not mapped. An mdev emulates its registers and cannot be bypassed. An extension of vfio-pci-core must exclude the register's page from what the guest may map.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "vfio-pci-core, the register is trapped",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-13": "holds" },
      },
      {
        label: "vfio-pci-core, the register's page is also mapped",
        request: selective({ registerPath: "also-mapped" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated", "SEL-13": "violated" },
      },
      {
        label: "no mediator",
        request: selective({ mediatorPlace: "none" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated" },
      },
      {
        label: "mdev (the same steps, by construction)",
        request: selective({ mediatorPlace: "mdev-wrapper" }),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-13": "holds" },
      },
    ],
    chart: { run: 1, property: "SEL-1" },
  },
  {
    id: "norm-or-odd-one",
    question: "What do page faults gain for a device that tolerates no fault, some, or all?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7); Kevin Tian, 2021-02-07 (M8)",
    rows: [51, 52, 36],
    given: "Devices that tolerate no fault, faults of buffers, or any fault; software knows which.",
    when: "a guest uses the device while the host reclaims memory.",
    answer:
      "For a device that tolerates none they gain nothing: all of its memory stays pinned. For the others the host can reclaim buffers. A device that tolerates some faults needs a mediator that knows its rings; one that tolerates all needs none. The model does not say which kind will be the norm.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "tolerates none",
        request: selective({ faultTolerance: "none" }),
        expect: { "SEL-1": "holds", "SEL-32": "never-witnessed" },
      },
      {
        label: "tolerates some, with a mediator",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-3": "witnessed", "SEL-32": "witnessed" },
      },
      {
        label: "tolerates some, without a mediator",
        request: selective({ mediatorPlace: "none" }),
        expect: { "SEL-1": "violated" },
      },
      {
        label: "tolerates all, without a mediator",
        request: selective({ faultTolerance: "all", mediatorPlace: "none" }),
        expect: { "SEL-7": "holds", "SEL-3": "witnessed", "SEL-32": "witnessed" },
      },
    ],
  },
  {
    id: "fully-tolerant-first",
    question: "What is lost by enabling fully tolerant devices first, and selective ones later?",
    askedBy: "Kevin Tian, 2021-02-04 (M6)",
    rows: [48],
    given: "A first phase that treats a device which tolerates some faults like one that tolerates none.",
    when: "a device of each kind is used in the first phase, and in the second.",
    answer:
      "Nothing breaks. In the first phase selective devices keep all of their memory pinned, as today, and need no mediator. Fully tolerant devices gain at once.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "phase 1, tolerates some",
        request: selective({ selectivePhase: false, mediatorPlace: "none" }),
        expect: { "SEL-1": "holds", "SEL-32": "never-witnessed" },
      },
      {
        label: "phase 1, tolerates all",
        request: selective({ selectivePhase: false, faultTolerance: "all" }),
        expect: { "SEL-7": "holds", "SEL-32": "witnessed" },
      },
      { label: "phase 2, tolerates some", request: selective(), expect: { "SEL-1": "holds", "SEL-32": "witnessed" } },
    ],
  },
];
