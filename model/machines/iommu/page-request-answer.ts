/**
 * The response that hardware sends on its own for a page request that it does not queue.
 *
 * Models  VT-d tables 30 and 31, SMMUv3 8.1, RISC-V IOMMU 3.7. Hardware answers only the last request of a group, and never
 *         a stop marker (fact 2, only requests with Last=1 are answered). K12 decides whether the response carries the PASID, and
 *         K13 which requests are stop markers.
 * Omits   ATS: a device that may send page requests without ATS is treated as any other.
 */
import type { AutomaticResponse, Hardware } from "../../hardware/hardware.ts";
import type { Device, PageRequest, Pasid } from "../../units.ts";
import type { AutomaticPageResponse, DeviceConfiguration } from "./page-request-queue-messages.ts";

type AnswerKnobs = Pick<Hardware, "stopMarker" | "autoRespPasid" | "autoRespFailurePasid" | "prgiScope">;

/**
 * The configuration of a device, or undefined. Without a list (null) every device may send page requests, and needs the
 * PASID back if its group indices are per PASID.
 */
export const configurationOf = (
  devices: readonly DeviceConfiguration[] | null,
  device: Device,
  { prgiScope }: AnswerKnobs,
): DeviceConfiguration | undefined =>
  devices
    ? devices.find((configured) => configured.device === device)
    : { device, pri: true, prpr: prgiScope === "functionAndPasid" };

/** The bits of a stop marker; K13 decides whether the hardware treats such a request as one. */
export const looksLikeStopMarker = ({ read, write, last }: PageRequest): boolean => last && !read && !write;

const isStopMarker = (request: PageRequest, { stopMarker }: AnswerKnobs): boolean =>
  looksLikeStopMarker(request) &&
  stopMarker !== "treatedAsRequest" &&
  (stopMarker === "anyPasid" || request.pasid !== null);

/** The response to a request that is dropped with this code, or undefined for silence. */
export function automaticAnswer(
  request: PageRequest,
  code: AutomaticResponse,
  devices: readonly DeviceConfiguration[] | null,
  knobs: AnswerKnobs,
): AutomaticPageResponse | undefined {
  if (code === "none" || !request.last || isStopMarker(request, knobs)) return undefined;
  const { device, prgi, instance } = request;
  const rule = code === "failure" ? knobs.autoRespFailurePasid : knobs.autoRespPasid;
  const carried = rule === "byConfig" ? configurationOf(devices, device, knobs)?.prpr === true : rule === "mirror";
  const pasid: Pasid = carried ? request.pasid : null;
  const data = request.data === undefined ? {} : { data: request.data };
  return { type: "pri.response", device, pasid, prgi, code, by: "hardware", instance, ...data };
}
