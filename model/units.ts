/** The nouns that messages share. Plain numbers and strings, because snapshots and messages are plain data. */

/** One endpoint function (a requester id); its number means nothing. */
export type Device = number;

/** A 4 KiB page of the untranslated address space a device uses: address[63:12] of a page request. */
export type Page = number;

/** A process address space id, or null for a request without PASID prefix. */
export type Pasid = number | null;

/** Page request group index: 9 bits on the wire, reusable as soon as the group was answered. */
export type Prgi = number;

/**
 * Ghost: which group of the device a request belongs to, whatever its index. Carried along and never looked at by a
 * machine; only properties use it, to tell a group from a later one with the same index.
 */
export type Instance = number;

/** PRG response codes of PCIe: 0, 1 and 15 on the wire; all others mean failure to the endpoint. */
export type ResponseCode = "success" | "invalid" | "failure";

/** One member of a page request group, as it travels from the endpoint to software (PCIe PRI, Page Request message). */
export type PageRequest = {
  readonly device: Device;
  readonly pasid: Pasid;
  readonly prgi: Prgi;
  readonly page: Page;
  /** Access wanted. A request with neither, and `last`, is a stop marker. */
  readonly read: boolean;
  readonly write: boolean;
  /** The last request of its group: the only one that is ever answered. */
  readonly last: boolean;
  readonly instance: Instance;
  /** What the device wants back with the answer (private data of VT-d); absent: nothing. */
  readonly data?: number;
  /** Absent: an access by user space that reads or writes. */
  readonly mode?: RequestMode;
};

/** Accesses that software may not support: in supervisor mode, to execute what it reads, or both. */
export type RequestMode = "privileged" | "execute" | "privileged-execute";

/** What is attached of a device: its RID, or a PASID of it. */
export type Slot = "rid" | "pasid";
