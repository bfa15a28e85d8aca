/** What a DMA waits for as more of them are in flight, with a limit and without. */
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { underLimit, type Limited } from "./limits.ts";
import { percent } from "./setup.ts";

const PAGES = 32;
const LIMITS = [32, 31, 24, 16];
const FEW_LIMITS = [32, 31, 16];
const IN_FLIGHT = [1, 2, 4, 8, 16, 32];
/** Where nothing waits for anything, fewer will do. */
const FEW_IN_FLIGHT = [1, 4, 16];

interface At {
  readonly limit: number;
  readonly slots: number;
  readonly found: Limited;
}

const micros = (ns: number): string => `${(ns / 1000).toFixed(1)} us`;
const labelOf = (limit: number): string => (limit === PAGES ? "no limit" : `limit ${percent(limit / PAGES, 0)}`);

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  const accesses = lab.isRough ? 400 : 1500;
  const limits = lab.isRough ? FEW_LIMITS : LIMITS;
  for (const limit of limits)
    for (const slots of lab.isRough || limit === PAGES ? FEW_IN_FLIGHT : IN_FLIGHT) {
      const sizes = { pages: PAGES, limit, slots, warmUp: 1.5e6, accesses };
      all.push({ limit, slots, found: await underLimit(lab, sizes) });
    }
  const of = (limit: number): readonly At[] => all.filter((one) => one.limit === limit);
  const most99 = ({ found }: At): number => found.wait.most99.mean;
  const [free] = of(PAGES);
  return {
    table: {
      head: ["limit", "in flight", "DMA faults", "wait (mean)", "wait (99 %)", "99 % against none"],
      rows: all.map((one) => [
        labelOf(one.limit),
        String(one.slots),
        percent(one.found.faults.mean),
        micros(one.found.wait.mean),
        micros(most99(one)),
        (most99(one) / most99(free!)).toFixed(0),
      ]),
    },
    figure: {
      name: "load",
      title: "How long one DMA in a hundred takes at least",
      x: { label: "DMAs in flight", scale: "log" },
      y: { label: "99 % of DMAs, in us", scale: "log" },
      series: limits.map((limit) => ({
        label: labelOf(limit),
        points: of(limit).map(({ slots, found: { wait } }) => ({
          x: slots,
          y: wait.most99.mean / 1000,
          low: Math.max(0, wait.most99.low! / 1000),
          high: wait.most99.high! / 1000,
        })),
      })),
    },
    conclusions: [
      {
        sentence: "Without a limit the waiting time of a warm guest does not grow with the DMAs in flight.",
        holds: of(PAGES).every((one) => most99(one) < 1.5 * most99(free!)),
      },
      {
        sentence:
          "The probability of a fault is what the limit lacks, whatever the DMAs in flight, within 2 % and three standard deviations.",
        holds: all.every(({ limit, found: { faults } }) => {
          const missing = 1 - limit / PAGES;
          const deviation = Math.sqrt(missing / (faults.of * accesses));
          return Math.abs(faults.mean - missing) < 0.02 + 3 * deviation;
        }),
      },
      {
        sentence:
          "With a limit 3 % below the working set, and 16 in flight, one DMA in a hundred takes more than 25 times as long as without.",
        holds: of(31).some((one) => one.slots === 16 && most99(one) > 25 * most99(free!)),
      },
      {
        sentence:
          "With four in flight and a limit 3 % below the working set, one DMA in a hundred takes more than 10 times as long as without.",
        holds: of(31).some((one) => one.slots === 4 && most99(one) > 10 * most99(free!)),
      },
      {
        sentence: "From 4 to 16 in flight that time at least doubles, at each limit.",
        holds: limits.slice(1).every((limit) => {
          const at = (slots: number): number => most99(of(limit).find((one) => one.slots === slots)!);
          return at(16) > 2 * at(4);
        }),
      },
    ],
  };
}

export const load: SimulatedQuestion = {
  name: "load",
  title: "Waiting times under load",
  question:
    "As soon as load increases with more in-flight DMA, do we start seeing unpredictable I/O faults, and from which point on?",
  rows: [29],
  answer:
    "Not with enough memory: once the working set is mapped nothing faults, and a DMA takes as long with 16 in flight as with one. Below the working set the probability of a fault stays what is missing, whatever the load; what grows is the time that a DMA waits. Already 3 % below it, and with one DMA in flight, one DMA in a hundred takes at least 7 times as long as without a limit; with two it is about 9 times, and with 16 in flight about 60 times, because the faults of all wait for one thread. Call it unpredictable where one DMA in a hundred takes more than 10 times as long as without a limit. Then the point is four DMAs in flight with a limit 3 % below the working set, and one with a limit 25 % or more below it. If the report of a fault takes half as long, four are not yet enough. If more load also touches more pages, the point is the load at which the working set outgrows the limit.",
  about:
    "pin-limit, hardware smmu-stall, design rfc-v1, reclaim=direct, 32 pages; 1 500 accesses in each of 4 replications, after 1.5 ms.",
  assumptions: [
    "Every page of the working set is equally likely, and all of it was touched before.",
    "The working set is the same at each load.",
    "At the limit the handler evicts a page. Without eviction, as RFC v1 was sent, a fault at the limit is refused.",
    "Times are exponential: without faults, 99 % of the accesses take at most 4.6 times their mean.",
    "One thread handles all faults, one after the other; the event queue has room for one record of each DMA.",
  ],
  varied: ["report", "core", "resume", "release"],
  find,
};
