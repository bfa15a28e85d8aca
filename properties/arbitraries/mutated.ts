/**
 * Departures in a rule of a machine: one transition of it is changed, and the system has the changed machine. For checks
 * that must notice it. The rules stay in the machine; a change takes away, repeats or replaces a part of one.
 */
import { createMachine, type AnyStateMachine } from "xstate";
import { defineSystem, type System } from "../../checker/system.ts";

/** One transition as its machine declares it. */
export type Rule = {
  readonly guard?: unknown;
  readonly target?: string;
  readonly actions?: unknown;
};
type Rules = { readonly on?: { readonly [event: string]: Rule | readonly Rule[] } };

const listOf = <T>(one: T | readonly T[] | undefined): readonly T[] =>
  one === undefined ? [] : Array.isArray(one) ? (one as readonly T[]) : [one as T];

/** The machine in which the transitions of an event, of the machine itself or of one of its states, are others. */
export function withRules(
  machine: AnyStateMachine,
  event: string,
  change: (rules: readonly Rule[]) => readonly Rule[],
  state?: string,
): AnyStateMachine {
  const { config } = machine;
  const part = (state === undefined ? config : config.states?.[state]) as Rules | undefined;
  const rules = listOf(part?.on?.[event]);
  if (rules.length === 0)
    throw new Error(`"${machine.id}" has no rule for "${event}"${state ? ` in "${state}"` : ""}.`);
  const changed = { ...part, on: { ...part!.on, [event]: change(rules) } };
  return createMachine(
    (state === undefined ? changed : { ...config, states: { ...config.states, [state]: changed } }) as never,
    machine.implementations as never,
  );
}

/** The system in which components have another machine. */
export const withMachine =
  (isIt: (component: string) => boolean, change: (machine: AnyStateMachine) => AnyStateMachine) =>
  (system: System): System => {
    const changed = Object.entries(system.components).map(([name, part]) => [
      name,
      isIt(name) ? { ...part, machine: change(part.machine) } : part,
    ]);
    return defineSystem({ ...system, components: Object.fromEntries(changed) });
  };

/** Of a rule: its guard taken away. */
export const unguarded = ({ guard: _, ...rule }: Rule): Rule => rule;
/** Of a rule: its actions taken away; it changes nothing and says nothing. */
export const inert = ({ actions: _, ...rule }: Rule): Rule => rule;
