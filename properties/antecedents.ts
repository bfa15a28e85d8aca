/**
 * What must occur before a claim says anything: the `sometimes` that is its witness, all that the claim is given, and for
 * `leadsTo` that something is owed. Searched as situations that can occur, without the claims themselves.
 */
import type { BreadthFirst } from "../checker/explore/search/breadth-first.ts";
import { allOf, sometimes, type Property } from "../checker/property.ts";
import { defineSystem, type System } from "../checker/system.ts";
import { claimsOf, partsOf, type Request } from "./build.ts";

/** A claim in one run: whether its antecedent was true in some state. */
export interface AntecedentSeen {
  readonly id: string;
  readonly kind: Property["kind"];
  readonly seen: boolean;
}

const owed = ({ id, statement, source, reads, when }: Property): Property =>
  sometimes({ id, statement, source, reads, holds: when! });

/** All that the claim is given is true in one state. */
const spoken = ({ id, statement, source, reads, given }: Property): Property =>
  sometimes({ id, statement, source, reads, holds: allOf(given!) });

const antecedentOf = (property: Property): readonly Property[] => {
  if (property.kind === "sometimes") return [property];
  if (property.kind === "leadsTo") return [owed(property)];
  return property.given ? [spoken(property)] : [];
};

/** The system of the run with all that its claims rest on, and the claims themselves. */
export interface Resting {
  readonly system: System;
  readonly claims: readonly Property[];
}

export function restingOn(run: Request): Resting {
  const parts = partsOf(run);
  const { properties, elsewhere } = claimsOf(parts);
  const antecedents = properties.flatMap(antecedentOf);
  return { system: defineSystem({ ...parts, properties: antecedents, elsewhere }), claims: properties };
}

/** Of every claim of the run; `search` is one of its system to the end. */
export function antecedentsSeen({ claims }: Resting, { judge }: BreadthFirst): readonly AntecedentSeen[] {
  const ids = new Set(claims.map(({ id }) => id));
  return claims
    .filter(({ witness }) => witness === undefined || ids.has(witness))
    .map(({ id, kind, witness, given }) => {
      const isOfItself = kind === "sometimes" || kind === "leadsTo" || given !== undefined;
      const seen = (!isOfItself || judge.found.has(id)) && (witness === undefined || judge.found.has(witness));
      return { id, kind, seen };
    });
}
