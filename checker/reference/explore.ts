/** Every reachable state, breadth first, with every step between them; nothing is left out for being alike. */
import type { System } from "../system.ts";
import { Mistake, type State } from "./state.ts";
import { Steps } from "./step.ts";
import { Numbers } from "./numbers.ts";
import { Visited } from "./visited.ts";

export interface Explored {
  readonly steps: Steps;
  /** In order of discovery; 0 is the initial one. */
  readonly states: Visited;
  /** By state: steps from the initial one, at least. */
  readonly depths: Int32Array;
  /** By state: where its edges begin; one entry more than there are states. */
  readonly offsets: Int32Array;
  /** By edge: the state that it leads to, and the number of its action. */
  readonly targets: Int32Array;
  readonly labels: Int32Array;
}

/** Thrown where there are more states than asked for. */
export class TooLarge extends Error {
  override name = "TooLarge";
}

/** A mistake of the model in a step from a state that lies so deep. */
export class MistakeAt extends Mistake {
  readonly depth: number;

  constructor(depth: number, { message }: Error) {
    super(message);
    this.depth = depth;
  }
}

/** @throws TooLarge, MistakeAt, or Mistake where there is no initial state. */
export function explored(system: System, limit = Infinity): Explored {
  const steps = new Steps(system);
  const states = new Visited(steps.initial.length);
  states.add(steps.initial);
  const [depths, offsets, targets, labels] = [new Numbers(), new Numbers(), new Numbers(), new Numbers()];
  depths.push(0);
  offsets.push(0);
  for (let at = 0; at < states.count; at++) {
    const state = states.get(at);
    for (let label = 0; label < steps.actions.length; label++) {
      const next = taken(steps, state, label, depths.at(at));
      if (!next) continue;
      const before = states.count;
      const number = states.add(next);
      if (states.count > before) {
        if (number >= limit) throw new TooLarge(`More than ${limit} states.`);
        depths.push(depths.at(at) + 1);
      }
      targets.push(number);
      labels.push(label);
    }
    offsets.push(targets.count);
  }
  return {
    steps,
    states,
    depths: depths.all(),
    offsets: offsets.all(),
    targets: targets.all(),
    labels: labels.all(),
  };
}

/** The state after the action with this number, or undefined where it cannot be taken. */
function taken(steps: Steps, state: State, action: number, depth: number): State | undefined {
  try {
    return steps.mayTake(state, action) ? steps.takeNumbered(state, action) : undefined;
  } catch (error) {
    throw error instanceof Mistake ? new MistakeAt(depth, error) : error;
  }
}
