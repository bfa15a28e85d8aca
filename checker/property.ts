/**
 * A property: an id that is never reused, one sentence, where the sentence comes from, and a short predicate over the
 * components it names.
 */
import type { Json, Message } from "./json.ts";

/** A component as a predicate sees it. */
export interface Seen<Context = Record<string, Json>> {
  readonly name: string;
  /** The state of the machine; nested and parallel states joined: "busy.waiting", "ring:on interrupt:off". */
  readonly state: string;
  readonly context: Context;
}

/** How a predicate names what it reads. `each` makes one instance of the property for each component of the role. */
export type Selector<T = unknown> = {
  readonly select: "each" | "all" | "optional" | "messages" | "parameters";
  readonly role: string;
  /** Carries the type only. */
  readonly type?: T;
};

/** One component of the role at a time: the property is claimed of each. */
export const each = <Context = Record<string, Json>>(role: string): Selector<Seen<Context>> => ({
  select: "each",
  role,
});
/** All components of the role together, in declaration order; at least one. */
export const all = <Context = Record<string, Json>>(role: string): Selector<readonly Seen<Context>[]> => ({
  select: "all",
  role,
});
/** As `all`, but the property also applies to systems without any. */
export const optional = <Context = Record<string, Json>>(role: string): Selector<readonly Seen<Context>[]> => ({
  select: "optional",
  role,
});
/** All messages in flight in channels of the role (there may be no such channel). */
export const messages = <M = Message>(role: string): Selector<readonly M[]> => ({ select: "messages", role });

/** The parameters of the system. */
export const parameters = <P>(): Selector<P> => ({ select: "parameters", role: "" });

export type Reads = { readonly [name: string]: Selector };
export type View<R extends Reads> = { readonly [K in keyof R]: R[K] extends Selector<infer T> ? T : never };

export interface Source {
  readonly document: string;
  readonly clause: string;
}

export type PropertyKind = "always" | "sometimes" | "canAlways" | "leadsTo";

/** Of which systems a property is claimed, as far as their parameters tell. */
export interface Applicability {
  /** Whether the property is about this kind of system at all. Elsewhere a report does not mention it. */
  readonly belongs: (parameters: Json) => boolean;
  /**
   * Of a claim: whether it is made here; a report lists it where it is not. Of a `sometimes`: whether it must occur here;
   * it is looked for in any case, and what rests on it is claimed wherever it does occur.
   */
  readonly when: (parameters: Json) => boolean;
}

interface About<R extends Reads> {
  /** Family and number, never reused: "PIN-1". */
  readonly id: string;
  /** Two to five words with hyphens, unique: "no-lost-response". */
  readonly name?: string;
  /** One sentence, in the words of the kernel or the specification. */
  readonly statement: string;
  readonly source: Source;
  readonly reads: R;
  /** What the predicate compared, for the reader of a counterexample; default: state and context of what it reads. */
  readonly values?: (view: View<R>) => { readonly [name: string]: Json };
  /** Default: claimed of every system that has the roles. */
  readonly applies?: Applicability;
}

/** Predicates by what each of them says, in a few words. */
export type Parts<V> = { readonly [name: string]: (view: V) => boolean };

/** The predicate as a whole; or by its parts, all of which must be true, so that a counterexample says which is not. */
type Said<V> =
  | { readonly holds: (view: V) => boolean; readonly parts?: undefined }
  | { readonly parts: Parts<V>; readonly holds?: undefined };

export type Claim<R extends Reads> = About<R> & Said<View<R>>;

/** A claim of every state; of those in which not all of `given` is true it says nothing. */
export type Always<R extends Reads> = Claim<R> & { readonly given?: Parts<View<R>>; readonly witness: string };

/** True where all parts are; what is neither true nor false is given back, so that it is noticed. */
export const allOf =
  <V>(parts: Parts<V>) =>
  (view: V): boolean => {
    for (const part of Object.values(parts)) {
      const answer: boolean = part(view);
      if (answer !== true) return answer;
    }
    return true;
  };

const whole = <V>({ holds, parts }: Said<V>): ((view: V) => boolean) => holds ?? allOf(parts);

/** True, too, where something that the claim is given is false. */
function wholeGiven<V>(given: Parts<V>, says: (view: V) => boolean): (view: V) => boolean {
  const speaks = allOf(given);
  return (view) => {
    const answer = speaks(view);
    return answer === false ? true : answer === true ? says(view) : answer;
  };
}

export interface Promised<R extends Reads> extends About<R> {
  readonly witness: string;
  /** A state that owes something. */
  readonly when: (view: View<R>) => boolean;
  /** A state that owes nothing any more. */
  readonly eventually: (view: View<R>) => boolean;
  /** The groups of fairness classes (see system.ts) that it rests on; of all others nothing is assumed. */
  readonly assumes: readonly string[];
  /** The claim is made only of runs all of whose states satisfy this: "no overflow occurs". Default: of every run. */
  readonly provided?: (view: View<R>) => boolean;
}

export interface Property {
  readonly id: string;
  readonly name?: string;
  readonly kind: PropertyKind;
  readonly statement: string;
  readonly source: Source;
  readonly reads: Reads;
  /** For `leadsTo`: that which is owed has come. */
  // oxlint-disable-next-line no-explicit-any -- the view of a property of unknown reads
  readonly holds: (view: any) => boolean;
  /** What `holds` is made of, where it is the conjunction of several. */
  // oxlint-disable-next-line no-explicit-any -- as above
  readonly parts?: Parts<any> | undefined;
  /** For `always`: what must be true before it says anything; a counterexample shows it apart from `parts`. */
  // oxlint-disable-next-line no-explicit-any -- as above
  readonly given?: Parts<any> | undefined;
  // oxlint-disable-next-line no-explicit-any -- as above
  readonly values?: (view: any) => { readonly [name: string]: Json };
  readonly applies?: Applicability;
  /** For all but `sometimes`: the id of the `sometimes` that shows it is not vacuous. */
  readonly witness?: string;
  /** For `leadsTo`: what must be followed by `holds`, and the groups of fairness classes that this rests on. */
  // oxlint-disable-next-line no-explicit-any -- as above
  readonly when?: (view: any) => boolean;
  readonly assumes?: readonly string[];
  // oxlint-disable-next-line no-explicit-any -- as above
  readonly provided?: (view: any) => boolean;
}

/** In every reachable state in which all of `given` is true the predicate holds. */
export const always = <const R extends Reads>(claim: Always<R>): Property => ({
  kind: "always",
  ...claim,
  holds: claim.given ? wholeGiven(claim.given, whole(claim)) : whole(claim),
});
/** Some reachable state satisfies the predicate: the guard against claims about nothing. */
export const sometimes = <const R extends Reads>(claim: Claim<R>): Property => ({
  kind: "sometimes",
  ...claim,
  holds: whole(claim),
});
/** From every reachable state, a state that satisfies the predicate stays reachable. */
export const canAlways = <const R extends Reads>(claim: Claim<R> & { readonly witness: string }): Property => ({
  kind: "canAlways",
  ...claim,
  holds: whole(claim),
});
/** Whenever `when` holds, `eventually` holds then or later, on every run that is fair to the groups in `assumes`. */
export const leadsTo = <const R extends Reads>({ eventually, ...claim }: Promised<R>): Property => ({
  kind: "leadsTo",
  ...claim,
  holds: eventually,
});

/** Names that properties may read. */
export interface Roles {
  readonly components: readonly string[];
  readonly channels: readonly string[];
}

/** A property of a shared catalogue that a system does not claim, and why: one clause without a full stop. */
export interface NotClaimed {
  readonly id: string;
  /**
   * `kind`: it is about systems of another kind. `parameters`: `applies.when` said no, after it had looked at the values
   * that are told. `role`: no component has a role that it reads. `nothing`: all that it reads is
   * absent. `witness`: the `sometimes` that shows it is not vacuous is not claimed.
   */
  readonly cause: "kind" | "parameters" | "role" | "nothing" | "witness";
  readonly because: string;
}
