/**
 * Words that all machines of the I/O page fault (IOPF) core share: one page request as the core sees it, and the codes
 * of an answer (Linux include/linux/iommu.h: struct iommu_fault_page_request, enum iommu_page_response_code).
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

/** enum iommu_page_response_code; what each means on the wire is the driver's affair (iopf-core 1.5). */
export type ResponseCode = "success" | "invalid" | "failure";

/** Numbers of Linux's errno.h, negative as functions return them. */
export const OK = 0;
export const ENOENT = -2;
export const EIO = -5;
export const ENOMEM = -12;
export const EBUSY = -16;
export const ENODEV = -19;
export const EINVAL = -22;
export const EOPNOTSUPP = -95;

/** The driver's page_response op: an answer on its way to the hardware. `last` and `group` are what it answers. */
export type PageResponse = {
  readonly type: "driver.page-response";
  readonly device: number;
  readonly pasid: number | null;
  readonly grp: number;
  readonly code: ResponseCode;
  /** Whether the answered request was flagged Last; false is an answer that the protocol does not know (I2). */
  readonly last: boolean;
  /** The group it belongs to; null when the core answers without one. */
  readonly group: number | null;
  /** Ghost: instances of the requests that it answers, in order of arrival; absent when they carry none. */
  readonly instances?: readonly number[];
};

/** The answer to a request (the Last one of its group), with the ghost instances of all members. */
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
