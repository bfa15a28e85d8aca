/** Designs and sizes of the focused model `group-open`: locks and references of a VFIO group and its VM. */
import type { GroupRules } from "../../machines/linux/vfio/group/group-calls.ts";
import type { AttachmentsSizes } from "./attachments-design.ts";

export interface GroupOpenDesign extends Pick<
  GroupRules,
  "kvmClears" | "driverLocksKvm" | "vmReference" | "pinErrorExit"
> {
  readonly name: string;
  readonly kvmPointerLock: GroupRules["pointerLock"];
}

export interface GroupOpenSizes extends Pick<AttachmentsSizes, "groupDevices"> {
  readonly name: string;
  readonly opensVm: boolean;
  readonly driverPins: boolean;
}
