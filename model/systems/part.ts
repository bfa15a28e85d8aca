/** A part of a system, to be put together with others. */
import type { Action, Channel, Component, Route } from "../../checker/system.ts";

export interface Part {
  readonly components: { readonly [name: string]: Component };
  readonly channels: { readonly [name: string]: Channel };
  readonly routes: readonly Route[];
  readonly prologue: readonly Action[];
}
