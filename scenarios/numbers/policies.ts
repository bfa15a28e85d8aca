/** When memory is pinned: what each policy costs a DMA, what it holds, and how many guests fit then. */
import { costs } from "../../model/costs/costs.ts";
import { policiesHosts } from "../../model/systems/studies/policies-design.ts";
import { drivenBy } from "../../model/workloads/wired.ts";
import type { Interval } from "../../checker/measure/simulate/student.ts";
import type { Level } from "../../checker/measure/level.ts";
import type { Finding, Lab, Run, SimulatedQuestion } from "./lab.ts";
import { percent } from "./setup.ts";

export const PAGES = 32;
const DRIVERS = 4;
const HOT = { pick: "hot-set", itemPages: 1, hot: 4, share: 0.9 } as const;
/** How long the host leaves a page, in ns. */
const PATIENCE = [1_000_000, 100_000, 30_000];
const SHORT = 100_000;

/** A cold guest maps its pages in the first part of it; then what is held settles as fast as pages are left alone. */
export const warmUpOf = (patience: number): number => 300_000 + 3 * patience;
/** So many DMAs take several times as long as a page is left alone. */
export const dmasOf = ({ isRough }: Lab): number => (isRough ? 1_000 : 3_000);

export interface Policy {
  readonly label: string;
  readonly host: string;
  /** What waits in it: calls of the guest that trap, and faults of devices. */
  readonly traps?: boolean;
  readonly faults?: "faults" | "ring.offers";
  /** Whether the host's requests change anything. */
  readonly gives: boolean;
}

export const POLICIES: readonly Policy[] = [
  { label: "pin all", host: "pin-all", gives: false },
  { label: "virtual IOMMU", host: "viommu", traps: true, gives: false },
  { label: "coIOMMU", host: "coiommu", traps: true, gives: true },
  { label: "page faults", host: "rfc-v1", faults: "faults", gives: true },
  { label: "backup ring", host: "backup-ring", faults: "ring.offers", gives: true },
  { label: "VPRI", host: "vpri", faults: "faults", gives: true },
  { label: "snooped ring", host: "snoop", gives: true },
];

interface At {
  readonly policy: Policy;
  readonly patience: number;
  readonly perNs: Interval;
  readonly wait99: number;
  readonly traps: number;
  readonly faults: number;
  /** Of the pages. */
  readonly held: Interval;
  /** What two DMAs for each page take a cold guest longer than a warm one, in ns; undefined: within the intervals. */
  readonly cold: number | undefined;
}

/** A guest under a policy. `idle`: how long each of its drivers waits before the next DMA; without it they are always busy. */
export function guestOf(lab: Lab, { host }: Policy, patience: number, idle?: number): Run["load"] {
  const sizes = { name: "large", pages: PAGES, drivers: DRIVERS, guestLies: false };
  const pressure = (patience * (lab.costs.pressure ?? costs.pressure.ns)) / costs.pressure.ns;
  const design = { name: host, ...policiesHosts[host]!.design };
  return { ...drivenBy(design, sizes, HOT, idle), costs: { ...lab.costs, pressure }, times: "exponential" };
}

export const HELD: Level = { label: "held", role: "policy-container", field: "mapped" };

async function measured(lab: Lab, policy: Policy, patience: number): Promise<At> {
  const { traps, faults } = policy;
  const load = guestOf(lab, policy, patience);
  const counts = [...(traps ? ["traps"] : []), ...(faults ? [faults] : [])];
  const replications = lab.isRough ? 2 : 6;
  const warm = await lab.simulate({
    load,
    counts,
    levels: [HELD],
    waits: true,
    warmUp: warmUpOf(patience),
    accesses: dmasOf(lab),
    replications,
  });
  const cold = lab.isRough ? undefined : await lab.simulate({ load, accesses: 2 * PAGES, replications });
  const counted = (name: string): number =>
    counts.includes(name) ? warm.counted[counts.indexOf(name)]!.perWork!.mean : 0;
  return {
    policy,
    patience,
    perNs: warm.work.perNs,
    wait99: warm.waits[0]!.p99!.mean,
    traps: counted("traps"),
    faults: faults === undefined ? 0 : counted(faults),
    held: warm.levels[0]!.mean,
    cold: cold && coldOf(cold.ns, warm.work.perNs),
  };
}

function coldOf({ mean, low }: Interval, perNs: Interval): number | undefined {
  const dmas = 2 * PAGES;
  return low! > dmas / perNs.low! ? mean - dmas / perNs.mean : undefined;
}

export const micros = (ns: number): string => `${(ns / 1000).toFixed(1)} us`;
const patienceWords = (ns: number): string => (ns >= 1e6 ? `${ns / 1e6} ms` : `${ns / 1000} us`);

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  for (const policy of POLICIES)
    for (const patience of policy.gives && !lab.isRough ? PATIENCE : [SHORT])
      all.push(await measured(lab, policy, patience));
  const at = (host: string): At => all.find((one) => one.policy.host === host && one.patience === SHORT)!;
  const pinned = at("pin-all").perNs.mean;
  const share = ({ perNs }: At): number => perNs.mean / pinned;
  /** Of one DMA of one driver: what it takes longer than with all memory pinned. */
  const extra = ({ perNs }: At): number => DRIVERS / perNs.mean - DRIVERS / pinned;
  const held = (one: At): number => one.held.mean / PAGES;
  const guests = (one: At): number => 1 / held(one);
  return {
    table: {
      head: [
        "policy",
        "page left for",
        "memory held",
        "guests that fit",
        "throughput",
        "all guests",
        "wait per DMA",
        "DMA (99 %)",
        "traps",
        "faults",
        "cold start",
      ],
      rows: all.map((one) => [
        one.policy.label,
        one.policy.gives ? patienceWords(one.patience) : "-",
        percent(held(one), 0),
        guests(one).toFixed(1),
        percent(share(one), 0),
        percent(share(one) * guests(one), 0),
        micros(Math.max(0, extra(one))),
        micros(one.wait99),
        one.traps.toFixed(2),
        one.faults.toFixed(3),
        one.cold === undefined ? "not seen" : micros(one.cold),
      ]),
    },
    figure: {
      name: "policies",
      title: "Guests that fit into the memory of one, and the throughput of each",
      x: { label: "guests that fit", scale: "log" },
      y: { label: "throughput in % of a pinned guest", scale: "linear" },
      series: POLICIES.map((policy) => ({
        label: policy.label,
        points: all
          .filter((one) => one.policy === policy)
          .map((one) => ({
            x: guests(one),
            y: 100 * share(one),
            low: Math.max(0, (100 * (one.perNs.low ?? 0)) / pinned),
            high: (100 * (one.perNs.high ?? one.perNs.mean)) / pinned,
          })),
      })),
    },
    conclusions: [
      {
        sentence: "A virtual IOMMU holds the least memory, and has the lowest throughput.",
        holds: all.every((one) => held(one) >= held(at("viommu")) && share(one) >= share(at("viommu"))),
      },
      {
        sentence:
          "Where pages are left for 100 us, a snooped ring keeps more of the throughput than coIOMMU, and coIOMMU more than page faults.",
        holds: share(at("snoop")) > share(at("coiommu")) && share(at("coiommu")) > share(at("rfc-v1")),
      },
      {
        sentence: "Page faults hold less memory then than coIOMMU and a snooped ring.",
        holds: [at("coiommu"), at("snoop")].every((one) => held(one) > held(at("rfc-v1"))),
      },
      {
        sentence: "Guests with page faults or coIOMMU do less together then than one guest with all memory pinned.",
        holds: [at("coiommu"), at("rfc-v1")].every((one) => share(one) * guests(one) < 1),
      },
      {
        sentence: "coIOMMU traps for less than a quarter of the DMAs then, and a virtual IOMMU about twice for each.",
        holds: at("coiommu").traps < 1 / 4 && at("viommu").traps > 1.9,
      },
    ],
  };
}

export const policiesQuestion: SimulatedQuestion = {
  name: "policies",
  title: "When memory is pinned: policies side by side",
  question:
    "How do page faults compare with pinning all memory, a virtual IOMMU, coIOMMU, a backup ring, VPRI and a snooped ring: what does a DMA wait for, how much memory is held, what does a cold start cost, and how many guests fit?",
  rows: [2, 3, 4, 18, 50],
  answer:
    "A virtual IOMMU traps twice for each DMA that maps its own buffer: 16 guests fit, with 2 % of the throughput. All others hold nearly everything where the host leaves a page for 1 ms, and keep 87 to 94 % of the throughput, a snooped ring 74 %. What they cost under pressure is who waits. Where a page is left for 100 us, a snooped ring keeps 62 % of the throughput and 1.6 guests fit; coIOMMU keeps 52 % with 1.7 guests, because one DMA in 14 traps; page faults, a backup ring and VPRI keep 25 to 31 % with 2.3 to 2.7 guests, because one DMA in 8 to 10 faults. All busy guests that fit do together 68 to 107 % of what one pinned guest does, and 41 % with a virtual IOMMU. Density pays for guests that are not always busy, as the next question says. A packet in the backup ring waits as long as a DMA that faults. VPRI spares the IOMMU's page requests, and not the waiting. The cold start of 32 pages takes 63 us with all memory pinned, 41 to 62 us with coIOMMU, 62 to 122 us with faults, and at most 12 us with a snooped ring, where nobody waits for a trap or a report.",
  about:
    "policies, hardware any, designs pin-all, viommu, coiommu, rfc-v1, backup-ring, vpri and snoop; 32 pages, of which 4 get 90 % of the DMAs, 4 drivers with one DMA each at a time; 3 000 DMAs in each of 6 replications, after 0.3 ms and three times as long as a page is left.",
  assumptions: [
    "The host requests any page that is not in use, whether it is hot or not, after a time that is drawn for it.",
    "All guests: the throughput of one times the guests that fit, relative to one guest with all memory pinned.",
    "Every guest is busy all the time; the next question has idle ones.",
    "A cold start is not seen where it is within the intervals of a warm one.",
    "A driver maps its buffer for one DMA and unmaps it. A guest that keeps its mappings traps less with a virtual IOMMU, and returns nothing.",
    "Guests that fit are the memory of one divided by what is held on average: what many guests hold together varies little.",
    "All drivers share one thread of the host that pins and maps, page after page; DMA_MAP of a whole guest is faster.",
    "coIOMMU's thread unpins nothing by itself, as in crosvm; a balloon requests pages.",
    "A page comes back from free memory, and not from a disk.",
    "The thread that snoops has a CPU to itself; at high rates VIO switches to passthrough, which these numbers do not have.",
  ],
  varied: ["trap", "report", "snoop", "driver"],
  find,
};
