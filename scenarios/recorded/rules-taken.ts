/** Which rules of which machines a replay took. */
import type { Chosen } from "../../checker/simulation.ts";
import type { Component, System } from "../../checker/system.ts";

type Machine = Component["machine"];

export class RulesTaken {
  readonly #components: { readonly [name: string]: Component };
  /** The transitions that were taken, of each machine of the system; none, where it did nothing. */
  readonly of: ReadonlyMap<Machine, Set<object>>;

  constructor({ components }: Pick<System, "components">) {
    this.#components = components;
    this.of = new Map(Object.values(components).map(({ machine }) => [machine, new Set()]));
  }

  see(chosen: readonly Chosen[]): void {
    for (const { component, transitions } of chosen) {
      const taken = this.of.get(this.#components[component]!.machine)!;
      for (const transition of transitions) taken.add(transition);
    }
  }
}
