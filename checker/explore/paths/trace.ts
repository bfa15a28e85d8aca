/** A path through a system, replayed through real XState and told step by step. Nothing else is ever shown. */
import type { Json } from "../../json.ts";
import { snapshotText } from "../../kernel/intern.ts";
import { stateName } from "../../kernel/step.ts";
import {
  TRACE_SCHEMA,
  type BlockedRecord,
  type ClaimRecord,
  type ModelRecord,
  type StepRecord,
  type TraceRecord,
} from "../../run-record.ts";
import { laneSaid, stateSaid } from "../../said.ts";
import { initialState, take, type GlobalState, type Taken } from "../../simulation.ts";
import { ModelError, type Action, type System } from "../../system.ts";
import type { Instance } from "../claims/instances.ts";
import { askHolds, partsOf, PredicateError, valuesOf } from "../claims/predicate.ts";
import { sourceOfState } from "../claims/source.ts";

function changesBetween(system: System, before: GlobalState, after: GlobalState): StepRecord["changes"] {
  return system.componentNames.flatMap((component) => {
    const old = before.snapshots.get(component)!;
    const now = after.snapshots.get(component)!;
    if (old === now || snapshotText(old) === snapshotText(now)) return [];
    const { machine } = system.components[component]!;
    const says = stateSaid(machine, now);
    const isNew = says !== undefined && says !== stateSaid(machine, old);
    return [
      {
        component,
        before: { state: stateName(old.value), context: old.context as Json },
        after: { state: stateName(now.value), context: now.context as Json, ...(isNew && { says }) },
      },
    ];
  });
}

/** Thrown when a stored path is no path of this system. */
export class StepError extends Error {
  override name = "StepError";
  readonly step: number;
  readonly action: Action;
  readonly because: string;
  readonly possible: readonly Action[];
  constructor(step: number, action: Action, because: string, possible: readonly Action[]) {
    super(`Step ${step + 1} (${narrate(action)}) cannot happen here: ${because}.`);
    this.step = step;
    this.action = action;
    this.because = because;
    this.possible = possible;
  }
}

/** "prg0: slot.requests page 1", or "delivery of responses". */
export function narrate(action: Action): string {
  if (action.kind === "deliver") return `delivery of ${action.channel}`;
  const { type, ...fields } = action.event;
  const told = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return [`${action.component}: ${type}`, ...told].join(" ");
}

export interface Replay {
  readonly steps: readonly StepRecord[];
  readonly final: GlobalState;
}

/** Takes the actions one after the other; with an instance, evaluates its predicate after every step. */
export function replay(system: System, actions: readonly Action[], instance?: Instance): Replay {
  return replayFrom(system, actions, instance, () => {});
}

function replayFrom(
  system: System,
  actions: readonly Action[],
  instance: Instance | undefined,
  passes: (state: GlobalState) => void,
): Replay {
  let state = initialState(system);
  passes(state);
  const steps: StepRecord[] = [];
  for (const action of actions) {
    const taken: Taken = take(system, state, action, true);
    if (!taken.taken) {
      const before = state;
      throw new StepError(
        steps.length,
        action,
        taken.because,
        system.actions.filter((other) => take(system, before, other).taken),
      );
    }
    steps.push({
      action,
      ...(taken.says && { says: taken.says }),
      transfers: taken.transfers,
      changes: changesBetween(system, state, taken.state),
      ...(instance && judged(instance, taken.state)),
    });
    state = taken.state;
    passes(state);
  }
  return { steps, final: state };
}

/** What the instance says of a state; where its predicate fails, why, in place of an answer. */
function judged(instance: Instance, state: GlobalState): Pick<StepRecord, "given" | "holds" | "parts" | "values"> {
  const source = sourceOfState(state);
  const values = valuesOf(instance, source);
  try {
    return { holds: askHolds(instance, source), ...partsOf(instance, source), values };
  } catch (error) {
    if (!(error instanceof PredicateError)) throw error;
    return { values: { ...values, "holds()": error.message } };
  }
}

/** The states that the actions lead through, with the initial one. */
export function statesAlong(system: System, actions: readonly Action[]): readonly GlobalState[] {
  const states: GlobalState[] = [];
  replayFrom(system, actions, undefined, (state) => states.push(state));
  return states;
}

/** By component: what it is in the real system; components whose machine does not say it are left out. */
function lanesOf(system: System): { readonly [component: string]: string } {
  return Object.fromEntries(
    Object.entries(system.components).flatMap(([name, { machine, input, lane }]) => {
      const said = lane ?? laneSaid(machine, input);
      return said === undefined ? [] : [[name, said]];
    }),
  );
}

/**
 * Who would take a step in the state, and is not let: each pair once, in the order of the actions; and who can take one.
 */
function standstill(system: System, state: GlobalState): Pick<TraceRecord, "blocked" | "goesOn"> {
  const blocked = new Map<string, BlockedRecord>();
  const goesOn = new Set<string>();
  for (const action of system.actions) {
    if (action.kind !== "event") continue;
    const { component } = action;
    const taken = take(system, state, action, true);
    if (taken.taken) goesOn.add(component);
    else if (taken.blocked) {
      const { by, says } = taken.blocked;
      const key = JSON.stringify([component, by]);
      if (!blocked.has(key)) blocked.set(key, { component, by, ...(says && { says }) });
    }
  }
  return {
    ...(blocked.size > 0 && { blocked: [...blocked.values()] }),
    ...(goesOn.size > 0 && { goesOn: [...goesOn] }),
  };
}

/** The trace of a path to a state in which the instance is violated (or witnessed). */
export function traceOf(
  system: System,
  model: ModelRecord,
  actions: readonly Action[],
  about: Instance | ClaimRecord,
  minimality: TraceRecord["minimality"],
): TraceRecord {
  const instance = "property" in about ? about : undefined;
  const { steps, final } = replay(system, actions, instance);
  const asksForEnd = instance?.property.kind === "always" || instance?.property.kind === "sometimes";
  if (instance && asksForEnd) {
    const holds = askHolds(instance, sourceOfState(final));
    if (holds !== (instance.property.kind === "sometimes"))
      throw new ModelError(
        `The compiled step table and XState disagree about ${instance.property.id} after ${actions.length} steps.`,
      );
  }
  const { id, name, statement }: ClaimRecord = instance ? instance.property : (about as ClaimRecord);
  return {
    schema: TRACE_SCHEMA,
    model,
    property: { id, ...(name !== undefined && { name }), statement },
    ...(instance && { kind: instance.property.kind, reads: instance.slots }),
    components: system.componentNames,
    lanes: lanesOf(system),
    steps,
    ...(!asksForEnd && standstill(system, final)),
    minimality,
  };
}
