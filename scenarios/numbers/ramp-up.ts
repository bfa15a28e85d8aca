/** Throughput from the first access of a guest on, of which nothing is mapped yet. */
import { costs } from "../../model/costs/costs.ts";
import type { Timeline } from "../../checker/measure/simulate/timeline.ts";
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { pinnedPerNs, preMapping } from "./setup.ts";

const PREMAPS = [1, 8, 64, 512];
/** 32 us to 16 ms. */
const UNTIL = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((power) => 1000 * 2 ** power);

/** The end of the first part of the time that has the share of the pinned throughput, and so have all parts after it. */
function reaches({ until, perNs }: Timeline, pinned: number, share: number): number | undefined {
  const low = perNs.findLastIndex(({ mean }) => mean < share * pinned);
  return until[low + 1];
}

const words = (ns: number | undefined): string =>
  ns === undefined ? "later" : ns < 1e6 ? `${ns / 1000} us` : `${(ns / 1e6).toFixed(1)} ms`;

async function find(lab: Lab): Promise<Finding> {
  const pages = lab.isRough ? 128 : 512;
  const until = lab.isRough ? UNTIL.slice(0, -2) : UNTIL;
  const pinned = pinnedPerNs(1, lab.costs.access ?? costs.access.ns);
  const found: { readonly premap: number; readonly timeline: Timeline }[] = [];
  for (const premap of PREMAPS) {
    const configuration = preMapping({ pages }, Math.min(premap, pages));
    const load = { configuration, workload: { pick: "random", itemPages: 1 }, times: "exponential" } as const;
    found.push({ premap, timeline: await lab.timeline({ load, until, replications: lab.isRough ? 2 : 3 }) });
  }
  const half = found.map(({ timeline }) => reaches(timeline, pinned, 0.5) ?? Infinity);
  const nine = found.map(({ timeline }) => reaches(timeline, pinned, 0.9) ?? Infinity);
  const first = found.map(({ timeline }) => timeline.perNs[0]!.mean / pinned);
  return {
    table: {
      head: ["premap", "first part of the time", "half is reached within", "90 % within"],
      rows: found.map(({ premap, timeline }, k) => [
        String(premap),
        `${(100 * first[k]!).toFixed(0)} % of ${words(until[0])}`,
        words(reaches(timeline, pinned, 0.5)),
        words(reaches(timeline, pinned, 0.9)),
      ]),
    },
    figure: {
      name: "ramp-up",
      title: "Throughput of a cold guest of 2 MB, relative to static pinning",
      x: { label: "time since the first access, in us", scale: "log" },
      y: { label: "throughput in %", scale: "linear" },
      series: found.map(({ premap, timeline }) => ({
        label: `premap ${premap}`,
        points: timeline.perNs.map(({ mean, low, high }, k) => ({
          x: timeline.until[k]! / 1000,
          y: (100 * mean) / pinned,
          low: Math.max(0, (100 * low!) / pinned),
          high: (100 * high!) / pinned,
        })),
      })),
    },
    conclusions: [
      {
        sentence: "With premap 1 the throughput is below a tenth of the pinned one in the first part of the time.",
        holds: first[0]! < 0.1,
      },
      {
        sentence: "Pre-mapping 8 pages reaches half of the throughput at least twice as early as mapping one.",
        holds: half[0]! >= 2 * half[1]!,
      },
      {
        sentence: "With 512 pages at a fault 90 % are not reached earlier than half as late as with 64.",
        holds: nine[3]! >= nine[2]! / 2,
      },
      {
        sentence:
          "With 512 pages at a fault the first accesses wait longest: the first part of the time has the fewest of them.",
        holds: first[3]! <= Math.min(...first),
      },
    ],
  };
}

export const rampUp: SimulatedQuestion = {
  name: "ramp-up",
  title: "The ramp-up of a cold guest",
  question:
    "Alex Williamson expects a slow ramp-up of performance while a guest faults its memory in. How slow is it, and what does pre-mapping change?",
  rows: [14, 31],
  answer:
    "Each page faults once, and a fault takes 20 times as long as an access. With one page a fault, 2 MB of a cold guest take more than 4 ms to reach half of the throughput of a pinned guest, and more than 8 ms to reach 90 %. With 8 pages a fault 90 % come within 4 ms, and with 64 or 512 within 2 ms. More than 64 gain at most a factor of two: the handler maps one page after the other, so that 512 pages take 0.6 ms, in which the device waits for the first one. Twice the memory takes twice the time.",
  about:
    "mmu-notifier, hardware smmu-stall, design rfc-v2, 512 pages, one DMA in flight to random pages, 3 replications. Throughput of each part of the time, whose ends are 32 us to 16 ms.",
  assumptions: [
    "Each page that a fault maps takes all five steps of the handler; a run of pages in one step would be faster.",
    "Nothing faults twice: the host has memory to spare.",
    "512 pages are 2 MB. With more memory each time grows in proportion, and with more DMAs in flight the faults take as long.",
  ],
  varied: ["report", "core", "resume"],
  find,
};
