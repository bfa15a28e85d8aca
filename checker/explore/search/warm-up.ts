/** Short walks by a fixed rule, so that the first layout of a search already knows most snapshots. */
import type { Core } from "../../kernel/core.ts";
import { ModelError } from "../../system.ts";

const WALKS = 30;
const STEPS = 60;

export function warmUp(core: Core): void {
  const { actions } = core.system;
  let state = 1;
  for (let walk = 0; walk < WALKS; walk++) {
    core.vector.set(core.initial);
    for (let step = 0; step < STEPS; step++) {
      state = Math.imul(state, 0x5851f42d) + 0x14057b7e;
      const first = ((state >>> 8) & 0xffff) % actions.length;
      let k = 0;
      while (k < actions.length && !tried(core, (first + k) % actions.length)) k++;
      if (k === actions.length) break;
    }
  }
  core.vector.set(core.initial);
}

function tried(core: Core, action: number): boolean {
  try {
    return core.takeAction(action);
  } catch (error) {
    // A walk has no shortest path to show: the search meets the same mistake and tells it.
    if (!(error instanceof ModelError)) throw error;
    core.undo();
    return false;
  }
}
