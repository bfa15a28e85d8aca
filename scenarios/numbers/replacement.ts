/** Which page is given back: the one that was mapped first, one that was not used since, or one whose time is over. */
import { costs } from "../../model/costs/costs.ts";
import { lruHosts } from "../../model/systems/studies/lru-limit-hosts.ts";
import type { LruDesign, LruSizes } from "../../model/systems/studies/lru-limit-design.ts";
import { limitedTo } from "../../model/workloads/wired.ts";
import type { Interval } from "../../checker/measure/simulate/student.ts";
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { percent, pinnedPerNs } from "./setup.ts";

const PAGES = 32;
const DEVICES = 4;
const HOT = { pick: "hot-set", itemPages: 1, hot: 4, share: 0.9 } as const;

interface Way {
  readonly series: string;
  readonly label: string;
  readonly design: Partial<LruDesign>;
  /** From one check of the thread to the next, or of the time of a page, in ns. */
  readonly period?: number;
  readonly expiry?: number;
}

const evicting = (victims: LruDesign["victims"], limitLevel: LruDesign["limitLevel"]): Way => ({
  series: victims === "first-mapped" ? "mapped first" : "not used since",
  label: `level ${limitLevel} %`,
  design: { limitKeptBy: "handler", victims, limitLevel },
});
const LEVELS = ["30", "50", "70"] as const;
const checking = (micros: number): Way => ({
  series: "a thread, not used since",
  label: `level 50 %, every ${micros} us`,
  design: { limitKeptBy: "thread", victims: "not-used-since", limitLevel: "50" },
  period: 1000 * micros,
});
const expiring = (micros: number): Way => ({
  series: "expiry",
  label: `after ${micros} us`,
  design: { expires: "any-page", limitLevel: "unlimited" },
  expiry: 1000 * micros,
});

const WAYS: readonly Way[] = [
  ...LEVELS.map((level) => evicting("first-mapped", level)),
  ...LEVELS.map((level) => evicting("not-used-since", level)),
  ...[30, 300].map(checking),
  ...[1000, 200, 50].map(expiring),
];
const FEW: readonly Way[] = [
  evicting("first-mapped", "50"),
  evicting("not-used-since", "50"),
  expiring(1000),
  expiring(50),
];

interface At {
  readonly way: Way;
  readonly held: Interval;
  readonly faults: number;
  readonly share: { readonly mean: number; readonly low: number; readonly high: number };
  readonly wait99: number;
}

async function measured(lab: Lab, way: Way): Promise<At> {
  const design: LruDesign = { name: "thread-direct", ...lruHosts["thread-direct"]!.design, ...way.design };
  const sizes: LruSizes = {
    name: "large",
    devices: DEVICES,
    itemPages: 1,
    itemAccess: "in-turn",
    itemScript: "any",
    itemsEach: 0,
    hotPages: PAGES,
    lockedPages: 0,
    guestPages: PAGES,
    extraPages: 0,
  };
  const given = {
    ...lab.costs,
    ...(way.period !== undefined && { period: way.period }),
    // The timers of all pages together.
    ...(way.expiry !== undefined && { expiry: way.expiry / PAGES }),
  };
  const { work, counted, levels, waits } = await lab.simulate({
    load: { ...limitedTo(design, sizes, HOT), costs: given, times: "exponential" },
    counts: ["faults"],
    levels: [{ label: "held", role: "container", field: "mapped" }],
    waits: true,
    // A cold guest maps its pages in the first part; then what is held settles as fast as pages are given back.
    warmUp: 300_000 + 3 * (way.expiry ?? way.period ?? 0),
    accesses: lab.isRough ? 1_000 : 6_000,
    replications: lab.isRough ? 2 : 6,
  });
  const pinned = pinnedPerNs(DEVICES, lab.costs.access ?? costs.access.ns);
  const { mean, low, high } = work.perNs;
  return {
    way,
    held: levels[0]!.mean,
    faults: counted[0]!.perWork!.mean,
    share: { mean: mean / pinned, low: Math.max(0, low! / pinned), high: high! / pinned },
    wait99: waits[0]!.p99!.mean,
  };
}

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  for (const way of lab.isRough ? FEW : WAYS) all.push(await measured(lab, way));
  const at = (series: string, label: string): At =>
    all.find(({ way }) => way.series === series && way.label === label)!;
  const [first, since] = [at("mapped first", "level 50 %"), at("not used since", "level 50 %")];
  const [late, soon] = [at("expiry", "after 1000 us"), at("expiry", "after 50 us")];
  const held = (one: At): number => one.held.mean / PAGES;
  return {
    table: {
      head: ["given back", "when", "memory held", "faults per DMA", "throughput", "DMA (99 %)"],
      rows: all.map((one) => [
        one.way.series,
        one.way.label,
        percent(held(one), 0),
        one.faults.toFixed(3),
        percent(one.share.mean, 0),
        `${(one.wait99 / 1000).toFixed(1)} us`,
      ]),
    },
    figure: {
      name: "replacement",
      title: "Throughput relative to static pinning, by what is held",
      x: { label: "memory held in % of the guest", scale: "linear" },
      y: { label: "throughput in %", scale: "linear" },
      series: [...new Set(all.map(({ way }) => way.series))].map((series) => ({
        label: series,
        points: all
          .filter(({ way }) => way.series === series)
          .map((one) => ({
            x: 100 * held(one),
            y: 100 * one.share.mean,
            low: 100 * one.share.low,
            high: 100 * one.share.high,
          })),
      })),
    },
    conclusions: [
      {
        sentence: "At 50 %, a second chance for used pages makes fewer DMAs fault than evicting what was mapped first.",
        holds: since.faults < first.faults,
      },
      {
        sentence: "At 50 %, it keeps more of the throughput.",
        holds: since.share.mean > first.share.mean,
      },
      {
        sentence: "The sooner pages expire, the less is held, and the more DMAs fault.",
        holds: held(soon) < held(late) && soon.faults > late.faults,
      },
    ],
  };
}

export const replacement: SimulatedQuestion = {
  name: "replacement",
  title: "Which page is given back",
  question:
    "A tracker of least recently mapped pages could keep a limit, and mappings could expire. How much better is it to know which pages were used since, and how long should a mapping last?",
  rows: [26, 27, 33],
  answer:
    "To know what was used is worth as much as a fifth of the guest: at a level of 50 % a second chance for used pages keeps 46 % of the throughput, and evicting what was mapped first needs 70 % of the guest for 50 %. It has little more than half of the faults. A thread that checks from time to time holds more than the level says: checking every 300 us, 93 % where 50 % are allowed. Expiry needs no limit: pages that expire after 1 ms cost 3 % of the throughput and return 3 % of the memory, and after 50 us they cost 31 % and return 21 %. A thread that checks every 30 us costs 32 % and returns 28 %. A mapping should last many times as long as the device takes to come back to a page.",
  about:
    "lru-limit, hardware any, design thread-direct with what the table says; 32 pages, of which 4 get 90 % of the DMAs, 4 devices with one DMA each; 6 000 DMAs in each of 6 replications, after 0.3 ms and three times as long as a page or a thread waits.",
  assumptions: [
    "Each access sets the accessed bit. Hardware sets it when it walks the page table, and an access that the IOTLB translates does not; without invalidations a page in use then looks unused.",
    "Reading and clearing the bits costs nothing beside the step that picks the page.",
    "A page expires after a time that is drawn for it, whether it is in use or not.",
    "One thread handles all faults, one after the other.",
    "The report of a fault takes no time in this focused model: a fault costs about a third of one on the RFC's board.",
  ],
  varied: ["core", "release"],
  find,
};
