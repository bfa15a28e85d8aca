/** Tries bugs that the model can say, one after the other, between two looks at an interrupt. */
import { setImmediate } from "node:timers/promises";
import { defects } from "../../properties/defects/index.ts";
import { mistakesOf, RANDOM, tried } from "../../properties/defects/tried.ts";
import type { TriedDefect } from "../../reports/defects.ts";
import type { Watch } from "../ports.ts";

function triedOne(id: string, random: boolean): TriedDefect {
  const began = performance.now();
  const result = tried(
    defects.find((one) => one.id === id)!,
    random ? RANDOM : undefined,
  );
  const { off, claims, trace, walks } = result;
  return {
    id,
    mistakes: mistakesOf(result),
    states: off.states,
    claims,
    ...(trace && { trace }),
    ...(walks && { walks }),
    seconds: Math.round(performance.now() - began) / 1000,
  };
}

/** In this order; after an interrupt those that were tried before. */
export async function triedDefects(
  ids: readonly string[],
  random: boolean,
  watch: Watch,
): Promise<readonly TriedDefect[]> {
  const results: TriedDefect[] = [];
  for (const id of ids) {
    await setImmediate();
    await watch.onProgress({ kind: "defects", defects: results.length });
    if (watch.signal.aborted) break;
    results.push(triedOne(id, random));
  }
  return results;
}
