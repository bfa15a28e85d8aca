/** The knobs of the focused model `nested`: what each choice of its designs and sizes means. */
import { hardwareKnobs } from "../../hardware/knobs.ts";
import { hostKnobs } from "../../hosts/host.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { NestedDesign, NestedSizes } from "./nested-design.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const nestedKnobs: KnobTable<NestedDesign> = {
  faultStageVisible: hardwareKnobs.faultStageVisible,
  discardScope: hardwareKnobs.discardScope,
  stages: hardwareKnobs.stages,
  httu: hardwareKnobs.httu,
  marksReadOnly: {
    id: "H29",
    values: flag,
    sentence: "Whether hardware writes accessed and dirty bits through a read-only entry of stage 2 (erratum).",
  },
  tableMapping: {
    id: "H29",
    values: choice({
      writable: "The host maps the page of the guest's table for writing.",
      "read-only": "The host maps it for reading, until hardware has to write an accessed or dirty bit.",
    }),
    sentence: "How the host maps the page of the guest's table in stage 2.",
  },
  delivery: hostKnobs.delivery,
  secondStage: {
    id: "row 11",
    values: choice({
      pinned: "All pages of stage 2 are pinned and mapped.",
      faulting: "Pages of stage 2 fault as well.",
    }),
    sentence: "Whether stage 2 can fault.",
  },
  stageRule: {
    id: "I-31",
    values: choice({
      told: "The stage is that of the stall record, or that which a walk of the guest's table finds.",
      "assumed-guest": "Every fault counts as one of stage 1 (Linux 6.12).",
      undefined: "The stage is read from a variable that was not assigned (RFC v3).",
    }),
    sentence: "How the report of a fault finds the stage.",
  },
  stage2Address: {
    id: "H22",
    values: choice({
      "guest-physical": "The host resolves the guest-physical address.",
      input: "The host resolves the input address of the access (Linux 6.12).",
    }),
    sentence: "Which address of a stage 2 fault the host resolves.",
  },
  verdictKept: {
    id: "H40",
    values: choice({
      never: "Software walks the guest's table for each fault.",
      "until-invalidation": "Software remembers it until the guest invalidates the page.",
      "for-ever": "Software remembers it even after the guest has invalidated the page (deliberate defect).",
    }),
    sentence: "How long software remembers that stage 1 maps a page.",
  },
  stageFilter: {
    id: "row 13",
    values: choice({
      vfio: "The handler of VFIO refuses it.",
      "iommu-driver": "iommu_report_device_fault() refuses it by the flags of the handler (RFC v2, v3).",
    }),
    sentence: "Where a fault of a stage without owner is refused.",
  },
  filterUnlocks: {
    id: "D-03",
    values: flag,
    sentence: "Whether the filter of stages drops the lock of dev->iommu before it returns.",
  },
  handlerPer: {
    id: "row 64",
    values: choice({
      device: "A device has one fault handler (iommu_register_device_fault_handler() of 2021).",
      "page-table": "Each page table has a fault handler of its own (Linux since 6.9).",
    }),
    sentence: "What a fault handler is registered for.",
  },
  secondEnable: {
    id: "row 45",
    values: choice({
      updates: "It registers, and calls iommu_update_device_fault_handler() after -EBUSY.",
      registers: "It registers as well, and gets -EBUSY if the device has one handler.",
      "fixed-order": "type1 registers for stage 2, and vfio-pci updates for stage 1.",
      "inverted-update": "The order is fixed, and the update tests for a handler the wrong way round (RFC v2, v3).",
    }),
    sentence: "What the owner of the second stage calls to get its faults.",
  },
  faultRingRecords: {
    id: "row 41",
    values: integer(0, 4),
    sentence: "Records that the ring to user space holds; 0: a list without limit.",
  },
  ringLock: {
    id: "B-41",
    values: flag,
    sentence: "Whether a reporter locks the ring to user space before it reads its head.",
  },
  answersBy: {
    id: "I-40",
    values: choice({
      cookie: "It names the group by a cookie that the kernel has given to it (iommufd).",
      "group-index": "It names the group by the page request group index (fault region v13).",
    }),
    sentence: "How a response of user space names its group.",
  },
  cookieReuse: {
    id: "D10",
    values: choice({
      unique: "A cookie is never used again.",
      "lowest-free": "The lowest free cookie is used again at once (xa_alloc()).",
    }),
    sentence: "When the cookie of an answered group is used again.",
  },
  recall: {
    id: "row 57",
    values: choice({
      none: "They are not recalled.",
      "in-order": "A recall follows them in the same queue.",
      "after-refusals": "As in-order, and a recall also follows each request that a full ring refuses.",
      overtaking: "A recall may overtake them on a channel of its own.",
    }),
    sentence: "What recalls the partial faults that user space has read.",
  },
  readRollback: { id: "B-29", values: flag, sentence: "Whether a read that fails puts the whole group back." },
  strayAnswer: {
    id: "I-40",
    values: choice({
      refused: "The response is refused.",
      "next-in-line": "The response counts for the oldest group that waits (deliberate defect).",
    }),
    sentence: "What happens to a response to a group that does not wait for one.",
  },
  teardownRule: {
    id: "B-27",
    values: choice({
      "answers-and-drops": "A teardown answers the groups and removes them from user space's reach.",
      "answers-only": "A teardown answers the groups, and user space may answer them again.",
    }),
    sentence: "What a teardown does with the groups that user space has not answered.",
  },
  groupTimeout: {
    id: "iopf-core 1.5",
    values: choice({
      none: "Nothing: the group waits until a teardown (Linux 6.1, 6.12 and 7.3).",
      "drops-group": "It responds Invalid and forgets the group, so that a later response is refused.",
      "from-read": "It does so only if user space has read the group (deliberate defect).",
      "keeps-group": "It responds Invalid, and user space can still respond to the group (deliberate defect).",
      "by-index": "It responds Invalid to the index, even if the group was answered (deliberate defect).",
    }),
    sentence: "What the kernel does when user space takes too long to respond to a group.",
  },
  refusedAnswer: {
    id: "B-42",
    values: choice({
      told: "The VMM reads the error and responds Invalid itself.",
      ignored: "The VMM ignores the error, and the group stays without a response (QEMU, fault region v13).",
    }),
    sentence: "What the VMM does when the kernel refuses a response.",
  },
  virtualOverflow: {
    id: "VFIO facts 5.4",
    values: choice({
      answered: "The VMM passes the automatic response to the kernel.",
      ignored: "The VMM ignores it, and the group stays without a response (QEMU).",
    }),
    sentence: "What the VMM does when its virtual page request queue overflows.",
  },
  indexReuse: {
    id: "VFIO facts 5.4",
    values: choice({
      "held-back": "The VMM holds the group back until the guest has answered the earlier one.",
      injected: "The VMM injects the group at once.",
    }),
    sentence: "What the VMM does with a group whose index the guest has not answered yet.",
  },
  viommuKind: {
    id: "row 61",
    values: choice({
      vtd: "The guest has an emulated VT-d with a page request queue.",
      virtio: "The guest has a virtio-iommu with an event queue.",
    }),
    sentence: "The virtual IOMMU of the guest.",
  },
  guestManner: {
    id: "I-40",
    values: choice({
      once: "It answers each group once.",
      twice: "It answers each group twice.",
      never: "It answers no group.",
      unknown: "It also answers an index that no device uses.",
      "bad-code": "It answers with a code that does not exist.",
    }),
    sentence: "How the guest answers page request groups.",
  },
};

export const nestedSizeKnobs: KnobTable<NestedSizes> = {
  slots: boundsKnobs.slots,
  pages: boundsKnobs.pages,
  itemPages: boundsKnobs.itemPages,
  instances: boundsKnobs.instances,
  reporters: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Number of devices, each with a thread that reports its faults into the one queue to user space.",
  },
  physicalEntries: { id: "bound", values: integer(1, 8), sentence: "Usable slots of the page request queue." },
  virtualEntries: { id: "bound", values: integer(1, 8), sentence: "Requests that the guest's virtual queue holds." },
  guestTeardowns: {
    id: "bound",
    values: integer(0, 3),
    sentence: "Most detaches, replacements and resets in one run.",
  },
  guestUnmaps: {
    id: "bound",
    values: integer(0, 3),
    sentence: "How often the guest may unmap a page; stageChanges=true sets no limit.",
  },
  stageChanges: { id: "bound", values: flag, sentence: "Whether guest and host unmap pages that they have mapped." },
  tableFaults: {
    id: "bound",
    values: flag,
    sentence: "Whether the page of the guest's table may be missing in stage 2.",
  },
  stageEnabling: {
    id: "bound",
    values: flag,
    sentence: "Whether the owners enable the two stages while the device works; false: both are enabled.",
  },
  readFailures: { id: "bound", values: flag, sentence: "Whether the copy of a group to user space may fail." },
};
