/**
 * A system run step by step through real XState snapshots: the reference that the fast core is held against, and what
 * replays scenarios, counterexamples and recordings.
 */
import type { AnyMachineSnapshot } from "xstate";
import type { Json, Message } from "./json.ts";
import type { SaidRecord } from "./run-record.ts";
import { NamedValues } from "./named-values.ts";
import { messageSaid, stepSaid } from "./said.ts";
import { initialSnapshot, stateName, step } from "./kernel/step.ts";
import { destination, ModelError, receiver, UnhandledMessage, type Action, type System } from "./wiring.ts";
import type { Seen } from "./property.ts";

/** How one message travelled within a step. */
export interface Transfer {
  readonly from: string;
  /** A component, or for `sent` and `lost` the channel. */
  readonly to: string;
  readonly how: "call" | "sent" | "delivered" | "lost" | "ignored";
  readonly message: Message;
  /** What the sender says that it does; absent for what a channel delivers. */
  readonly says?: SaidRecord;
}

/** A global state: one snapshot for each component, the messages in each channel (head first). Never changed in place. */
export interface GlobalState {
  readonly snapshots: ReadonlyMap<string, AnyMachineSnapshot>;
  readonly channels: ReadonlyMap<string, readonly Message[]>;
}

/** One component, and what the event chose in it: see `rulesOf()`. */
export interface Chosen {
  readonly component: string;
  readonly transitions: readonly object[];
}

export type Taken =
  | {
      readonly taken: true;
      readonly state: GlobalState;
      readonly transfers: readonly Transfer[];
      /** The transitions that components took, in order. */
      readonly chosen: readonly Chosen[];
      /** What the step is, in the words of the machine that takes it. */
      readonly says?: SaidRecord;
    }
  | {
      readonly taken: false;
      readonly because: string;
      /** Where the machine would take the step, and another component or a channel does not let it; `asked`: who was called. */
      readonly blocked?: { readonly by: string; readonly asked: readonly string[]; readonly says?: SaidRecord };
    };

/** Calls within calls deeper than this are a mistake of the model. */
const DEEPEST_CALL = 64;

export function initialState(system: System): GlobalState {
  let state: GlobalState = {
    snapshots: NamedValues.of(
      Object.entries(system.components).map(([name, { machine, input }]) => [name, initialSnapshot(machine, input)]),
    ),
    channels: NamedValues.of(system.channelNames.map((name) => [name, []])),
  };
  for (const action of system.prologue ?? []) {
    const taken = take(system, state, action);
    if (!taken.taken) throw new ModelError(`The prologue of "${system.name}" fails: ${taken.because}.`);
    state = taken.state;
  }
  return state;
}

class Refused extends Error {
  readonly by: string;
  constructor(by: string, because: string) {
    super(because);
    this.by = by;
  }
}

/** The values with this one: a copy of the original at the first change, so that a step that is refused copies nothing. */
function changed<V>(of: ReadonlyMap<string, V>, original: ReadonlyMap<string, V>, name: string, value: V) {
  return (of === original ? copied(of) : (of as NamedValues<V>)).set(name, value);
}

const copied = <V>(of: ReadonlyMap<string, V>): NamedValues<V> =>
  of instanceof NamedValues ? of.copy() : NamedValues.of([...of]);

/**
 * Takes one action, with all calls it makes, or says why it cannot happen here. With `inWords`, step and transfers also say
 * what they are. `stepOf` is one step of one machine, for callers that keep what they have asked before.
 */
export function take(
  system: System,
  state: GlobalState,
  action: Action,
  inWords = false,
  stepOf: typeof step = step,
): Taken {
  let { snapshots, channels } = state;
  const transfers: Transfer[] = [];
  const chosen: Chosen[] = [];
  let says: SaidRecord | undefined;
  const laneOf = (name: string): string | undefined =>
    Object.hasOwn(system.components, name) ? system.components[name]!.lane : undefined;

  const run = (component: string, event: Message, depth: number): boolean => {
    if (depth > DEEPEST_CALL) throw new ModelError(`Calls nest deeper than ${DEEPEST_CALL} at "${component}".`);
    const { machine } = system.components[component]!;
    const before = snapshots.get(component)!;
    const outcome = stepOf(machine, before, event);
    if (!outcome) return false;
    if (inWords && depth === 0) says = stepSaid(machine, before, event, laneOf);
    snapshots = changed(snapshots, state.snapshots, component, outcome.snapshot);
    chosen.push({ component, transitions: outcome.chosen });
    for (const message of outcome.emitted) {
      const said = inWords ? messageSaid(machine, before, event, message, laneOf) : undefined;
      pass(component, message, depth, said && { says: said });
    }
    return true;
  };

  const pass = (sender: string, message: Message, depth: number, said?: { readonly says: SaidRecord }): void => {
    const { route, components, channel } = destination(system, sender, message);
    if (channel !== undefined) {
      const { capacity, whenFull } = system.channels![channel]!;
      const content = channels.get(channel)!;
      if (content.length < capacity) {
        channels = changed(channels, state.channels, channel, [...content, message]);
        transfers.push({ from: sender, to: channel, how: "sent", message, ...said });
      } else if (whenFull === "drop") transfers.push({ from: sender, to: channel, how: "lost", message, ...said });
      else throw new Refused(channel, `"${channel}" is full`);
      return;
    }
    for (const to of components) {
      const at = transfers.push({ from: sender, to, how: "call", message, ...said }) - 1;
      if (run(to, message, depth + 1) || route.kind === "send") continue;
      if (route.unhandled === "drop") transfers[at] = { from: sender, to, how: "ignored", message, ...said };
      else if (route.unhandled === "block") throw new Refused(to, `"${to}" does not take "${message.type}" now`);
      else
        throw new UnhandledMessage(
          `"${to}" in state ${JSON.stringify(snapshots.get(to)!.value)} does not handle ${JSON.stringify(message)} of "${sender}".`,
        );
    }
  };

  try {
    if (action.kind === "event") {
      if (!run(action.component, action.event, 0))
        return { taken: false, because: `"${action.component}" does not take "${action.event.type}" now` };
    } else {
      const { unhandled } = system.channels![action.channel]!;
      const [head, ...rest] = channels.get(action.channel)!;
      if (!head) return { taken: false, because: `"${action.channel}" is empty` };
      const to = receiver(system, action.channel, head);
      channels = changed(channels, state.channels, action.channel, rest);
      const at = transfers.push({ from: action.channel, to, how: "delivered", message: head }) - 1;
      if (!run(to, head, 0)) {
        if (unhandled === "block") return { taken: false, because: `"${to}" does not take "${head.type}" now` };
        if (unhandled === "error")
          throw new UnhandledMessage(
            `"${to}" in state ${JSON.stringify(snapshots.get(to)!.value)} does not handle ${JSON.stringify(head)} from "${action.channel}".`,
          );
        transfers[at] = { from: action.channel, to, how: "ignored", message: head };
      }
    }
  } catch (error) {
    if (error instanceof Refused)
      return {
        taken: false,
        because: error.message,
        blocked: { by: error.by, asked: transfers.map(({ to }) => to), ...(says && { says }) },
      };
    throw error;
  }
  return { taken: true, state: { snapshots, channels }, transfers, chosen, ...(says && { says }) };
}

/** The actions of the universe that can be taken in the state. */
export const possible = (system: System, state: GlobalState): readonly Action[] =>
  system.actions.filter((action) => take(system, state, action).taken);

/** A component as predicates and reports see it. */
export function seen(state: GlobalState, component: string): Seen {
  const snapshot = state.snapshots.get(component)!;
  return { name: component, state: stateName(snapshot.value), context: snapshot.context as Record<string, Json> };
}
