/**
 * A cut that is compared: a stand-in of a focused model beside the detailed machines that it replaces, both in a small closed
 * system with the same environment, and what of their messages the interface shows.
 */
import type { Json, Message } from "../../checker/json.ts";
import type { Mark } from "../../checker/explore/observed/observed.ts";
import {
  refines,
  walk,
  type Refinement,
  type RefinementLimits,
  type Side,
  type Walk,
} from "../../checker/explore/observed/refinement.ts";
import { unobserved, worldOf, type Watched } from "../../checker/explore/observed/observed-system.ts";
import { ModelError, type System } from "../../checker/system.ts";

/**
 * By type of message: its name and fields at the interface, or several in order; null hides this one. Types that are not
 * listed are hidden.
 */
export type Shows = { readonly [type: string]: (message: Message) => Mark | readonly Mark[] | null };

export interface ComparedSide {
  readonly system: System;
  readonly shows: Shows;
}

export interface Comparison {
  readonly detailed: ComparedSide;
  readonly simple: ComparedSide;
  readonly limits: RefinementLimits;
}

export interface Cut {
  /** "fault-intake": the stand-in, and where it stands for several cores, of which. */
  readonly name: string;
  /** Focused models that have the stand-in. */
  readonly systems: readonly string[];
  /** Ids of machines. */
  readonly standIn: readonly string[];
  readonly detailed: readonly string[];
  /** What each message of the interface says, with `{field}` for its fields. */
  readonly says: { readonly [name: string]: string };
  /** What the environment does not do, and what of the interface is not compared. */
  readonly within: string;
  readonly compare: () => Comparison;
  /** The stand-in can do all but the last message, and must not be able to do that one. */
  readonly forbidden: readonly Mark[];
  /** Where it does not refine: what the trace means, and where the focused model says so. */
  readonly difference?: string;
}

/** A stand-in that has no interface in common with the detailed machines. */
export interface Incomparable {
  readonly name: string;
  readonly systems: readonly string[];
  readonly standIn: readonly string[];
  readonly detailed: readonly string[];
  readonly why: string;
}

export const mark = (name: string, fields: { readonly [field: string]: Json } = {}): Mark => ({ name, fields });

/** @throws ModelError if a table names a type of message that nothing in the system can send. */
export function sideOf({ system, shows }: ComparedSide): Side<Watched> {
  const sent = new Set([
    ...system.routes.flatMap(({ types }) => types),
    ...Object.values(system.components).flatMap(({ events = [] }) => events.map(({ type }) => type)),
  ]);
  for (const type of Object.keys(shows))
    if (!sent.has(type)) throw new ModelError(`The interface of "${system.name}" shows "${type}", which nobody sends.`);
  const { key, steps } = worldOf({
    system,
    threadOf: (name) => name,
    shows: ({ message }) => {
      const shown = Object.hasOwn(shows, message.type) ? shows[message.type]!(message) : null;
      return [shown ?? []].flat();
    },
    calls: () => [],
  });
  // A step that another component does not let happen is none.
  const possible: Side<Watched>["steps"] = (state) => steps(state).flatMap((one) => ("refused" in one ? [] : [one]));
  return { initial: unobserved(system), key, steps: possible };
}

export type Verdict = Refinement | { readonly kind: "vacuous"; readonly because: string };

/** The verdict of a cut. An interface message that the detailed machines never show, or a stand-in that accepts everything, says nothing. */
export function verdictOf({ compare, says, forbidden }: Cut): Verdict {
  const { detailed, simple, limits } = compare();
  const refusal = refusalOf(walk(sideOf(simple), forbidden, limits), forbidden.length);
  if (refusal !== undefined) return { kind: "vacuous", because: refusal };
  const found = refines(sideOf(detailed), sideOf(simple), limits);
  if (found.kind !== "refines") return found;
  const silent = Object.keys(says).filter((name) => !found.shown.includes(name));
  if (silent.length === 0) return found;
  return { kind: "vacuous", because: `the detailed machines never show ${silent.join(", ")}` };
}

/** What is wrong with the answer to the forbidden trace, or undefined. */
function refusalOf(walked: Walk, length: number): string | undefined {
  if (walked.kind === "bound") return walked.because;
  if (walked.accepted === length) return "the stand-in can do the trace that it must refuse";
  if (walked.accepted === length - 1) return undefined;
  return `the stand-in refuses message ${walked.accepted + 1} of the forbidden trace, before its last`;
}
