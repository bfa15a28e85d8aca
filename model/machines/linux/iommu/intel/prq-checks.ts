/**
 * What VT-d's page request thread looks at before it reports a record to the IOPF core, and what it reports.
 *
 * Models  Linux 6.12.117, drivers/iommu/intel/prq.c: prq_event_thread(), is_canonical_address(), intel_prq_report(),
 *         prq_to_iommu_prot(). The checks are in the order of the source. The thread sends Invalid to the last request of a group that it refuses. It drops a Stop Marker: a last request that
 *         neither reads nor writes. So it drops a last request that only executes: I3 (a Stop Marker gets no response).
 * Omits   addresses of 57 bits, which a kernel with 5-level page tables calls canonical.
 */
import type { PageRequest, RequestMode } from "../../../../units.ts";
import { looksLikeStopMarker } from "../../../iommu/page-request-answer.ts";
import { EXECUTE, PRIVILEGED, READ, WRITE, type Fault } from "../../include/iommu.ts";

/** Why the thread refuses a request; each but the last is a line of the kernel's log. */
export type Refusal = "no-pasid" | "not-canonical" | "privileged" | "execute" | "unknown-device";

export type Verdict = Refusal | "stop-marker" | "reported";

/** What the driver knows of devices and addresses. */
export type PrqChecks = {
  /** The devices that device_rbtree_find() finds; null: all. */
  readonly devices: readonly number[] | null;
  /** Bytes of one number of `page`: 4096, or 1 where a system has addresses for pages. */
  readonly pageSize: number;
};

/** Of 64 bits of an address, 63 to 47 are equal. */
const isCanonical = (address: number): boolean => address < 2 ** 47 || address >= 2 ** 64 - 2 ** 47;

const isPrivileged = ({ mode }: { readonly mode?: RequestMode }): boolean =>
  mode === "privileged" || mode === "privileged-execute";
const executes = ({ mode }: { readonly mode?: RequestMode }): boolean =>
  mode === "execute" || mode === "privileged-execute";

const accessesPrivileged = (request: PageRequest): boolean => isPrivileged(request) && (request.read || request.write);
const executesAndReads = (request: PageRequest): boolean => executes(request) && request.read;

/** Whether the thread refuses the request for what it asks to do. */
export const hasUnsupportedMode = (request: PageRequest): boolean =>
  accessesPrivileged(request) || executesAndReads(request);

export function checked(request: PageRequest, { devices, pageSize }: PrqChecks): Verdict {
  const { device, pasid, page } = request;
  if (pasid === null) return "no-pasid";
  if (!isCanonical(page * pageSize)) return "not-canonical";
  if (accessesPrivileged(request)) return "privileged";
  if (executesAndReads(request)) return "execute";
  if (looksLikeStopMarker(request)) return "stop-marker";
  return devices === null || devices.includes(device) ? "reported" : "unknown-device";
}

/** The fault that the thread reports; `perm` in the bits of the core. */
export function faultOf(request: PageRequest): Fault {
  const { device, pasid, prgi: grp, page, last, instance, read, write } = request;
  const bits = [read && READ, write && WRITE, executes(request) && EXECUTE, isPrivileged(request) && PRIVILEGED];
  const perm = bits.reduce<number>((sum, bit) => sum + Number(bit), 0);
  return { device, pasid, grp, page, perm, last, instance };
}
