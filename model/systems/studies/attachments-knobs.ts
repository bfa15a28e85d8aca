/** The knobs of the focused model `attachments`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { AttachmentsDesign, AttachmentsSizes } from "./attachments-design.ts";
import { iommufdKnobs } from "./iommufd-knobs.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const attachmentsKnobs: KnobTable<AttachmentsDesign> = {
  replaceAnswers: iommufdKnobs.replaceAnswers,
  iopfEnabledOn: {
    id: "D9",
    values: choice({
      "each-device": "The driver enables and disables page faults of each device that it attaches.",
      "first-and-last":
        "iommufd enables page faults of the device that attaches first, and disables those of the one that detaches last.",
    }),
    sentence: "The devices of a group whose page faults an attach enables, and a detach disables.",
  },
  iopfEnable: {
    id: "D8",
    values: choice({
      "joins-queue": "The device joins the queue of its IOMMU (iopf_queue_add_device()).",
      "flag-only": "The driver only sets a flag, so that each fault is answered Invalid (SMMUv3 of 6.12).",
    }),
    sentence: "What IOMMU_DEV_FEAT_IOPF does when it is enabled.",
  },
  iopfEnabledFor: {
    id: "B28",
    values: choice({
      "devices-with-pri": "Page faults are enabled and disabled only for devices with PRI.",
      "every-device": "Page faults are enabled and disabled even for devices that handle their own faults.",
      "every-device-on-unwind":
        "A failed attach disables page faults even of devices for which it has not enabled them.",
    }),
    sentence: "What happens to devices that handle their own faults, when page faults are enabled and disabled.",
  },
  attachUnwind: {
    id: "B29",
    values: choice({
      "undoes-all": "A failed attach undoes every step that it has taken.",
      "keeps-state": "A failed attach keeps the state that the driver has prepared for it.",
      "keeps-reference": "A failed attach keeps its reference to the page table (deliberate defect).",
      "keeps-lock": "A failed attach returns with igroup->lock held (deliberate defect).",
    }),
    sentence: "What a failed attach leaves behind.",
  },
  replacedBy: {
    id: "B23",
    values: choice({
      "attached-devices": "Only a device that is attached may replace the page table of its group.",
      "any-device": "A device that was never attached may replace the page table of its group.",
    }),
    sentence: "The devices that may replace the page table of a group (iommufd_device_do_replace()).",
  },
  attachCounts: {
    id: "I16",
    values: choice({
      first: "An attach counts itself as a user of the page table before it hands it to a driver.",
      last: "An attach hands the page table to the drivers before it counts itself as a user (deliberate defect).",
    }),
    sentence: "When an attach counts itself as a user of its page table.",
  },
  detachReads: {
    id: "I16",
    values: choice({
      "under-lock": "It reads the page table of the group with igroup->lock held.",
      "before-lock":
        "It reads igroup->hwpt before it takes igroup->lock, as iommufd_hw_pagetable_detach() of 6.12.117.",
    }),
    sentence: "When a detach reads which page table it detaches.",
  },
  iopfDisables: {
    id: "B8",
    values: choice({
      "after-block": "After the device was blocked, so that no request of it can be reported any more.",
      "before-block": "Before the device is blocked, as blocking_domain_attach_dev() of VT-d in 7.3.4.",
    }),
    sentence: "When a detach removes a device from its IOPF queue.",
  },
  failedSwitch: {
    id: "B29",
    values: choice({
      "keeps-old": "It uses the old page table, as the group does.",
      blocks: "It uses none: its driver has blocked it before it failed, as intel_iommu_attach_device() of 7.3.4.",
    }),
    sentence: "What a device uses after a replace has failed at it.",
  },
  replacedCount: {
    id: "I16",
    values: choice({
      dropped: "It drops the count, and disables page faults if it was the last one.",
      kept: "It leaves the count, as intel_nested_attach_dev() of 7.3.4.",
    }),
    sentence: "What a replace does with the count of page faults for the old page table.",
  },
  replaceDisables: {
    id: "B8",
    values: choice({
      "after-switch": "After the device uses the new page table, as arm_smmu_attach_commit().",
      "before-switch":
        "Before the device uses the new page table, as iopf_for_domain_replace() in intel_iommu_set_dev_pasid() of 7.3.4.",
    }),
    sentence: "When a replace disables page faults for the old page table.",
  },
  reportNames: {
    id: "D9",
    values: choice({
      "faulting-device": "A record names the device that has faulted.",
      "first-attached":
        "A record names the device that attached first, which may be freed (idev of the attach handle).",
    }),
    sentence: "The device that the record of a fault names to user space.",
  },
  pasidRevert: {
    id: "B45",
    values: choice({
      "those-attached": "It detaches the PASID only from the devices to which it has attached it.",
      "every-device": "It detaches the PASID from every device of the group.",
    }),
    sentence: "The devices from which a failed __iommu_set_group_pasid() detaches the PASID.",
  },
  pasidRemoval: {
    id: "B45",
    values: choice({
      "if-attached": "The count drops only if the driver finds the PASID attached.",
      always: "The count drops even for a PASID that the driver does not find attached.",
    }),
    sentence: "When intel_iommu_remove_dev_pasid() drops the count of the domain.",
  },
};

export const attachmentsSizeKnobs: KnobTable<AttachmentsSizes> = {
  groupDevices: { id: "bound", values: integer(1, 3), sentence: "Number of devices in the group." },
  pageTables: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Number of page tables: the first one has a fault queue, the second has none.",
  },
  attachesPasid: { id: "bound", values: flag, sentence: "Whether a page table is also attached to a PASID." },
  attachFails: { id: "bound", values: flag, sentence: "Whether steps of an attach may fail." },
  deviceOwnFaults: {
    id: "bound",
    values: flag,
    sentence: "Whether the last device handles its faults itself, without page requests.",
  },
  devicesUnbind: { id: "bound", values: flag, sentence: "Whether devices are unbound, and bound again." },
  tablesGo: { id: "bound", values: flag, sentence: "Whether page tables are destroyed, and allocated again." },
};
