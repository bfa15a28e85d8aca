/**
 * What a program imports as "faultline/checker": an exhaustive checker for machines of XState that talk to each other.
 * docs/checker.md shows how. Of this file alone is promised that a later version changes nothing without saying so.
 */
import { exhaustive } from "./explore/exhaustive.ts";
import { RandomSearch } from "./explore/random/random.ts";
import type { Limits } from "./explore/search/limits.ts";
import type { Json } from "./json.ts";
import { checkEvents, checkStop, checkWalk } from "./library-checks.ts";
import { checkFields } from "./library-fields.ts";
import * as stated from "./property.ts";
import type { RunRecord } from "./run-record.ts";
import { defineSystem as defined, type System, type SystemDefinition } from "./system.ts";

export { all, each, messages, optional, parameters, type Seen, type Source } from "./property.ts";
export type { Json, Message } from "./json.ts";
export type { PropertyRecord, RunRecord, StepRecord, TraceRecord, Verdict } from "./run-record.ts";
export {
  call,
  delivers,
  ModelError,
  send,
  takesSteps,
  UnhandledMessage,
  type Action,
  type Call,
  type Channel,
  type Component,
  type FairnessClass,
  type Route,
  type Send,
  type Sort,
  type System,
  type Unhandled,
} from "./system.ts";

type Optionally<T, Field extends keyof T> = Omit<T, Field> & Partial<Pick<T, Field>>;

/** A property that need not say where its sentence comes from. */
export type Claimed = Optionally<stated.Property, "source">;

/** A system as it is defined here. Where a property has no source, reports name the system and the id. */
export interface Definition extends Omit<
  SystemDefinition,
  "parameters" | "properties" | "notClaimed" | "elsewhere" | "witnesses"
> {
  readonly parameters?: Json;
  readonly properties: readonly Claimed[];
}

type ClaimOf<R extends stated.Reads> = Optionally<stated.Claim<R>, "source"> & { readonly witness?: string };

// The functions of property.ts, of which less is asked here: defineSystem() puts in what was left out.

/** In every reachable state the predicate holds. `witness`: the id of a `sometimes` that shows that the claim is about something. */
export const always = stated.always as unknown as <const R extends stated.Reads>(claim: ClaimOf<R>) => Claimed;

/** Some reachable state satisfies the predicate. */
export const sometimes = stated.sometimes as unknown as <const R extends stated.Reads>(
  claim: Optionally<stated.Claim<R>, "source">,
) => Claimed;

/** From every reachable state, a state that satisfies the predicate stays reachable. */
export const canAlways = stated.canAlways as unknown as <const R extends stated.Reads>(claim: ClaimOf<R>) => Claimed;

/** Whenever `when` holds, `eventually` holds then or later, on every run that is fair to the groups in `assumes`. */
export const leadsTo = stated.leadsTo as unknown as <const R extends stated.Reads>(
  claim: Optionally<stated.Promised<R>, "source" | "witness">,
) => Claimed;

/**
 * Checks machines, wiring and claims.
 *
 * @throws ModelError for what could not be searched or evaluated, with the nearest names.
 */
export function defineSystem(definition: Definition): System {
  checkFields(definition);
  const { parameters = {}, properties, ...rest } = definition;
  const system = defined({
    ...rest,
    parameters,
    witnesses: "optional",
    properties: properties.map((property) => ({
      ...property,
      source: property.source ?? { document: rest.name, clause: property.id },
    })),
  });
  checkEvents(rest.components);
  return system;
}

const origin = ({ name }: System) => ({ system: name, hardware: "", host: "", bounds: "", set: {} });

/** When a search ends early: after so many states or bytes, or at the first violation. */
export type CheckLimits = Pick<Limits, "maxStates" | "maxBytes" | "stopAt" | "symmetry">;

/**
 * Searches all reachable states.
 *
 * @throws ModelError where a machine is met that does what it must not, with the shortest path to it.
 */
export function check(system: System, limits: CheckLimits = {}): RunRecord {
  checkStop(limits.stopAt);
  return exhaustive(system, origin(system), limits);
}

/** Random walks of a system that is too large to be searched: they find violations, and never say that something holds. */
export function walk(system: System, { seed, runs }: { readonly seed: number; readonly runs: number }): RunRecord {
  checkWalk({ seed, runs });
  const search = new RandomSearch(system, origin(system), { seed, runs });
  while (search.advance(runs));
  return search.record();
}
