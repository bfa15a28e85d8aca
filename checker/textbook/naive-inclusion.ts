/**
 * Inclusion by definition, to hold the search of explore/observed/inclusion.ts against: every order of steps and moments is tried,
 * and nothing is left out because it seems not to matter.
 */
import type { World } from "../explore/observed/inclusion-world.ts";
import { unified, type Bindings, type Observation } from "../explore/observed/observed.ts";
import { canonical } from "../kernel/canon.ts";

/**
 * How far an explanation can get: the last moment that some run reaches; the number of observations, if all is explained.
 * Undefined: there are more than `limit` ways to get somewhere.
 */
export function furthestMoment<State>(
  world: World<State>,
  initial: readonly State[],
  observed: readonly Observation[],
  limit: number,
): number | undefined {
  const end = observed.length;
  const seen = new Set<string>();
  let furthest = -1;
  const work: { state: State; done: readonly number[]; bindings: Bindings; moment: number }[] = [];
  const visit = (node: (typeof work)[number]): void => {
    const key = canonical([world.key(node.state), [...node.done].sort((a, b) => a - b), node.bindings, node.moment]);
    if (seen.has(key)) return;
    seen.add(key);
    work.push(node);
  };
  for (const state of initial) visit({ state, done: [], bindings: {}, moment: -1 });
  const nextOf = (lane: string, done: readonly number[]): number =>
    observed.findIndex((one, index) => one.lane === lane && !done.includes(index));
  for (let node = work.pop(); node; node = work.pop()) {
    const { state, done, bindings, moment } = node;
    if (seen.size > limit) return undefined;
    furthest = Math.max(furthest, moment);
    if (moment === end) continue;
    if (observed.every(({ closes }, index) => closes !== moment + 1 || done.includes(index)))
      visit({ ...node, moment: moment + 1 });
    const calls = observed.flatMap((one, index) =>
      nextOf(one.lane, done) === index && one.opens <= moment ? world.calls(state, one, index) : [],
    );
    for (const step of [...world.steps(state), ...calls]) {
      if ("refused" in step) continue;
      const { to, lane, marks } = step;
      let after: { done: readonly number[]; bindings: Bindings } | undefined = { done, bindings };
      for (const [place, mark] of marks.entries()) {
        const next: number = nextOf(lane, after.done);
        if (next < 0 && moment === end - 1) break;
        const fits: boolean = next >= 0 && (place > 0 || observed[next]!.opens <= moment);
        const known: Bindings | undefined = fits ? unified(observed[next]!.shows, mark, after.bindings) : undefined;
        after = known && { done: [...after.done, next], bindings: known };
        if (!after) break;
      }
      if (after) visit({ state: to, moment, ...after });
    }
  }
  return furthest;
}
