/** Designs and sizes of the study `attachments`: how page tables are attached to a group of devices, and each departure. */
import type { KnobTable } from "../../knobs.ts";
import type { AttachRules } from "../../machines/linux/iommu/iommufd/attach/attach-plan.ts";
import type { PasidRemoval } from "../../machines/linux/iommu/iommufd/attach/attach-states.ts";
import type { ReportNames } from "../../machines/linux/iommu/iommufd/attach/iommufd-group.ts";
import type { BoundsName } from "../study.ts";
import type { IommufdDesign } from "./iommufd-design.ts";
import { iommufdKnobs } from "./iommufd-knobs.ts";

export interface AttachmentsDesign extends Pick<IommufdDesign, "replaceAnswers"> {
  readonly name: string;
  readonly iopfEnabledOn: AttachRules["enabledOn"];
  readonly iopfEnable: AttachRules["enable"];
  readonly iopfEnabledFor: AttachRules["enabledFor"];
  readonly attachUnwind: AttachRules["wayBack"];
  readonly replacedBy: AttachRules["replacedBy"];
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

const flag = { kind: "flag" } as const;
const choice = <const Choices extends readonly string[]>(...of: Choices) => ({ kind: "choice", of }) as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const attachmentsKnobs: KnobTable<AttachmentsDesign> = {
  replaceAnswers: iommufdKnobs.replaceAnswers,
  iopfEnabledOn: {
    id: "D9",
    values: choice("each-device", "first-and-last"),
    sentence:
      "Whose page faults an attach turns on: those of every device of the group, or of the first; the last to go turns its own off.",
  },
  iopfEnable: {
    id: "D8",
    values: choice("joins-queue", "flag-only"),
    sentence: "Whether a device whose page faults are turned on joins the queue of its IOMMU.",
  },
  iopfEnabledFor: {
    id: "B28",
    values: choice("devices-with-pri", "every-device", "every-device-on-unwind"),
    sentence:
      "Whether devices that handle their own faults are left alone, when page faults are turned on and off again.",
  },
  attachUnwind: {
    id: "B29",
    values: choice("undoes-all", "keeps-state", "keeps-reference", "keeps-lock"),
    sentence: "What is forgotten on the way back from an attach that failed.",
  },
  replacedBy: {
    id: "B23",
    values: choice("attached-devices", "any-device"),
    sentence: "Whether a device that was never attached may replace the page table of its group.",
  },
  reportNames: {
    id: "D9",
    values: choice("faulting-device", "first-attached"),
    sentence: "Which device the report of a fault names.",
  },
  pasidRevert: {
    id: "B45",
    values: choice("those-attached", "every-device"),
    sentence: "From which devices of the group a PASID is detached whose attach has failed.",
  },
  pasidRemoval: {
    id: "B45",
    values: choice("if-attached", "always"),
    sentence: "Whether a driver drops the count of a domain also for a PASID that it does not find attached.",
  },
};

export const attachmentsSizeKnobs: KnobTable<AttachmentsSizes> = {
  groupDevices: { id: "bound", values: integer(1, 3), sentence: "Devices of the group." },
  pageTables: {
    id: "bound",
    values: integer(1, 2),
    sentence: "Page tables: the first one has a fault queue, the second has none.",
  },
  attachesPasid: { id: "bound", values: flag, sentence: "Whether a page table is also attached to a PASID." },
  attachFails: { id: "bound", values: flag, sentence: "Whether steps of an attach may fail." },
  deviceOwnFaults: {
    id: "bound",
    values: flag,
    sentence: "Whether the last device handles its faults itself, without page requests.",
  },
  devicesUnbind: { id: "bound", values: flag, sentence: "Whether devices are unbound, and bound again." },
  tablesGo: { id: "bound", values: flag, sentence: "Whether page tables are destroyed, and made again." },
};

const INTENDED: Omit<AttachmentsDesign, "name"> = {
  replaceAnswers: "old-queue",
  iopfEnabledOn: "each-device",
  iopfEnable: "joins-queue",
  iopfEnabledFor: "devices-with-pri",
  attachUnwind: "undoes-all",
  replacedBy: "attached-devices",
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
  reportNames: "first-attached",
};

export const attachmentsHosts = {
  intended: {
    sentence: "The driver turns page faults on for each device that it attaches, and a report names who faulted.",
    design: INTENDED,
  },
  "linux-6.12.117": {
    sentence: "The code of 6.12.117 over VT-d, with requests without PASID as from 6.13.",
    design: LINUX_6_12,
  },
  "linux-6.12.117-smmu": {
    sentence:
      "The code of 6.12.117 over SMMUv3, where the feature is a flag, if it made page tables with fault queues.",
    design: { ...LINUX_6_12, iopfEnable: "flag-only" },
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
