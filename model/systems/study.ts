/**
 * A focused model: a system cut out of the whole along an interface, with its own design and sizes. Where the whole
 * product of machines is too large for a question, the cut says which neighbours became a nondeterministic environment,
 * and what that can hide.
 */
import type { SystemDefinition } from "../../checker/system.ts";
import type { KnobTable } from "../knobs.ts";
import type { Adjusted } from "./adjusted.ts";

export type BoundsName = "small" | "default" | "deep";

/** Everything of a system but its name, its parameters and what is claimed of it. */
export type Wiring = Omit<SystemDefinition, "name" | "parameters" | "properties">;

export interface Study<Design extends { readonly name: string }, Sizes extends { readonly name: string }> {
  readonly name: string;
  readonly sentence: string;
  /** Along which interface it is cut, why the facts allow that, and what the cut can hide. */
  readonly cut: string;
  /** The software under test, by name; the first is used when none is named. */
  readonly hosts: { readonly [name: string]: { readonly sentence: string; readonly design: Omit<Design, "name"> } };
  readonly knobs: KnobTable<Design>;
  readonly sizeKnobs: KnobTable<Sizes>;
  readonly bounds: { readonly [name in BoundsName]: Omit<Sizes, "name"> };
  /** Sizes that the wiring cuts down, because others leave no room for them. */
  readonly adjusted?: (design: Design, sizes: Sizes) => readonly Adjusted[];
  /** Why these choices do not fit each other, or undefined. */
  readonly contradiction?: (design: Design, sizes: Sizes) => string | undefined;
  readonly compose: (design: Design, sizes: Sizes) => Wiring;
}

/** What properties see of a focused model: `study` is its name, `host` its design, `bounds` its sizes. */
export interface StudyParameters<Design, Sizes> {
  readonly study: string;
  readonly host: Design;
  readonly bounds: Sizes;
}

// oxlint-disable-next-line no-explicit-any -- a focused model whose design is not known
export type AnyStudy = Study<any, any>;
