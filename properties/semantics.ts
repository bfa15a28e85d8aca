/** One semantics: the fast core takes the steps that XState takes, and running actors say and become the same. */
import fc from "fast-check";
import { createActor, type Actor, type AnyStateMachine } from "xstate";
import { Memo } from "../checker/explore/random-memo.ts";
import { tape } from "../checker/explore/random-tape.ts";
import { runTape, slotsOfActions, tryAction } from "../checker/explore/random-walk.ts";
import type { Json, Message } from "../checker/json.ts";
import { canonical } from "../checker/kernel/canon.ts";
import type { Core } from "../checker/kernel/core.ts";
import { snapshotText } from "../checker/kernel/intern.ts";
import { initialState, take, type GlobalState } from "../checker/simulation.ts";
import { destination, type System } from "../checker/system.ts";
import { seed } from "./proof.ts";

export interface Walks {
  readonly walks: number;
  /** Most steps of one. */
  readonly steps: number;
}

function same(what: string, actual: Json, expected: Json): void {
  if (canonical(actual) !== canonical(expected))
    throw new Error(`${what}: ${canonical(actual)}, and not ${canonical(expected)}`);
}

/** At each entry of random tapes, the core can and does what a simulation on XState can and does. */
export function expectCoreToFollow(system: System, { walks, steps }: Walks): void {
  const memo = new Memo(system);
  const { core } = memo;
  const slots = slotsOfActions(core);
  for (const entries of fc.sample(tape(system, { maxLength: steps }, memo), { seed: seed(), numRuns: walks })) {
    let state = initialState(system);
    core.vector.set(core.initial);
    for (const entry of entries) {
      const taken = take(system, state, system.actions[entry]!);
      same("can be taken", tryAction(core, slots, entry), taken.taken);
      if (!taken.taken) continue;
      state = taken.state;
      same("components and channels", core.vector.length, system.componentNames.length + system.channelNames.length);
      same("what differs from XState", differing(core, state), []);
    }
  }
}

/** Actors of XState that get what random walks say that they receive emit and become what the walks say. */
export function expectActorsToFollow(system: System, { walks, steps }: Walks): void {
  const memo = new Memo(system);
  for (const entries of fc.sample(tape(system, { maxLength: steps }, memo), { seed: seed() + 1, numRuns: walks }))
    followWalk(system, runTape(memo.core, memo.judge, entries).taken);
}

/** Components and channels in which the core and a state of XState differ. */
const differing = (core: Core, state: GlobalState): readonly string[] => [
  ...core.system.componentNames.filter(
    (name, slot) =>
      snapshotText(core.locals[slot]!.values[core.vector[slot]!]!) !== snapshotText(state.snapshots.get(name)!),
  ),
  ...core.system.channelNames.filter((name) => {
    const slot = core.slotOf(name);
    const messages = core.messagesOf(slot, core.vector[slot]!);
    return canonical(messages) !== canonical(state.channels.get(name)!);
  }),
];

/** Sends each actor what the simulation says that it receives, and compares what it emits and becomes. */
function followWalk(system: System, taken: readonly number[]): void {
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
