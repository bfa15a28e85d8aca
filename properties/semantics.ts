/** One semantics: the fast core takes the steps that XState takes, and running actors say and become the same. */
import fc from "fast-check";
import { Memo } from "../checker/explore/random/random-memo.ts";
import { tape } from "../checker/explore/random/random-tape.ts";
import { runTape, slotsOfActions, tryAction } from "../checker/explore/random/random-walk.ts";
import { followWalk, same } from "../checker/kernel/actors.ts";
import { canonical } from "../checker/kernel/canon.ts";
import type { Core } from "../checker/kernel/core.ts";
import { snapshotText } from "../checker/kernel/intern.ts";
import { initialState, take, type GlobalState } from "../checker/simulation.ts";
import type { System } from "../checker/system.ts";
import { seed } from "./proof.ts";

export interface Walks {
  readonly walks: number;
  /** Most steps of one. */
  readonly steps: number;
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
