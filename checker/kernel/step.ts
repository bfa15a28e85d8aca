/**
 * One step of one machine, through XState and nothing else. `transition()` of the package builds an actor at every
 * call; the machine's own `transition` with one inert scope gives the same snapshot about three times as fast, and the
 * test beside this file holds the two against each other.
 */
import { createActor, type AnyActorScope, type AnyMachineSnapshot, type AnyStateMachine } from "xstate";
import type { Message } from "../json.ts";
import { ModelError } from "../wiring.ts";

export interface Outcome {
  readonly snapshot: AnyMachineSnapshot;
  /** In the order in which the machine emitted them. */
  readonly emitted: readonly Message[];
  /** The transitions that the event chose, as in `rulesOf()`; eventless ones that follow are not told. */
  readonly chosen: readonly object[];
}

interface ExecutableAction {
  readonly type: string;
  readonly params?: { readonly event?: Message; readonly delay?: number | undefined } | undefined;
}

/** A machine that goes on for ever by itself is found after so many microsteps; XState has no bound of its own. */
const MOST_MICROSTEPS = 10_000;

const scopes = new WeakMap<AnyStateMachine, { scope: AnyActorScope; collected: ExecutableAction[] }>();

/** A scope in which nothing happens but the collection of what would have been executed. */
function inertScope(machine: AnyStateMachine, input: unknown): { scope: AnyActorScope; collected: ExecutableAction[] } {
  let found = scopes.get(machine);
  if (!found) {
    const collected: ExecutableAction[] = [];
    if (machine.options.maxIterations === Infinity) machine.options.maxIterations = MOST_MICROSTEPS;
    const self = createActor(machine, { input });
    const scope = {
      self,
      defer: () => {},
      id: "",
      logger: () => {},
      sessionId: "",
      stopChild: () => {},
      system: self.system,
      emit: () => {},
      actionExecutor: (action: ExecutableAction) => collected.push(action),
    } as unknown as AnyActorScope;
    found = { scope, collected };
    scopes.set(machine, found);
  }
  return found;
}

/** What to do in place of an action that is refused. */
const hints: { readonly [type: string]: string } = {
  "xstate.sendTo": " Emit the message, and give it a route.",
  "xstate.raise": " What comes later (delay, after) is an event of its own: list it among the events of the component.",
  "xstate.spawnChild": " Give the system a component for each actor.",
};

function emissions(machine: AnyStateMachine, actions: readonly ExecutableAction[]): Message[] {
  const emitted: Message[] = [];
  for (const { type, params } of actions) {
    if (type === "xstate.emit" && params?.event) emitted.push(params.event);
    else if (type === "xstate.raise" && params?.delay === undefined) continue;
    else
      throw new ModelError(
        `Machine "${machine.id}" runs "${type}"; a machine may only assign, raise and emit.${hints[type] ?? ""}`,
      );
  }
  return emitted;
}

/** The first snapshot of an instance, and what it emits on its way there (nothing, or it is a mistake). */
export function initialSnapshot(machine: AnyStateMachine, input: unknown): AnyMachineSnapshot {
  const { scope, collected } = inertScope(machine, input);
  collected.length = 0;
  const snapshot = machine.getInitialSnapshot(scope, input);
  if (emissions(machine, collected).length > 0)
    throw new ModelError(`Machine "${machine.id}" emits in its initial state, where nobody listens yet.`);
  return snapshot;
}

/** What may be the mistake of a machine that throws. */
function hintFor(said: string, { context }: AnyMachineSnapshot): string {
  if (said.includes("Unable to send event")) return hints["xstate.sendTo"]!;
  return Object.isFrozen(context) && said.startsWith("TypeError") ? " Does it change its context in place?" : "";
}

/** What the machine itself throws, in a guard or an action, as a mistake of the model. */
function asked<T>(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: Message, question: () => T): T {
  try {
    return question();
  } catch (error) {
    const said = String(error).replace(/\.(?:'\.)?$/, "");
    throw new ModelError(`Machine "${machine.id}" fails on "${event.type}": ${said}.${hintFor(said, snapshot)}`);
  }
}

/** The transitions that the event chooses in this snapshot. One in a top-level final state is done, and takes nothing. */
const chosenBy = (machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: Message): readonly object[] =>
  snapshot.status === "active"
    ? asked(machine, snapshot, event, () => machine.getTransitionData(snapshot as never, event) ?? [])
    : [];

/** Whether the machine handles the event in this snapshot. */
export const handles = (machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: Message): boolean =>
  chosenBy(machine, snapshot, event).length > 0;

/** The step, or undefined when the machine does not handle the event. */
export function step(machine: AnyStateMachine, snapshot: AnyMachineSnapshot, event: Message): Outcome | undefined {
  const chosen = chosenBy(machine, snapshot, event);
  if (chosen.length === 0) return undefined;
  const { scope, collected } = inertScope(machine, {});
  collected.length = 0;
  const after = asked(machine, snapshot, event, () => machine.transition(snapshot, event, scope));
  return { snapshot: after, emitted: emissions(machine, collected), chosen };
}

/** "busy.waiting", or for parallel regions "ring:on interrupt:off". */
export function stateName(value: unknown): string {
  if (typeof value === "string") return value;
  const entries = Object.entries(value as Record<string, unknown>);
  return entries.length === 1
    ? entries.map(([name, inner]) => `${name}.${stateName(inner)}`).join("")
    : entries.map(([name, inner]) => `${name}:${stateName(inner)}`).join(" ");
}
