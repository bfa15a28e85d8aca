/** More load that also touches more pages: when a working set outgrows the limit that was set for less load. */
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { underLimit, type Limited } from "./limits.ts";
import { percent } from "./setup.ts";

/** Pages that each DMA in flight brings into the working set: its part of the buffers. */
const EACH = 16;
/** Enough for four DMAs in flight. */
const LIMIT = 4 * EACH;
const IN_FLIGHT = [1, 2, 4, 5, 6, 8, 12, 16];
const FEW_IN_FLIGHT = [4, 5, 8];

interface At {
  readonly slots: number;
  readonly found: Limited;
}

const micros = (ns: number): string => `${(ns / 1000).toFixed(1)} us`;
const pagesOf = (slots: number): number => EACH * slots;
/** What the limit lacks of the working set. */
const missing = ({ slots }: At): number => Math.max(0, 1 - LIMIT / pagesOf(slots));

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  const accesses = lab.isRough ? 400 : 1500;
  for (const slots of lab.isRough ? FEW_IN_FLIGHT : IN_FLIGHT) {
    const sizes = { pages: pagesOf(slots), limit: LIMIT, slots, warmUp: 3e6, accesses };
    all.push({ slots, found: await underLimit(lab, sizes) });
  }
  const at = (slots: number): At => all.find((one) => one.slots === slots)!;
  const most99 = ({ found }: At): number => found.wait.most99.mean;
  /** DMAs together, in those that one DMA in flight gets with static pinning. */
  const together = ({ slots, found }: At): number => slots * found.share.mean;
  return {
    table: {
      head: [
        "in flight",
        "working set",
        "missing",
        "DMA faults",
        "throughput",
        "all DMAs",
        "wait (mean)",
        "wait (99 %)",
      ],
      rows: all.map((one) => [
        String(one.slots),
        `${pagesOf(one.slots)} pages`,
        percent(missing(one), 0),
        percent(one.found.faults.mean),
        percent(one.found.share.mean, 0),
        together(one).toFixed(2),
        micros(one.found.wait.mean),
        micros(most99(one)),
      ]),
    },
    figure: {
      name: "growth",
      title: "Throughput of all DMAs, where each brings 16 pages and the limit is 64",
      x: { label: "DMAs in flight", scale: "linear" },
      y: { label: "throughput, in those of one pinned DMA", scale: "linear" },
      series: [
        { label: "limit 64 pages", points: all.map((one) => ({ x: one.slots, y: together(one) })) },
        { label: "static pinning", points: all.map(({ slots }) => ({ x: slots, y: slots })) },
      ],
      marks: [{ x: LIMIT / EACH, label: "the working set is the limit" }],
    },
    conclusions: [
      {
        sentence: "Up to four DMAs in flight, whose pages the limit holds, no DMA faults.",
        holds: all.filter(({ slots }) => slots <= 4).every(({ found }) => found.faults.mean === 0),
      },
      {
        sentence: "One DMA in flight more, and all of them together do less than half of what four did.",
        holds: together(at(5)) < together(at(4)) / 2,
      },
      {
        sentence: "With eight in flight all of them together do less than one pinned DMA.",
        holds: together(at(8)) < 1,
      },
      {
        sentence: "With five in flight one DMA in a hundred takes more than 10 times as long as with four.",
        holds: most99(at(5)) > 10 * most99(at(4)),
      },
    ],
  };
}

export const growth: SimulatedQuestion = {
  name: "growth",
  title: "A working set that grows with the load",
  question:
    "A limit holds all that a device uses at light load. Each further DMA in flight brings buffers of its own. What happens when the load grows?",
  rows: [29],
  answer:
    "It is fine until the working set is the limit, and then it breaks at once. With a limit of 64 pages and 16 pages for each DMA in flight, four DMAs run as with static pinning. With five, a fifth of the DMAs faults, and all five together do 0.18 of what one pinned DMA does: more load gets less work done. With eight, half of the DMAs fault, and one in a hundred takes 146 us in place of 2. So a limit that was measured at light load says nothing about more load: set it by the buffers of all DMAs that can be in flight.",
  about:
    "pin-limit, hardware smmu-stall, design rfc-v1, reclaim=direct, limit 64 pages, 16 pages for each DMA in flight; 1 500 accesses in each of 4 replications, after 3 ms.",
  assumptions: [
    "Every page of the working set is equally likely for every DMA.",
    "A DMA in flight takes as long as one alone: the link is never the bottleneck.",
    "At the limit the handler evicts the least recently mapped page.",
    "One thread handles all faults, one after the other.",
  ],
  varied: ["report", "core", "resume", "release"],
  find,
};
