/**
 * The same step as `step.ts`, asked in another way: through the `transition()` of the package, from a snapshot rebuilt out
 * of plain data that nothing can change. What the search remembers is held against it. Slower by a factor of about five.
 */
import { transition, type AnyMachineSnapshot, type AnyStateMachine, type EventObject } from "xstate";
import type { Message } from "../json.ts";

export interface FreshStep {
  /** The transitions chosen in the configuration, empty when the machine does not handle the event. */
  readonly chosen: readonly object[];
  readonly snapshot: AnyMachineSnapshot;
  readonly emitted: readonly Message[];
  /** Types of the events that the machine raised for itself on the way. */
  readonly raised: readonly string[];
}

/** A copy of plain data in which any write throws. */
function frozenCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  const copy = Array.isArray(value)
    ? value.map(frozenCopy)
    : Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, frozenCopy(inner as unknown)]));
  return Object.freeze(copy) as T;
}

/** A snapshot that shares nothing with any other, in the state and with the context given. */
export function rebuilt(machine: AnyStateMachine, value: unknown, context: unknown): AnyMachineSnapshot {
  return machine.resolveState({ value: value as never, context: frozenCopy(context) as never });
}

/** Takes the event from a rebuilt snapshot. Throws TypeError when the machine writes to what it was given. */
export function freshStep(machine: AnyStateMachine, value: unknown, context: unknown, event: Message): FreshStep {
  const from = rebuilt(machine, value, context);
  const given = frozenCopy(event) as EventObject;
  // An actor that is done stops, and is never asked again.
  if (from.status !== "active") return { chosen: [], snapshot: from, emitted: [], raised: [] };
  const chosen = machine.getTransitionData(from as never, given) ?? [];
  const [snapshot, actions] = transition(machine, from, given);
  const emitted: Message[] = [];
  const raised: string[] = [];
  for (const { type, params } of actions as readonly { readonly type: string; readonly params?: unknown }[]) {
    const carried = (params as { readonly event?: Message } | undefined)?.event;
    if (type === "xstate.emit" && carried) emitted.push(carried);
    if (type === "xstate.raise" && carried) raised.push(carried.type);
  }
  return { chosen, snapshot: snapshot as AnyMachineSnapshot, emitted, raised };
}
