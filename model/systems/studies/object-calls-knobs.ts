/** The knobs of the focused model `object-calls`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { ObjectCallsDesign, ObjectCallsSizes } from "./object-calls-design.ts";

const flag = { kind: "flag" } as const;

export const objectCallsKnobs: KnobTable<ObjectCallsDesign> = {
  putOrder: {
    id: "J1",
    values: choice({
      "users-first": "The user goes first, so that who has waited for the short users sees no user of theirs (7.3.4).",
      "wait-first": "The short user goes first (deliberate defect).",
    }),
    sentence: "In which order iommufd_put_object() gives its two counts back.",
  },
  veventqPut: {
    id: "J55",
    values: choice({
      "after-unlock": "After the queue has left the list of the vIOMMU, and the lock of the vIOMMU was dropped.",
      "in-abort": "First, in iommufd_veventq_abort(): the list and the lock are in the vIOMMU (7.3.4).",
    }),
    sentence: "When the destroy of a vEVENTQ drops its user of the vIOMMU.",
  },
  unbindFinds: {
    id: "J26",
    values: choice({
      "tries-users":
        "It takes a user if the vDEVICE is in the table; else it waits for its destroy, without the lock (7.3.4).",
      "takes-users": "It takes a user in any case (deliberate defect).",
      "under-lock": "It waits for a destroy by user space while it holds igroup->lock (deliberate defect).",
    }),
    sentence: "How the unbind of a device meets a vDEVICE that user space may be destroying.",
  },
  deadId: {
    id: "J25",
    values: choice({
      tombstone: "It stays reserved until the context ends (7.3.4).",
      freed: "The next object gets it (deliberate defect).",
    }),
    sentence: "What becomes of the ID of a vDEVICE that went with its device.",
  },
  destroyNames: {
    id: "J2",
    values: choice({
      id: "It looks at the table alone (7.3.4).",
      reference: "It takes a user of the object first, as an ioctl does that uses it (CVE-2023-53795).",
    }),
    sentence: "How IOMMU_DESTROY gets hold of its object.",
  },
  destroyWaits: {
    id: "J2",
    values: choice({
      "short-users": "It waits until no call is inside the object (7.3.4).",
      nothing: "It frees the object without a wait (deliberate defect).",
    }),
    sentence: "What a destroy waits for between the table and the memory of its object.",
  },
  vdeviceHolds: {
    id: "J22",
    values: choice({
      device: "A user and a short user, which its destroy gives back (7.3.4).",
      nothing: "A pointer alone (deliberate defect).",
    }),
    sentence: "What a vDEVICE holds of its device.",
  },
  slotClear: {
    id: "J24",
    values: choice({
      "if-own": "It clears the slot if this vDEVICE is in it (7.3.4).",
      always: "It clears the slot, whoever is in it (deliberate defect).",
      never: "It leaves the slot as it is (deliberate defect).",
    }),
    sentence: "What a vDEVICE that goes does with the slot of its virtual ID.",
  },
  reportLock: {
    id: "J41",
    values: choice({
      "veventqs-rwsem": "The lock, for reading, from the look-up of the queue to the end (7.3.4).",
      nothing: "No lock (deliberate defect).",
    }),
    sentence: "What a report of an event holds.",
  },
};

export const objectCallsSizeKnobs: KnobTable<ObjectCallsSizes> = {
  userDestroys: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "How many threads of user space destroy objects.",
  },
  destroysEach: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "How many objects each of them destroys at most.",
  },
  deviceUnbinds: { id: "bound", values: flag, sentence: "Whether VFIO unbinds the device that has the vDEVICE." },
  vdeviceAllocs: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 2 },
    sentence: "How many threads make a vDEVICE, of the first device or of a second.",
  },
  driverReports: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 3 },
    sentence: "How many events the driver reports; a nested HWPT keeps the vIOMMU then.",
  },
};
