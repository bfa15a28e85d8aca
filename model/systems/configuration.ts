/** What a system is built from. */
import type { Json } from "../../checker/json.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { Host } from "../hosts/host.ts";
import type { Bounds } from "./bounds.ts";

export interface Configuration {
  readonly hardware: Hardware;
  readonly host: Host;
  readonly bounds: Bounds;
}

/** The pages of each work item of a device, in the order in which it touches them. */
export type WorkItems = readonly (readonly number[])[];

/** As properties and reports see it. */
export const parametersOf = ({ hardware, host, bounds }: Configuration): Json =>
  ({ hardware, host, bounds }) as unknown as Json;

/** Whether the core collects the requests of a group; otherwise VFIO's handler is called for each. Stalls have no groups. */
export const collectsGroups = ({ hardware, host }: Configuration): boolean =>
  host.core === "6.12" || (hardware.stallSlots === 0 && host.delivery === "whole-group");

export const range = (size: number): readonly number[] => Array.from({ length: size }, (_, k) => k);

/** All sequences of `length` different values. */
export function arrangements(values: readonly number[], length: number): readonly (readonly number[])[] {
  if (length === 0) return [[]];
  return values.flatMap((first) =>
    arrangements(
      values.filter((value) => value !== first),
      length - 1,
    ).map((rest) => [first, ...rest]),
  );
}

/** PASIDs of each device; null stands for requests without PASID. PASID 0 is that of the RID. Stalls have none. */
export const pasidsOf = ({ hardware, bounds }: Configuration): readonly (number | null)[] =>
  hardware.stallSlots === 0 && bounds.pasids > 1 ? range(bounds.pasids).map((k) => k + 1) : [null];

/** The index and PASID of the groups of a slot: PASIDs share the indices of the function, or each has its own (K8). */
export const indexOfSlot = (configuration: Configuration, slot: number) => {
  const pasids = pasidsOf(configuration);
  const pasid = pasids[slot % pasids.length] ?? null;
  const needsPasid = configuration.hardware.prgiScope === "functionAndPasid";
  return pasid === null ? {} : { pasid, needsPasid, prgi: needsPasid ? Math.floor(slot / pasids.length) : slot };
};

/** Slots of each device: of groups of page requests, or of transactions that its IOMMU stalls, at most as many as that has. */
export const slotsOfDevice = ({ hardware, bounds }: Configuration): number =>
  hardware.stallSlots > 0 ? Math.min(bounds.slots, hardware.stallSlots) : bounds.slots;
