/** TRD, two drains of one page request queue at a time. */
import { all, always, each, leadsTo, sometimes } from "../../../checker/property.ts";
import type { CompletionContext } from "../../../model/machines/linux/lib/completion.ts";
import {
  isAboutToComplete,
  isPresent,
  type FaultIntakeContext,
} from "../../../model/machines/linux/iommu/io-pgfault/fault-intake.ts";
import type { QueueDrainContext } from "../../../model/machines/linux/iommu/drivers/teardown/queue-drain.ts";
import type { TeardownDesign, TeardownSizes } from "../../../model/systems/studies/teardown-design.ts";
import { inStudy } from "../parameters.ts";
import { coreRule } from "../sources.ts";

export type Condition = (host: TeardownDesign, bounds: TeardownSizes) => boolean;
export const here = (condition?: Condition) => inStudy<TeardownDesign, TeardownSizes>("teardown", condition);
export const KERNEL = ["threads", "hardware", "lock"] as const;

/** There are two drains, and that of the teardown may sleep: where its requests carry no PASID, only for an overflow. */
const two: Condition = ({ requestsCarry }, { drainsAtOnce, queueOverflows }) =>
  drainsAtOnce > 1 && (requestsCarry === "pasid" || queueOverflows > 0);
const together: Condition = (host, bounds) => two(host, bounds) && !host.drainsExclude;
const overflows: Condition = (_, { drainsAtOnce, queueOverflows }) => drainsAtOnce > 1 && queueOverflows > 0;
const drain = each<QueueDrainContext>("queue-drain");
const drains = all<QueueDrainContext>("queue-drain");
const intake = each<FaultIntakeContext>("fault-intake");
const completions = all<CompletionContext>("completion");

type Completions = readonly { readonly context: CompletionContext }[];
const sleeping = (c: Completions): string[] => c.flatMap(({ context }) => [...context.sleeping]);
const woken = (c: Completions): string[] => c.flatMap(({ context }) => [...context.woken]);

export const trdDrains = [
  always({
    id: "TRD-18",
    name: "drain-sleeps-for-record",
    statement:
      "In its first loop a drain sleeps only while a record of its device is in the queue or a run is about to complete, unless it has been woken.",
    source: coreRule("L3; D1"),
    witness: "TRD-23",
    applies: here(two),
    reads: { drain, intake, completions },
    given: {
      "the drain sleeps in its first loop": ({ drain: d, completions: c }) =>
        d.context.loop !== "qi" && sleeping(c).includes(d.name),
    },
    parts: {
      "a record of its device is in the queue, or a run is about to complete": ({ drain: d, intake: { context: i } }) =>
        isPresent(i, d.context.drain) || isAboutToComplete(i),
    },
    values: ({ completions: c }) => ({ sleeping: sleeping(c), woken: woken(c) }),
  }),
  always({
    id: "TRD-22",
    name: "drain-sleeps-for-overflow",
    statement:
      "In its second loop a drain sleeps only while the queue has overflowed or a run is about to complete, unless it has been woken.",
    source: coreRule("L3; D1"),
    witness: "TRD-21",
    applies: here(overflows),
    reads: { drain, intake, completions },
    given: {
      "the drain sleeps in its second loop": ({ drain: d, completions: c }) =>
        d.context.loop !== "prq" && sleeping(c).includes(d.name),
    },
    parts: {
      "the queue has overflowed, or a run is about to complete": ({ intake: { context: i } }) =>
        i.overflow || isAboutToComplete(i),
    },
    values: ({ completions: c, intake: { context: i } }) => ({
      overflowed: i.overflow,
      sleeping: sleeping(c),
      woken: woken(c),
    }),
  }),
  sometimes({
    id: "TRD-19",
    name: "two-drains-sleep",
    statement: "Two drains sleep at the same time.",
    source: coreRule("D1"),
    applies: here(together),
    reads: { drains },
    holds: ({ drains: d }) => d.every(({ state }) => state === "asleep"),
  }),
  sometimes({
    id: "TRD-21",
    name: "drain-waits-for-overflow",
    statement: "A drain sleeps in its second loop because the queue has overflowed.",
    source: coreRule("2.1"),
    applies: here(overflows),
    reads: { drains, intake },
    holds: ({ drains: d, intake: { context: i } }) =>
      i.overflow && d.some(({ state, context }) => state === "asleep" && context.loop === "qi"),
  }),
  sometimes({
    id: "TRD-23",
    name: "teardown-drain-sleeps",
    statement: "The drain of the teardown sleeps.",
    source: coreRule("L3"),
    applies: here(two),
    reads: { drains },
    holds: ({ drains: d }) => d.some(({ state, context }) => state === "asleep" && context.drain === 0),
  }),
  leadsTo({
    id: "TRD-20",
    name: "drain-ends",
    statement: "A drain of the queue ends.",
    source: coreRule("L3; D1"),
    witness: "TRD-23",
    applies: here(two),
    reads: { drain },
    when: ({ drain: d }) => d.state !== "idle",
    eventually: ({ drain: d }) => d.state === "idle",
    assumes: KERNEL,
  }),
] as const;
