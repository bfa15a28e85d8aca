/** Actors of XState that run on their own, held against what a walk says that they receive, emit and become. */
import { createActor, type Actor, type AnyStateMachine } from "xstate";
import type { Json, Message } from "../json.ts";
import { initialState, take, type GlobalState } from "../simulation.ts";
import { destination, type System } from "../system.ts";
import { canonical } from "./canon.ts";
import { snapshotText } from "./intern.ts";

/** @throws Error where the two differ. */
export function same(what: string, actual: Json, expected: Json): void {
  if (canonical(actual) !== canonical(expected))
    throw new Error(`${what}: ${canonical(actual)}, and not ${canonical(expected)}`);
}

/** Sends each actor what the simulation says that it receives, and compares what it emits and becomes. */
export function followWalk(system: System, taken: readonly number[]): void {
  const emitted: { from: string; message: Message }[] = [];
  let state: GlobalState = initialState({ ...system, prologue: [] });
  const actors = new Map<string, Actor<AnyStateMachine>>(
    Object.entries(system.components).map(([name, { machine, input }]) => {
      const actor = createActor(machine, { input });
      actor.on("*", (message) => emitted.push({ from: name, message: message as Message }));
      return [name, actor.start()];
    }),
  );
  for (const action of [...(system.prologue ?? []), ...taken.map((entry) => system.actions[entry]!)]) {
    const step = take(system, state, action);
    if (!step.taken) throw new Error(`The walk takes a step that XState refuses: ${step.because}.`);
    emitted.length = 0;
    if (action.kind === "event") actors.get(action.component)!.send(action.event);
    for (const { to, how, message } of step.transfers)
      if (how === "call" || how === "delivered") actors.get(to)!.send(message);
    state = step.state;
    const told = step.transfers
      .filter(({ how }) => how !== "delivered")
      .map(({ from, message }) => ({ from, message }));
    same(
      "emitted",
      sortedTexts(emitted.flatMap((one) => Array<typeof one>(receivers(system, one)).fill(one))),
      sortedTexts(told),
    );
    const other = [...actors].filter(
      ([name, actor]) => snapshotText(actor.getSnapshot()) !== snapshotText(state.snapshots.get(name)!),
    );
    same(
      "actors that became something else",
      other.map(([name]) => name),
      [],
    );
  }
}

/** How many transfers the message makes: one for each component that is called, one into a channel. */
function receivers(system: System, { from, message }: { from: string; message: Message }): number {
  const { components, channel } = destination(system, from, message);
  return channel === undefined ? components.length : 1;
}

const sortedTexts = (list: readonly { from: string; message: Message }[]): readonly string[] =>
  list.map(({ from, message }) => `${from} ${canonical(message)}`).sort();
