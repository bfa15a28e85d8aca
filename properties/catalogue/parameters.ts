/** What properties ask of the parameters of a system. */
import type { Json } from "../../checker/json.ts";
import { collectsGroups, type Configuration } from "../../model/systems/configuration.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import { allocationOf, longestItem, usableSlots } from "../../model/systems/credits.ts";

export type Parameters = Configuration;

/** Applies where the parameters are those of a page fault system and the condition is true of them. */
export const where =
  (condition: (parameters: Parameters) => boolean) =>
  (parameters: Json): boolean => {
    const known = parameters as unknown as Partial<Parameters> | null;
    return known?.hardware !== undefined && known.host !== undefined && known.bounds !== undefined
      ? condition(known as Parameters)
      : false;
  };

/** Whether the page-request queue can overflow at all: more credits than slots, or slots kept after their response. */
export const canOverflow = (built: Parameters): boolean =>
  built.hardware.headAdvance === "batch" || built.bounds.devices * allocationOf(built) > usableSlots(built.hardware);

export const hasMultiPageGroups = (built: Parameters): boolean => longestItem(built) > 1;

/** Whether a device can have more requests on their way at a time than the queue has slots. */
export const overflows = (built: Parameters): boolean =>
  built.bounds.devices * Math.min(allocationOf(built), built.bounds.slots * longestItem(built)) >
  usableSlots(built.hardware);

/** Whether mapped pages are ever released. */
export const releases = ({ host, bounds }: Parameters): boolean =>
  bounds.unmaps || (host.reclaim !== "none" && host.limit > 0 && host.limit < bounds.pages);

/** Whether they are while a device has an access in flight: a handler evicts only while the device that faulted waits. */
export const releasesDuringDma = (built: Parameters): boolean =>
  releases(built) &&
  (built.bounds.unmaps || built.host.reclaim === "periodic" || built.bounds.devices * built.bounds.slots > 1);

/** Whether no more pages are wanted at a time than may be pinned: below that, groups evict each other's pages (4.2). */
export const fitsTheLimit = (built: Parameters): boolean =>
  built.host.limit === 0 ||
  built.host.limit >=
    Math.min(built.bounds.pages, built.bounds.devices * built.bounds.slots * Math.max(1, longestItem(built)));

/** Whether the limit makes the handler refuse. */
export const refuses = ({ host, bounds }: Parameters): boolean =>
  host.reclaim === "none" && host.limit > 0 && host.limit < bounds.pages;

/** Whether the handler of the device answers each fault inside its report, and may refuse one. */
export const answersInReport = (built: Parameters): boolean =>
  built.host.core === "6.1" && !collectsGroups(built) && (built.bounds.unmaps || refuses(built));

/** Applies to the study of this name where the condition is true of its design and sizes. */
export const inStudy =
  <Design, Sizes>(
    name: string,
    condition: (host: Design, bounds: Sizes) => boolean = () => true,
  ): ((parameters: Json) => boolean) =>
  (parameters) => {
    const known = parameters as unknown as Partial<StudyParameters<Design, Sizes>> | null;
    return known?.study === name && condition(known.host!, known.bounds!);
  };
