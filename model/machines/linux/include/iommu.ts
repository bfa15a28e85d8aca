/**
 * Words that all machines of the I/O page fault (IOPF) core share: one page request as the core sees it, and the codes
 * of a response (Linux include/linux/iommu.h: struct iommu_fault_page_request, enum iommu_page_response_code).
 */

/** Bits of `perm`, as IOMMU_FAULT_PERM_*. */
export const READ = 1;
export const WRITE = 2;
export const EXECUTE = 4;
export const PRIVILEGED = 8;

/** One page request. A `type`, not an interface, so that it is plain JSON for the checker. */
export type Fault = {
  readonly device: number;
  /** Null: a request without PASID. */
  readonly pasid: number | null;
  /** The page request group index (PRGI). */
  readonly grp: number;
  /** The address; any whole number that the system takes for a page. */
  readonly page: number;
  /** Bits READ, WRITE, EXECUTE, PRIVILEGED. */
  readonly perm: number;
  readonly last: boolean;
  /** False: IOMMU_FAULT_PAGE_RESPONSE_NEEDS_PASID is clear although there is a PASID. Linux 6.12 does not look at it. */
  readonly needsPasid?: false;
  /** Ghost: which request of the device this really is. Carried along, never looked at. */
  readonly instance?: number;
};

/** enum iommu_page_response_code; the driver encodes them for the wire (iopf-core 1.5). */
export type ResponseCode = "success" | "invalid" | "failure";

/** Numbers of Linux's errno.h, negative as functions return them. */
export const OK = 0;
export const ENOENT = -2;
export const EIO = -5;
export const ENOMEM = -12;
export const EFAULT = -14;
export const EBUSY = -16;
export const ENODEV = -19;
export const EINVAL = -22;
export const ESPIPE = -29;
export const EOPNOTSUPP = -95;

/** A call of ops->page_response(): the driver sends a response to the hardware. */
export type PageResponse = {
  readonly type: "driver.page-response";
  readonly device: number;
  readonly pasid: number | null;
  readonly grp: number;
  readonly code: ResponseCode;
  /** Whether the request was the last of its group. PCIe has no response to another one: I2 (one response, to the last). */
  readonly last: boolean;
  /** The iopf_group that it responds to; null: iopf_error_response() has none. */
  readonly group: number | null;
  /** Ghost: instances of the requests of the group, in order of arrival; absent when they carry none. */
  readonly instances?: readonly number[];
};

/** The response to the last request of a group, with the ghost instances of all members. */
export function pageResponse(members: readonly Fault[], code: ResponseCode, group: number | null): PageResponse {
  const answered = members[members.length - 1]!;
  const instances = members.flatMap(({ instance }) => (instance === undefined ? [] : [instance]));
  return {
    type: "driver.page-response",
    device: answered.device,
    pasid: answered.pasid,
    grp: answered.grp,
    code,
    last: answered.last,
    group,
    ...(instances.length > 0 ? { instances } : {}),
  };
}

/** What the sender of a page response says. */
export const pageResponseSays = "calls ops->page_response() with {code} for PRGI {grp} of device {device}";

/** WARN_ON() fired in the kernel function. */
export type KernelWarning = { readonly type: "kernel.warns"; readonly device: number; readonly in: string };
/** A line in the kernel's log, by a name of ours. */
export type KernelLog = {
  readonly type: "kernel.logs";
  readonly device: number;
  readonly line: "iopf-aborted" | "no-pending-request";
  readonly pasid: number | null;
};
/** An allocation failed in the kernel function. */
export type AllocationFailure = { readonly type: "allocation.fails"; readonly device: number; readonly in: string };
/** What the sender of an allocation failure says. */
export const allocationSays = "gets no memory";
