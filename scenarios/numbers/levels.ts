/** The levels that the RFC thread named, for guests that use their memory in different ways. */
import type { Workload } from "../../model/workloads/workload.ts";
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { underLimit, type Limited } from "./limits.ts";
import { percent } from "./setup.ts";

const PAGES = 128;
const IN_FLIGHT = 4;
const LEVELS = [10, 30, 50, 70, 100];
/** Where the device uses few of the pages, or all. */
const FEW_LEVELS = { few: [10, 30], all: [10, 50, 70] };

interface Guest {
  readonly label: string;
  readonly workload: Workload;
  /** The pages that the device uses; the others are never mapped. */
  readonly used: number;
}

const GUESTS: readonly Guest[] = [
  { label: "a quarter of the pages", used: PAGES / 4, workload: { pick: "random", itemPages: 1 } },
  { label: "90 % of DMAs to a tenth", used: PAGES, workload: { pick: "hot-set", itemPages: 1, hot: 13, share: 0.9 } },
  { label: "Zipf", used: PAGES, workload: { pick: "zipf", itemPages: 1, exponent: 1 } },
  { label: "all pages alike", used: PAGES, workload: { pick: "random", itemPages: 1 } },
];

interface At {
  readonly guest: Guest;
  readonly level: number;
  readonly found: Limited;
}

const limitOf = (level: number): number => Math.max(1, Math.floor((level * PAGES) / 100));

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  for (const guest of GUESTS)
    for (const level of lab.isRough ? FEW_LEVELS[guest.used < PAGES ? "few" : "all"] : LEVELS) {
      const { used: pages, workload } = guest;
      const limit = Math.min(limitOf(level), pages);
      const sizes = {
        pages,
        limit,
        slots: IN_FLIGHT,
        workload,
        warmUp: lab.isRough ? 1e6 : 3e6,
        accesses: lab.isRough ? 300 : 2000,
      };
      all.push({ guest, level, found: await underLimit(lab, sizes) });
    }
  const share = (guest: number, level: number): number =>
    all.find((one) => one.guest === GUESTS[guest] && one.level === level)!.found.share.mean;
  return {
    table: {
      head: ["device uses", ...LEVELS.map((level) => (level === 100 ? "unlimited" : `${level} %`))],
      rows: GUESTS.map((guest) => [
        guest.label,
        ...all
          .filter((one) => one.guest === guest)
          .map(({ found }) => `${percent(found.share.mean, 0)} (${found.faults.mean.toFixed(2)})`),
      ]),
    },
    figure: {
      name: "levels",
      title: `Throughput relative to static pinning, ${IN_FLIGHT} DMAs in flight`,
      x: { label: "level in % of the guest", scale: "linear" },
      y: { label: "throughput in %", scale: "linear" },
      series: GUESTS.map((guest) => ({
        label: guest.label,
        points: all
          .filter((one) => one.guest === guest)
          .map(({ level, found }) => ({
            x: level,
            y: 100 * found.share.mean,
            low: 100 * found.share.low,
            high: 100 * found.share.high,
          })),
      })),
    },
    conclusions: [
      {
        sentence: "A level above what the device uses costs nothing.",
        holds: all.filter((one) => limitOf(one.level) >= one.guest.used).every(({ found }) => found.share.mean > 0.9),
      },
      {
        sentence: "At 10 % no guest keeps more than a tenth of the throughput.",
        holds: GUESTS.every((_, guest) => share(guest, 10) < 0.1),
      },
      {
        sentence: "At 70 % a guest with favourite pages still loses more than half.",
        holds: share(1, 70) < 1 / 2 && share(2, 70) < 1 / 2,
      },
      {
        sentence: "At 50 % favourite pages keep more of the throughput than none, and less than a fifth.",
        holds: [1, 2].every((guest) => share(guest, 50) > share(3, 50) && share(guest, 50) < 1 / 5),
      },
    ],
  };
}

export const levels: SimulatedQuestion = {
  name: "levels",
  title: "The levels 10, 30, 50 and 70 percent",
  question:
    "The RFC thread proposes levels of 10, 30, 50 and 70 percent of the guest, and unlimited. What is left of the throughput at each, by how the device uses the guest's memory?",
  rows: [34],
  answer:
    "A level is free where it is above what the device uses, and dear everywhere below: there is little between. A device that uses a quarter of the guest loses nothing from 30 % on, and nearly all at 10 %. If all pages are alike, 70 % leave 3 % of the throughput. Favourite pages help less than one hopes, because the least recently mapped page is evicted, however often it is used: a device with 90 % of its DMAs to a tenth of the guest keeps an eighth of the throughput at a level of 50 %, and a fifth at 70 %.",
  about:
    "pin-limit, hardware smmu-stall, design rfc-v1, reclaim=direct; a guest of 128 pages, 4 DMAs in flight; 2 000 accesses in each of 4 replications, after 3 ms. In brackets: faults per DMA.",
  assumptions: [
    "What is evicted is the least recently mapped page, as proposed, which may be a favourite page.",
    "A guest has 128 pages here; the shares decide, and not how many pages they are.",
  ],
  varied: ["report", "core", "resume", "release"],
  find,
};
