/** A system with one of its claims, and nothing else that would have to be judged. */
import { DEADLOCK } from "../../checker/explore/claims/deadlock.ts";
import type { NotClaimed } from "../../checker/property.ts";
import { defineSystem, type System } from "../../checker/system.ts";
import { buildWatched } from "../../properties/build.ts";
import type { RunRequest } from "../ports.ts";

/** The system with this claim and its witness alone, or why it does not make the claim. */
export interface Claiming {
  readonly system: System | undefined;
  readonly notClaimed: NotClaimed | undefined;
  /** The knobs that something in the system has looked at so far. */
  readonly read: ReadonlySet<string>;
}

export function systemClaiming(request: RunRequest, id: string): Claiming {
  const { system, read } = buildWatched(request);
  if (id === DEADLOCK.id) {
    const forbidden = (system.deadlock ?? "forbidden") === "forbidden";
    return { system: forbidden ? defineSystem({ ...system, properties: [] }) : undefined, notClaimed: undefined, read };
  }
  const claim = system.properties.find((property) => property.id === id);
  if (!claim) return { system: undefined, notClaimed: system.notClaimed?.find((one) => one.id === id), read };
  const properties = system.properties.filter((property) => property === claim || property.id === claim.witness);
  return { system: defineSystem({ ...system, properties }), notClaimed: undefined, read };
}
