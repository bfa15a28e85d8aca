/** What properties ask of the parameters of a system. */
import type { Json } from "../../checker/json.ts";
import type { Applicability } from "../../checker/property.ts";
import type { Host } from "../../model/hosts/host.ts";
import { collectsGroups, pasidsOf, type Configuration } from "../../model/systems/configuration.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import { allocationOf, longestItem, usableSlots } from "../../model/systems/credits.ts";

export type Parameters = Configuration;

/** Applies where the parameters are those of a page fault system and the condition is true of them. */
export const where = (condition: (parameters: Parameters) => boolean): Applicability => ({
  belongs: (parameters) => {
    const known = parameters as unknown as Partial<Parameters> | null;
    return known?.hardware !== undefined && known.host !== undefined && known.bounds !== undefined;
  },
  when: (parameters) => condition(parameters as unknown as Parameters),
});

/** Whether the page request queue can overflow at all: more credits than slots, or slots kept after their response. */
export const canOverflow = (built: Parameters): boolean =>
  built.hardware.headAdvance === "batch" || built.bounds.devices * allocationOf(built) > usableSlots(built.hardware);

/** As `where`, for what only the IOPF core of this kernel has. */
export const onCore = (
  core: Host["core"],
  condition: (parameters: Parameters) => boolean = () => true,
): Applicability => {
  const { belongs, when } = where(condition);
  return {
    belongs: (parameters) => belongs(parameters) && (parameters as unknown as Parameters).host.core === core,
    when,
  };
};

export const hasMultiPageGroups = (built: Parameters): boolean => longestItem(built) > 1;

/** Whether a device can have more requests on their way at a time than the queue has slots. */
export const overflows = (built: Parameters): boolean =>
  built.bounds.devices * Math.min(allocationOf(built), built.bounds.slots * longestItem(built)) >
  usableSlots(built.hardware);

/** Whether two PASIDs of a device can use one group index at the same time. */
export const indicesAreShared = (built: Parameters): boolean =>
  Math.min(pasidsOf(built).length, built.bounds.slots) > 1 && built.hardware.prgiScope === "functionAndPasid";

/** Whether the search tells two uses of a group index apart, by ghost state or by their PASIDs. */
export const usesAreTold = (built: Parameters): boolean => built.bounds.instances > 1 || indicesAreShared(built);

/** Whether mapped pages are ever released. */
export const releases = ({ host, bounds }: Parameters): boolean =>
  bounds.unmaps || (host.reclaim !== "none" && host.limit > 0 && host.limit < bounds.pages);

/** Whether they are while a device has an access in flight: a handler evicts only while the device that faulted waits. */
export const releasesDuringDma = (built: Parameters): boolean =>
  releases(built) &&
  (built.bounds.unmaps || built.host.reclaim === "periodic" || built.bounds.devices * built.bounds.slots > 1);

/** Whether the limit makes the handler refuse. */
export const refuses = ({ host, bounds }: Parameters): boolean =>
  host.reclaim === "none" && host.limit > 0 && host.limit < bounds.pages;

/** Whether the handler of the device answers each fault inside its report, and may refuse one. */
export const answersInReport = (built: Parameters): boolean =>
  built.host.core === "6.1" && !collectsGroups(built) && (built.bounds.unmaps || refuses(built));

/** Applies to the focused model of this name where the condition is true of its design and sizes. */
export const inStudy = <Design, Sizes>(
  name: string,
  condition: (host: Design, bounds: Sizes) => boolean = () => true,
): Applicability => ({
  belongs: (parameters) => (parameters as { readonly study?: Json } | null)?.study === name,
  when: (parameters) => {
    const { host, bounds } = parameters as unknown as StudyParameters<Design, Sizes>;
    return condition(host, bounds);
  },
});

const refusedByTheDriver = inStudy<{ readonly requestsCarry?: string }, unknown>(
  "teardown",
  ({ requestsCarry }) => requestsCarry === "no-pasid",
);
/** Whether requests get as far as the core. */
export const reachesTheCore: Applicability = {
  belongs: () => true,
  when: (parameters) => !(refusedByTheDriver.belongs(parameters) && refusedByTheDriver.when(parameters)),
};

const DETACHING = ["iommufd", "teardown", "pasid-tables"].map((name) => inStudy(name));
/** Whether a domain, and its attach handle with it, is taken from a device while the thread may report faults of that device. */
export const detaches: Applicability = {
  belongs: (parameters) => DETACHING.some(({ belongs }) => belongs(parameters)),
  when: reachesTheCore.when,
};
