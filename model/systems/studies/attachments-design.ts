/** Designs and sizes of the focused model `attachments`: how page tables are attached to a group of devices, and each departure. */
import type { AttachRules } from "../../machines/linux/iommu/iommufd/attach/attach-plan.ts";
import type { PasidRemoval } from "../../machines/linux/iommu/iommufd/attach/attach-states.ts";
import type { ReportNames } from "../../machines/linux/iommu/iommufd/attach/iommufd-group.ts";
import type { BoundsName } from "../study.ts";
import type { IommufdDesign } from "./iommufd-design.ts";

export interface AttachmentsDesign extends Pick<IommufdDesign, "replaceAnswers"> {
  readonly name: string;
  readonly iopfEnabledOn: AttachRules["enabledOn"];
  readonly iopfEnable: AttachRules["enable"];
  readonly iopfEnabledFor: AttachRules["enabledFor"];
  readonly attachUnwind: AttachRules["wayBack"];
  readonly replacedBy: AttachRules["replacedBy"];
  readonly attachCounts: AttachRules["counts"];
  readonly detachReads: AttachRules["detachReads"];
  readonly iopfDisables: AttachRules["disables"];
  readonly failedSwitch: AttachRules["failedSwitch"];
  readonly replacedCount: AttachRules["replacedCount"];
  readonly replaceDisables: AttachRules["replaceDisables"];
  readonly reportNames: ReportNames;
  readonly pasidRevert: AttachRules["pasidRevert"];
  readonly pasidRemoval: PasidRemoval;
}

export interface AttachmentsSizes {
  readonly name: string;
  readonly groupDevices: number;
  readonly pageTables: number;
  readonly attachesPasid: boolean;
  readonly attachFails: boolean;
  readonly deviceOwnFaults: boolean;
  readonly devicesUnbind: boolean;
  readonly tablesGo: boolean;
}

const INTENDED: Omit<AttachmentsDesign, "name"> = {
  replaceAnswers: "old-queue",
  iopfEnabledOn: "each-device",
  iopfEnable: "joins-queue",
  iopfEnabledFor: "devices-with-pri",
  attachUnwind: "undoes-all",
  replacedBy: "attached-devices",
  attachCounts: "first",
  detachReads: "under-lock",
  iopfDisables: "after-block",
  failedSwitch: "keeps-old",
  replacedCount: "dropped",
  replaceDisables: "after-switch",
  reportNames: "faulting-device",
  pasidRevert: "those-attached",
  pasidRemoval: "if-attached",
};

/**
 * As of 6.12.117. Its faults are those of code that 6.12 does not reach: VT-d answers every request without PASID as
 * invalid until 6.13, and no page table with a fault queue can be made over SMMUv3 (D8).
 */
const LINUX_6_12: Omit<AttachmentsDesign, "name"> = {
  ...INTENDED,
  iopfEnabledOn: "first-and-last",
  detachReads: "before-lock",
  reportNames: "first-attached",
};

export const attachmentsHosts = {
  intended: {
    sentence:
      "The driver enables page faults of each device that it attaches, and a record names the device that faulted.",
    design: INTENDED,
  },
  "linux-6.12.117": {
    sentence: "iommufd of Linux 6.12.117 over VT-d, with requests without PASID as from 6.13.",
    design: LINUX_6_12,
  },
  "linux-6.12.117-smmu": {
    sentence: "iommufd of Linux 6.12.117 over SMMUv3, as if it could allocate page tables with a fault queue.",
    design: { ...LINUX_6_12, iopfEnable: "flag-only" },
  },
  /**
   * D9 is left: the attach handle names the device that attached first. The driver is that of page tables that nest in another
   * (intel_nested_attach_dev()); intel_iommu_attach_device() drops the count for the old one (replacedCount=dropped).
   */
  "linux-7.3.4": {
    sentence:
      "iommufd of Linux 7.3.4 over VT-d, with nested page tables: the driver enables page faults of each device.",
    design: {
      ...INTENDED,
      iopfDisables: "before-block",
      failedSwitch: "blocks",
      replacedCount: "kept",
      reportNames: "first-attached",
    },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<AttachmentsDesign, "name"> } };

const SMALL: Omit<AttachmentsSizes, "name"> = {
  groupDevices: 2,
  pageTables: 1,
  attachesPasid: false,
  attachFails: true,
  deviceOwnFaults: false,
  devicesUnbind: false,
  tablesGo: true,
};

export const attachmentsBounds: { readonly [name in BoundsName]: Omit<AttachmentsSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, pageTables: 2, devicesUnbind: true },
  deep: { ...SMALL, pageTables: 2, attachesPasid: true, devicesUnbind: true },
};
