/** Runs the simulations that a question asks for, in slices. */
import type { Counted } from "../../checker/measure/counted.ts";
import type { Span } from "../../checker/measure/simulate/asked.ts";
import type { SimulationRecord } from "../../checker/measure/simulate/record.ts";
import { Simulation } from "../../checker/measure/simulate/simulation.ts";
import { TimelineSimulation, type Timeline } from "../../checker/measure/simulate/timeline.ts";
import type { System } from "../../checker/system.ts";
import { countedAs } from "../../model/costs/counts.ts";
import type { GivenCosts } from "../../model/costs/costs.ts";
import { loaded, type Load, type Loaded } from "../../model/workloads/loaded.ts";
import type { Lab, Run, TimelineRun } from "../../scenarios/numbers/lab.ts";
import { advance } from "../advance.ts";
import { unknownName } from "../errors.ts";
import type { Watch } from "../ports.ts";

/** Steps between two looks at the clock and at an interrupt. */
const STEPS = 20_000;
export const CONFIDENCE = 0.95;
export const SEED = 1;
const REPLICATIONS = 5;

/** An interrupt ends a question without an answer. */
export class Interrupted extends Error {}

function counted(system: System, name: string): Counted {
  const found = countedAs(system, name);
  if (!found) throw unknownName("count", name, []);
  return found;
}

const waitOf = ({ begins, ends }: Loaded): Span => ({
  label: "DMA",
  from: [{ step: begins }],
  to: [{ step: ends }],
  by: "component",
});

export class Laboratory implements Lab {
  readonly costs: GivenCosts;
  readonly isRough: boolean;
  readonly #watch: Watch;
  #steps = 0;

  constructor(watch: Watch, costs: GivenCosts = {}, isRough = false) {
    this.#watch = watch;
    this.costs = costs;
    this.isRough = isRough;
  }

  async simulate({
    load,
    counts = [],
    levels = [],
    waits,
    warmUp = 0,
    accesses,
    replications = REPLICATIONS,
  }: Run): Promise<SimulationRecord> {
    const built = loaded(this.#priced(load));
    const { system, rates } = built;
    const questions = {
      work: counted(system, "accesses"),
      counted: counts.map((name) => counted(system, name)),
      spans: waits === true ? [waitOf(built)] : [],
      levels,
    };
    const simulation = new Simulation(system, rates, questions, {
      seed: SEED,
      replications,
      warmUp,
      length: { pieces: accesses },
      confidence: CONFIDENCE,
    });
    await this.#advance(
      () => simulation.advance(STEPS),
      () => ({ runs: simulation.done.length, of: replications }),
    );
    return simulation.record();
  }

  async timeline({ load, until, replications = REPLICATIONS }: TimelineRun): Promise<Timeline> {
    const { system, rates } = loaded(this.#priced(load));
    const simulation = new TimelineSimulation(system, rates, counted(system, "accesses"), {
      seed: SEED,
      replications,
      until,
      confidence: CONFIDENCE,
    });
    await this.#advance(
      () => simulation.advance(STEPS),
      () => ({ runs: simulation.done, of: replications }),
    );
    return simulation.record();
  }

  #priced(load: Load): Load {
    return { ...load, costs: { ...load.costs, ...this.costs } };
  }

  /** `told`: what is done of it. */
  async #advance(step: () => boolean, told: () => { readonly runs: number; readonly of: number }): Promise<void> {
    const report = () => this.#watch.onProgress({ kind: "runs", ...told(), steps: (this.#steps += STEPS) });
    await advance(step, report, this.#watch);
    if (this.#watch.signal.aborted) throw new Interrupted();
  }
}
