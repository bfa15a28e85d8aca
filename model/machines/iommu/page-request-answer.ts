/**
 * What hardware answers on its own to a page request it does not queue.
 *
 * Models  VT-d 5.10 tables 30 and 31, SMMUv3 8.1, RISC-V IOMMU 3.7: only the last request of a group is answered, a
 *         stop marker never (fact 2); whether the answer carries the PASID is K12, what a stop marker is K13.
 * Omits   ATS: a device whose configuration allows page requests without ATS is not told apart from others.
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

/** The bits of a stop marker, whether or not the hardware takes them for one. */
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
