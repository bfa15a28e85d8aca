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
    given: "Software that takes the bit for full tolerance, and locks nothing down.",
    when: "the device tolerates all faults, only those of buffers, or none.",
    answer:
      "No, it says that faults can be reported and answered. Nothing that software can read says which accesses the device repeats, and with the bit alone every device breaks that does not tolerate all faults.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "tolerates all",
        request: selective({ knowledge: "feature-bit", faultTolerance: "all" }),
        expect: { "SEL-7": "holds", "SEL-32": "witnessed" },
      },
      {
        label: "tolerates some",
        request: selective({ knowledge: "feature-bit" }),
        expect: { "SEL-1": "violated", "SEL-2": "never-witnessed" },
      },
      {
        label: "tolerates none",
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
    given: "A device that tolerates faults on buffers, and a table with or without an entry for it.",
    when: "the entry is right, is missing, or claims that all faults are tolerated.",
    answer:
      "It is, if a missing entry is the default: a missing entry costs what static pinning costs and breaks nothing. An entry that claims too much breaks the device at its first fetch.",
    evidence: { kind: "shown" },
    runs: [
      { label: "right", request: selective(), expect: { "SEL-1": "holds", "SEL-32": "witnessed" } },
      {
        label: "missing",
        request: selective({ tableEntry: "missing" }),
        expect: { "SEL-1": "holds", "SEL-32": "never-witnessed" },
      },
      { label: "claims all", request: selective({ tableEntry: "claims-all" }), expect: { "SEL-1": "violated" } },
    ],
  },
  {
    id: "hint-of-the-pf-driver",
    question: "May a PF driver give a hint about its VFs if the hint may come late or never?",
    askedBy: "Kevin Tian, 2021-02-04 (M6)",
    rows: [49],
    given: "The hint may come at any time, also while a queue is at work, or not at all.",
    when: "until then everything is pinned, or until then everything is faultable.",
    answer:
      "Yes, if everything is pinned until the hint comes, and rings are recorded meanwhile. If everything may fault until then, the device may break before the hint.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "pinned until then",
        request: selective({ knowledge: "pf-hint" }),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-31": "witnessed", "SEL-32": "witnessed" },
      },
      {
        label: "faultable until then",
        request: selective({ knowledge: "pf-hint", beforeHint: "faultable" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated" },
      },
    ],
    chart: { run: 1, property: "SEL-1" },
  },
  {
    id: "filter-that-knows-no-rings",
    question: "Could the device tell the IOMMU driver what must not fault, and the driver refuse those faults?",
    askedBy: "Shenming Lu, 2021-02-02 (M5); refused by Kevin Tian, 2021-02-04 (M6)",
    rows: [44],
    given: "The IOMMU driver sees a device and an address; where a ring lies is written to the device's registers.",
    when: "it refuses the faults of a device that said that it does not tolerate all, or lets them through.",
    answer:
      "No: the IOMMU driver cannot tell a ring from a buffer, so it refuses the faults that selective faulting is for. A filter also comes too late for a ring, because the access has faulted by then.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "refuses them",
        request: selective({ iommuFilter: "by-device", reclaims: false }),
        expect: { "SEL-7": "violated", "SEL-27": "violated" },
      },
      {
        label: "lets them through, no mediator",
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
    when: "an mdev takes its place, nobody does, or the guest has the register's page mapped as well.",
    answer:
      "That both places do the same is how the model is built: one mediator, with the same steps wherever it sits. What the runs show is what it has to have: without a mediator, or past it, the device knows a ring that is not there. An mdev emulates its registers and has no way past it; an extension of vfio-pci-core has to take the register's page out of what the guest may map.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "vfio-pci-core, trapped",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-4": "holds", "SEL-13": "holds" },
      },
      {
        label: "vfio-pci-core, page mapped as well",
        request: selective({ registerPath: "also-mapped" }),
        expect: { "SEL-1": "violated", "SEL-4": "violated", "SEL-13": "violated" },
      },
      {
        label: "nobody",
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
    question: "What do page faults gain for each kind of device: one that tolerates no fault, some, or all?",
    askedBy: "Jean-Philippe Brucker, 2021-02-05 (M7); Kevin Tian, 2021-02-07 (M8)",
    rows: [51, 52, 36],
    given: "Devices that tolerate no fault, faults on buffers, or any fault, each known for what it is.",
    when: "a guest uses the device while the host wants memory back.",
    answer:
      "For a device that tolerates none they gain nothing: all of its memory is pinned. For the others the host can take buffers back; a device that tolerates some needs a mediator that knows its rings, and one that tolerates all needs none. Which kind will be the norm the model cannot say.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "none",
        request: selective({ faultTolerance: "none" }),
        expect: { "SEL-1": "holds", "SEL-32": "never-witnessed" },
      },
      {
        label: "some, with a mediator",
        request: selective(),
        expect: { "SEL-1": "holds", "SEL-3": "witnessed", "SEL-32": "witnessed" },
      },
      { label: "some, without one", request: selective({ mediatorPlace: "none" }), expect: { "SEL-1": "violated" } },
      {
        label: "all, without one",
        request: selective({ faultTolerance: "all", mediatorPlace: "none" }),
        expect: { "SEL-7": "holds", "SEL-3": "witnessed", "SEL-32": "witnessed" },
      },
    ],
  },
  {
    id: "fully-tolerant-first",
    question: "What is lost by enabling devices that tolerate any fault first, and selective ones later?",
    askedBy: "Kevin Tian, 2021-02-04 (M6)",
    rows: [48],
    given: "A first phase in which a device that tolerates only some faults is treated like one that tolerates none.",
    when: "a device of each kind is used in the first phase, and in the second.",
    answer:
      "Nothing breaks: in the first phase selective devices keep all of their memory pinned, as today, and need no mediator. Fully tolerant devices gain at once.",
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
      { label: "phase 2", request: selective(), expect: { "SEL-1": "holds", "SEL-32": "witnessed" } },
    ],
  },
];
