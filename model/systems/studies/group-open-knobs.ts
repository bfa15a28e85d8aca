/** The knobs of the focused model `group-open`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import { attachmentsSizeKnobs } from "./attachments-knobs.ts";
import type { GroupOpenDesign, GroupOpenSizes } from "./group-open-design.ts";

const flag = { kind: "flag" } as const;

export const groupOpenKnobs: KnobTable<GroupOpenDesign> = {
  kvmClears: {
    id: "B-20",
    values: choice({
      "at-release": "The pointer is cleared when KVM's VFIO device is closed (kvm_vfio_release()).",
      "at-destroy": "The pointer is cleared when the VM is destroyed (kvm_vfio_destroy()).",
      never: "The pointer is never cleared (deliberate defect).",
    }),
    sentence: "When KVM clears the pointer of a VFIO group to its VM.",
  },
  kvmPointerLock: {
    id: "B-20",
    values: choice({
      "own-lock": "group->kvm_ref_lock protects it (6.12.117).",
      "group-lock": "group->group_lock protects it (6.1).",
    }),
    sentence: "The lock that protects the pointer of a VFIO group to its VM.",
  },
  driverLocksKvm: {
    id: "B-20",
    values: flag,
    sentence: "Whether a driver takes kvm->lock when its device is opened, as vfio_ap_mdev_set_kvm() does.",
  },
  vmReference: {
    id: "I-30",
    values: choice({
      "if-alive": "It takes one only if the VM still has a reference (vfio_device_get_kvm_safe()).",
      always: "It takes one even if the VM is being destroyed (kvm_get_kvm()).",
    }),
    sentence: "When a device that is opened takes a reference to the VM.",
  },
  pinErrorExit: {
    id: "B-17",
    values: choice({
      puts: "It puts its references to the container and the group once each.",
      "keeps-group": "It leaks its reference to the group.",
      "keeps-container": "It leaks its use of the container (deliberate defect).",
      "puts-container-twice": "It puts its use of the container twice (deliberate defect).",
    }),
    sentence: "What a vfio_pin_pages() that fails does with its references.",
  },
};

export const groupOpenSizeKnobs: KnobTable<GroupOpenSizes> = {
  groupDevices: attachmentsSizeKnobs.groupDevices,
  opensVm: { id: "bound", values: flag, sentence: "Whether there is a VM that is created and destroyed." },
  driverPins: { id: "bound", values: flag, sentence: "Whether the driver of the device calls vfio_pin_pages()." },
};
