/** One system as it is built, and the states along the path that was looked at last. */
import { instancesOf, type Instance } from "../../checker/explore/claims/instances.ts";
import { DEADLOCK, forbidsDeadlock } from "../../checker/explore/claims/deadlock.ts";
import { askHolds, PredicateError } from "../../checker/explore/claims/predicate.ts";
import { sourceOfState } from "../../checker/explore/claims/source.ts";
import { modelRecord } from "../../checker/explore/exhaustive.ts";
import { StepError } from "../../checker/explore/paths/trace.ts";
import type { ModelRecord } from "../../checker/run-record.ts";
import { initialState, possible, take, type GlobalState } from "../../checker/simulation.ts";
import type { Action, System } from "../../checker/system.ts";
import { build, type Request } from "../../properties/build.ts";
import type { JudgedView } from "../protocol.ts";

/** A state of the path, and what is told of it by predicates of one state. */
interface Node {
  readonly action: number;
  readonly state: GlobalState;
  readonly judged: readonly Pick<JudgedView, "id" | "kind">[];
}

export class Session {
  readonly request: Request;
  readonly system: System;
  readonly model: ModelRecord;
  readonly instances: readonly Instance[];
  #nodes: readonly Node[];

  constructor(request: Request) {
    this.request = request;
    this.system = build(request);
    this.model = modelRecord(this.system, request);
    this.instances = instancesOf(this.system);
    this.#nodes = [this.#node(-1, initialState(this.system))];
  }

  actionsOf(steps: readonly number[]): readonly Action[] {
    return steps.map((step) => this.system.actions[step]!);
  }

  /** The states that the steps lead through, with the initial one. @throws StepError */
  statesOf(steps: readonly number[]): readonly GlobalState[] {
    return this.#walk(steps).map(({ state }) => state);
  }

  /** What is violated and witnessed on the path, each where it is seen first. @throws StepError */
  judgedOn(steps: readonly number[]): readonly JudgedView[] {
    const seen = new Map<string, JudgedView>();
    for (const [at, { judged }] of this.#walk(steps).entries())
      for (const { id, kind } of judged) if (!seen.has(id)) seen.set(id, { id, kind, at });
    return [...seen.values()];
  }

  #walk(steps: readonly number[]): readonly Node[] {
    let same = 0;
    while (same < steps.length && this.#nodes[same + 1]?.action === steps[same]) same++;
    const nodes = this.#nodes.slice(0, same + 1);
    for (const [k, step] of steps.entries()) {
      if (k < same) continue;
      const action = this.system.actions[step];
      const before = nodes[k]!.state;
      if (!action)
        throw new Error(
          `Step ${k + 1} has the number ${step}, and the system has ${this.system.actions.length} actions.`,
        );
      const taken = take(this.system, before, action);
      if (!taken.taken) throw new StepError(k, action, taken.because, possible(this.system, before));
      nodes.push(this.#node(step, taken.state));
    }
    this.#nodes = nodes;
    return nodes;
  }

  #node(action: number, state: GlobalState): Node {
    const source = sourceOfState(state);
    const judged = this.instances.flatMap((instance): Node["judged"] => {
      const { id, kind } = instance.property;
      if (kind === "always") return answer(instance, source) === false ? [{ id, kind: "violated" }] : [];
      if (kind === "sometimes") return answer(instance, source) === true ? [{ id, kind: "witnessed" }] : [];
      return [];
    });
    const isStuck = forbidsDeadlock(this.system) && possible(this.system, state).length === 0;
    return { action, state, judged: isStuck ? [...judged, { id: DEADLOCK.id, kind: "violated" }] : judged };
  }
}

/** Undefined where the predicate fails: the search says why. */
function answer(...about: Parameters<typeof askHolds>): boolean | undefined {
  try {
    return askHolds(...about);
  } catch (error) {
    if (error instanceof PredicateError) return undefined;
    throw error;
  }
}
