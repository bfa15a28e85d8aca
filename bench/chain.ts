/**
 * How long the Markov chain of a large textbook system takes: search, steps, chain and long run.
 *
 *   node --import ./cli/typescript.mjs bench/chain.ts [polling|tandem|kanban] [SIZE]
 */
import { chainOf } from "../checker/measure/chain.ts";
import { longRunOf } from "../checker/measure/long-run.ts";
import { whole } from "../checker/measure/slices.ts";
import { startMeasured, StoredSteps } from "../checker/measure/stored-steps.ts";
import { kanbanRates, kanbanSystem } from "../checker/textbook/stochastic/kanban.ts";
import { pollingRates, pollingSystem } from "../checker/textbook/stochastic/polling.ts";
import { tandemRates, tandemSystem } from "../checker/textbook/stochastic/tandem.ts";

const CASES = {
  polling: { size: 15, system: pollingSystem, rates: pollingRates },
  tandem: { size: 707, system: tandemSystem, rates: tandemRates },
  kanban: { size: 4, system: kanbanSystem, rates: () => kanbanRates },
};

const [name = "polling", size] = process.argv.slice(2);
if (!Object.hasOwn(CASES, name))
  throw new Error(`There is no case "${name}"; give one of ${Object.keys(CASES).join(", ")}.`);
const one = CASES[name as keyof typeof CASES];
const chosen = size === undefined ? one.size : Number(size);

let before = process.cpuUsage();
/** The time of the processor since the last time, in seconds. */
function lap(): string {
  const { user, system } = process.cpuUsage(before);
  before = process.cpuUsage();
  return ((user + system) / 1e6).toFixed(1).padStart(6);
}

lap();
const search = startMeasured(one.system(chosen));
while (search.advance(1 << 16));
console.log(`${lap()} s  search: ${search.store.count} states, ${search.transitions} transitions`);
const steps = new StoredSteps(search);
console.log(`${lap()} s  steps: ${steps.occurrences.length} different ones`);
const chain = chainOf(steps, one.rates(chosen));
console.log(`${lap()} s  chain: ${chain.count} states, ${chain.targets.length} transitions`);
const { solved } = whole(longRunOf(chain));
const { sweeps, residual, error } = solved;
console.log(
  `${lap()} s  long run: ${sweeps} sweeps, residual ${residual.toExponential(1)}, error ${error.toExponential(1)}`,
);
console.log(`${(process.resourceUsage().maxRSS / 1024).toFixed(0).padStart(6)} MB at most`);
