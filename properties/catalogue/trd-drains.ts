/** TRD, two drains of one page request queue at a time. */
import { all, always, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { CompletionContext } from "../../model/machines/kernel/completion.ts";
import { isPresent, type FaultIntakeContext } from "../../model/machines/kernel/fault-intake.ts";
import type { QueueDrainContext } from "../../model/machines/teardown/queue-drain.ts";
import type { TeardownDesign, TeardownSizes } from "../../model/systems/studies/teardown-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule } from "./sources.ts";

export type Condition = (host: TeardownDesign, bounds: TeardownSizes) => boolean;
export const here = (condition?: Condition) => inStudy<TeardownDesign, TeardownSizes>("teardown", condition);
export const KERNEL = ["threads", "hardware", "lock"] as const;

const together: Condition = (_, { drainsAtOnce }) => drainsAtOnce > 1;
const drain = each<QueueDrainContext>("queue-drain");
const drains = all<QueueDrainContext>("queue-drain");
const intake = each<FaultIntakeContext>("fault-intake");
const completions = all<CompletionContext>("completion");

export const trdDrains = [
  always({
    id: "TRD-18",
    statement: "A drain sleeps only while a record of its own is in the queue, unless it has been woken.",
    source: coreRule("L3; D1"),
    witness: "TRD-19",
    applies: here(together),
    reads: { drain, intake, completions },
    holds: ({ drain: d, intake: { context: i }, completions: c }) =>
      !c.some(({ context: { sleeping } }) => sleeping.includes(d.name)) || isPresent(i, d.context.drain),
    values: ({ completions: c }) => ({
      sleeping: c.flatMap(({ context }) => [...context.sleeping]),
      woken: c.flatMap(({ context }) => [...context.woken]),
    }),
  }),
  sometimes({
    id: "TRD-19",
    statement: "Two drains sleep at a time.",
    source: coreRule("D1"),
    applies: here(together),
    reads: { drains },
    holds: ({ drains: d }) => d.every(({ state }) => state === "asleep"),
  }),
  leadsTo({
    id: "TRD-20",
    statement: "A drain of the queue comes to its end.",
    source: coreRule("L3; D1"),
    witness: "TRD-19",
    applies: here(together),
    reads: { drain },
    when: ({ drain: d }) => d.state !== "idle",
    eventually: ({ drain: d }) => d.state === "idle",
    assumes: KERNEL,
  }),
] as const;
