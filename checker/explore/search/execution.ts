/**
 * A path from representative to representative, told as an execution of the system. Where the search went on with an
 * exchanged state, the execution stays with its own values, and its later steps are those exchanged back.
 */
import type { Core } from "../../kernel/core.ts";
import { ModelError } from "../../system.ts";
import type { Orbits } from "../symmetry/orbits.ts";

export interface Execution {
  /** Numbers of actions of the universe. */
  readonly actions: readonly number[];
  /** The exchange that turns the representative at the end of the path into the state at the end of the execution. */
  readonly exchange: number;
}

export function executionOf(core: Core, orbits: Orbits | undefined, path: readonly number[]): Execution {
  if (!orbits) return { actions: path, exchange: 0 };
  const walk = new Walk(core, orbits);
  walk.follow(path);
  return { actions: walk.actions, exchange: walk.exchange };
}

/** The cycle at the end of the path, repeated until it comes back to the same values. */
export function lassoOf(
  core: Core,
  orbits: Orbits | undefined,
  prefix: readonly number[],
  cycle: readonly number[],
): readonly number[] {
  if (!orbits) return [...prefix, ...cycle];
  const walk = new Walk(core, orbits);
  walk.follow(prefix);
  const home = walk.state();
  do walk.follow(cycle);
  while (walk.state().some((number, slot) => number !== home[slot]));
  return walk.actions;
}

/** The error of a step after the path, told of the execution itself, with the way to it. */
export function mistakeAfter(
  core: Core,
  orbits: Orbits | undefined,
  path: readonly number[],
  found: ModelError,
): ModelError {
  let { message } = found;
  const { actions } = executionOf(core, orbits, path);
  if (orbits) message = mistakeOf(core, actions)?.message ?? message;
  const told = actions.map((number) => {
    const action = core.system.actions[number]!;
    return action.kind === "event"
      ? `${action.component}: ${JSON.stringify(action.event)}`
      : `delivery of ${action.channel}`;
  });
  const steps = told.length === 0 ? "." : `:\n  ${told.join("\n  ")}`;
  return new ModelError(`${message}\nIt happens after ${told.length} step${told.length === 1 ? "" : "s"}${steps}`);
}

/** What goes wrong in the first step that goes wrong after these. */
function mistakeOf(core: Core, actions: readonly number[]): ModelError | undefined {
  core.vector.set(core.initial);
  for (const action of actions) core.takeAction(action);
  for (let action = 0; action < core.system.actions.length; action++) {
    try {
      if (core.takeAction(action)) core.undo();
    } catch (error) {
      if (error instanceof ModelError) return error;
      throw error;
    }
  }
  return undefined;
}

class Walk {
  readonly actions: number[] = [];
  exchange = 0;
  readonly #core: Core;
  readonly #orbits: Orbits;
  readonly #representative: Int32Array;

  constructor(core: Core, orbits: Orbits) {
    this.#core = core;
    this.#orbits = orbits;
    this.#representative = Int32Array.from(core.initial);
  }

  /** Takes steps of representatives. */
  follow(path: readonly number[]): void {
    const { vector } = this.#core;
    for (const action of path) {
      vector.set(this.#representative);
      if (!this.#core.takeAction(action))
        throw new ModelError(`Step ${this.actions.length + 1} cannot be taken again.`);
      this.actions.push(this.#orbits.exchanges[this.exchange]!.actions[action]!);
      vector.forEach((number, slot) => this.#orbits.meet(slot, number));
      const away = this.#orbits.toRepresentative(vector);
      this.#representative.set(this.#orbits.vectorUnder(away, vector));
      this.exchange = this.#orbits.composed(this.exchange, this.#orbits.inverse(away));
    }
  }

  /** The state of the execution itself. */
  state(): Int32Array {
    return this.#orbits.vectorUnder(this.exchange, this.#representative);
  }
}
