/** What is said of a claim, asked again through XState, step by step: without the graph and without its labels. */
import { expect, test } from "vitest";
import { initialState, take, type GlobalState } from "../../checker/simulation.ts";
import type { StepRecord } from "../../checker/run-record.ts";
import type { Action, System } from "../../checker/system.ts";
import { instancesOf, viewOf } from "../../checker/explore/claims/instances.ts";
import { sourceOfState } from "../../checker/explore/claims/source.ts";
import { naiveSearch, textOf } from "../../checker/textbook/naive-search.ts";
import { build } from "../../properties/build.ts";
import { explainClaim } from "./explain.ts";

const request = { system: "type1-unmap", hardware: "any", host: "linux-6.12.117", bounds: "small", set: {} };
const watch = { onProgress: () => undefined, signal: new AbortController().signal };

/** What a step says: its own words, or those of the messages of the one who takes it. */
function wordsOf(action: Action, { says, transfers }: Pick<StepRecord, "says" | "transfers">): string {
  const actor = action.kind === "event" ? action.component : transfers[0]!.to;
  const own = transfers.filter(({ from }) => from === actor).map((it) => it.says?.text ?? it.message.type);
  return [actor, ...(says && !says.listed ? [says.by, says.text] : own)].join(" ");
}

/** Steps of a shortest run to a deadlock on which no step says this. */
function shortestWithout(system: System, words: string): number | undefined {
  let level: readonly GlobalState[] = [initialState(system)];
  const seen = new Set(level.map(textOf));
  for (let depth = 0; level.length > 0; depth++) {
    const after: GlobalState[] = [];
    for (const state of level) {
      const steps = system.actions.map((action) => ({ action, taken: take(system, state, action, true) }));
      if (steps.every(({ taken }) => !taken.taken)) return depth;
      for (const { action, taken } of steps) {
        if (!taken.taken || wordsOf(action, taken) === words || seen.has(textOf(taken.state))) continue;
        seen.add(textOf(taken.state));
        after.push(taken.state);
      }
    }
    level = after;
  }
  return undefined;
}

test("the deadlock of two UNMAP_DMA needs the steps that a search through XState finds it to need", async () => {
  const claim = { id: "DEADLOCK", statement: "Some step must always be possible." };
  const limits = { maxStates: 10_000, maxMemory: 1e9, knobStates: 0 };
  const { violation } = await explainClaim({ request, claim, kind: "deadlock" }, limits, watch, () => {});
  const system = build(request);
  const { trace, steps } = violation!;
  const expected = trace.steps.map((step) => shortestWithout(system, wordsOf(step.action, step)));
  expect(steps.map(({ shortest }) => shortest)).toEqual(expected);
  expect(new Set(expected)).toEqual(new Set([undefined, 9]));
});

test("something is owed from where it begins until it is paid, and not where both are so at once", async () => {
  const pasid = { ...request, system: "table-entries", host: "linux-6.12.117-pasid", set: { deviceHasPri: true } };
  const system = build(pasid);
  const [instance] = instancesOf(system).filter(({ property }) => property.id === "ENT-15");
  const { property } = instance!;
  const nodes = naiveSearch(system, 1000)!;
  const views = nodes.map(({ state }) => viewOf(instance!, sourceOfState(state)));
  const isPaid = views.map((view) => property.holds(view));
  const begins = views.flatMap((view, k) => (property.when!(view) ? [k] : []));
  const owing = new Set(begins.filter((k) => !isPaid[k]));
  for (const k of owing) for (const next of nodes[k]!.successors) if (!isPaid[next]) owing.add(next);
  expect(owing.size).toBeLessThan(begins.length);
  const limits = { maxStates: 10_000, maxMemory: 1e9, knobStates: 0 };
  const { claim } = await explainClaim({ request: pasid, claim: property, kind: "leadsTo" }, limits, watch, () => {});
  expect(claim!.premise).toEqual({ states: owing.size, of: nodes.length });
});
