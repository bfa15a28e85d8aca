/** Which limit a working set needs: throughput against what is missing, for DMAs in flight. */
import { costs } from "../../model/costs/costs.ts";
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { underLimit, type Limited } from "./limits.ts";
import { percent } from "./setup.ts";

const PAGES = 128;
const MISSING = [1, 2, 4, 8, 16, 32, 64];
const FEW_MISSING = [4, 16, 64];
const IN_FLIGHT = [1, 4, 16];
const FEW_IN_FLIGHT = [1, 16];
const REPLICATIONS = 10;

interface At {
  readonly slots: number;
  /** Of the working set, as a share. */
  readonly missing: number;
  readonly found: Limited;
}

/** How many times as long as an access a fault takes that evicts a page: what one DMA in flight loses. */
function faultInAccesses(all: readonly At[]): number {
  const { missing, found } = all.filter(({ slots }) => slots === 1).at(-1)!;
  return (1 / found.share.mean - 1) / missing;
}

type Bound = keyof Limited["share"];

/** Where the throughput, or a bound of its interval, is half: between two points, on a logarithmic scale. */
function kneeOf(of: readonly At[], bound: Bound): number | undefined {
  const share = ({ found }: At): number => found.share[bound];
  const after = of.findIndex((one) => share(one) < 1 / 2);
  const [one, other] = [of[after - 1], of[after]];
  if (!one || !other) return undefined;
  const part = (share(one) - 1 / 2) / (share(one) - share(other));
  return one.missing * (other.missing / one.missing) ** part;
}

/** The knee between those of the two bounds. */
function kneeWords(of: readonly At[], slots: number): readonly string[] {
  const [mean, low, high] = (["mean", "low", "high"] as const).map((bound) => kneeOf(of, bound));
  if (mean === undefined) return [];
  const least = low === undefined ? "less" : percent(low, 2);
  const most = high === undefined ? "more" : percent(high, 2);
  return [
    `With ${slots} in flight half of the throughput is left where ${percent(mean, 2)} are missing (${least} to ${most}).`,
  ];
}

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  const accesses = lab.isRough ? 400 : 1000;
  // Slower faults take longer to map the pages for the first time.
  const warmUp = 2e6 * Math.max(1, (lab.costs.report ?? costs.report.ns) / costs.report.ns);
  const inFlight = lab.isRough ? FEW_IN_FLIGHT : IN_FLIGHT;
  for (const slots of inFlight)
    for (const missing of lab.isRough ? FEW_MISSING : MISSING) {
      const sizes = { pages: PAGES, limit: PAGES - missing, slots, warmUp, accesses, replications: REPLICATIONS };
      all.push({ slots, missing: missing / PAGES, found: await underLimit(lab, sizes) });
    }
  const of = (slots: number): readonly At[] => all.filter((one) => one.slots === slots);
  const fault = faultInAccesses(all);
  const load = ({ slots, missing }: At): number => slots * missing * fault;
  const knees = inFlight.map((slots) => [slots, kneeOf(of(slots), "mean")] as const);
  return {
    table: {
      head: ["missing", "in flight", "faults per DMA", "throughput", "DMA (mean)", "DMA (99 %)"],
      rows: all.map(({ slots, missing, found }) => [
        percent(missing),
        String(slots),
        found.faults.mean.toFixed(3),
        percent(found.share.mean, 0),
        `${(found.wait.mean / 1000).toFixed(1)} us`,
        `${Math.round(found.wait.most99.mean / 1000)} us`,
      ]),
    },
    figure: {
      name: "working-set",
      title: "Throughput relative to static pinning, by what the limit lacks",
      x: { label: "missing of the working set in %", scale: "log" },
      y: { label: "throughput in %", scale: "linear" },
      series: inFlight.map((slots) => ({
        label: `${slots} in flight`,
        points: of(slots).map(({ missing, found: { share } }) => ({
          x: 100 * missing,
          y: 100 * share.mean,
          low: 100 * share.low,
          high: 100 * share.high,
        })),
      })),
      marks: knees.flatMap(([slots, at]) =>
        at === undefined ? [] : [{ x: 100 * at, label: `half: ${(100 * at).toFixed(1)} %, ${slots} in flight` }],
      ),
    },
    conclusions: [
      {
        sentence:
          "The part of the accesses that fault is what is missing of the working set, within a fifth and three standard deviations.",
        holds: all.every(({ missing, found: { faults } }) => {
          const deviation = Math.sqrt(missing / (faults.of * accesses));
          return Math.abs(faults.mean - missing) < missing / 5 + 3 * deviation;
        }),
      },
      {
        sentence:
          "At least half of the throughput is left where what is missing, times the DMAs in flight, times the accesses that a fault takes, is at most 1.",
        holds: all.filter((one) => load(one) <= 1).every(({ found }) => found.share.high >= 1 / 2),
      },
      {
        sentence: "Less than half is left where that product is 4 or more.",
        holds: all.filter((one) => load(one) >= 4).every(({ found }) => found.share.low < 1 / 2),
      },
      {
        sentence: "A limit 25 % below the working set costs more than four fifths of the throughput.",
        holds: all.filter(({ missing }) => missing >= 1 / 4).every(({ found }) => found.share.mean < 1 / 5),
      },
    ],
    notes: [
      `A fault that evicts a page takes as long as ${fault.toFixed(0)} accesses of ${lab.costs.access ?? costs.access.ns} ns.`,
      ...inFlight.flatMap((slots) => kneeWords(of(slots), slots)),
    ],
  };
}

export const workingSet: SimulatedQuestion = {
  name: "working-set",
  title: "Which limit a working set needs",
  question:
    "How does a user know what to set for a locked memory limit? A device accesses the pages of its working set at random, with one, four or sixteen DMAs in flight. At the limit the handler evicts the least recently mapped page.",
  rows: [28],
  answer:
    "The part of the accesses that fault is what the limit lacks of the working set. With one DMA in flight half of the throughput is gone where 3 % are missing (2.7 to 3.4 %), with four where 1.6 % are (1.3 to 2.0 %), and with sixteen where less than 0.8 % are: one thread handles all faults, and the DMAs wait for each other. Rule of thumb: a limit may lack one part in 30 of the working set, divided by the DMAs in flight. Then at least half of the throughput is left. With 16 in flight it is one part in 480, or 0.2 %, which is less than a page here and was not simulated. The 30 are the accesses that one fault takes, here with its eviction. From four times that lack on, less than half is left. A run without a limit shows what to set: the pages that it has pinned in the end are at least the working set. A limit is of use only above the working set: 25 % below it costs seven eighths of the throughput with one DMA in flight, and 99 % with sixteen.",
  about:
    "pin-limit, hardware smmu-stall, design rfc-v1, reclaim=direct, 128 pages; 1 000 accesses in each of 10 replications, after 2 ms.",
  assumptions: [
    "Every page of the working set is equally likely. A device that goes round its pages in order faults more often, and one with favourite pages less often.",
    "A DMA in flight takes as long as one alone: the link is never the bottleneck.",
    "One thread handles all faults, one after the other.",
    "The working set is 128 pages; the share that is missing decides, and not how many pages it is.",
  ],
  varied: ["report", "core", "resume", "release"],
  find,
};
