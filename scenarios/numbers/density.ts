/** How many guests fit when most of them are idle, and what an idle guest waits for when it wants something. */
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { dmasOf, guestOf, HELD, micros, PAGES, POLICIES, warmUpOf, type Policy } from "./policies.ts";
import { percent } from "./setup.ts";

/** From one DMA of a driver to the next, in ns. */
const IDLE = 20_000_000;
/** How long the host leaves a page, in ns. */
const PATIENCE = 1_000_000;
/** Shares of the guests that are idle. */
const SHARES = [0, 0.5, 0.9, 0.99];

interface At {
  readonly policy: Policy;
  /** Of the pages of a guest, on average. */
  readonly busy: number;
  readonly idle: number;
  /** Of a DMA of an idle guest, from its call to map the buffer to the end, in ns. */
  readonly wait: number;
  readonly wait99: number;
  /** DMAs of a busy guest per ns. */
  readonly perNs: number;
}

async function guest(lab: Lab, policy: Policy, idle?: number) {
  const { work, waits, levels } = await lab.simulate({
    load: guestOf(lab, policy, PATIENCE, idle),
    levels: [HELD],
    waits: true,
    warmUp: warmUpOf(PATIENCE),
    accesses: idle === undefined ? dmasOf(lab) : lab.isRough ? 200 : 800,
    replications: lab.isRough ? 2 : 6,
  });
  return { perNs: work.perNs.mean, held: levels[0]!.mean.mean / PAGES, wait: waits[0]! };
}

async function measured(lab: Lab, policy: Policy): Promise<At> {
  const busy = await guest(lab, policy);
  const idle = await guest(lab, policy, IDLE);
  return {
    policy,
    busy: busy.held,
    idle: idle.held,
    wait: idle.wait.mean!.mean,
    wait99: idle.wait.p99!.mean,
    perNs: busy.perNs,
  };
}

/** Guests in the memory of one, where so many of them are idle. */
const fitting = ({ busy, idle }: At, share: number): number => 1 / ((1 - share) * busy + share * idle);

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  for (const policy of POLICIES) all.push(await measured(lab, policy));
  const at = (host: string): At => all.find(({ policy }) => policy.host === host)!;
  const others = all.filter(({ policy }) => policy.host !== "pin-all" && policy.host !== "viommu");
  const pinned = at("pin-all");
  return {
    table: {
      head: [
        "policy",
        "a busy guest holds",
        "an idle one",
        ...SHARES.map((share) => `guests, ${percent(share, 0)} idle`),
        "throughput of a busy one",
        "idle guest: DMA (mean)",
        "DMA (99 %)",
      ],
      rows: all.map((one) => [
        one.policy.label,
        percent(one.busy, 0),
        percent(one.idle, 1),
        ...SHARES.map((share) => fitting(one, share).toFixed(1)),
        percent(one.perNs / pinned.perNs, 0),
        micros(one.wait),
        micros(one.wait99),
      ]),
    },
    figure: {
      name: "density",
      title: "Guests that fit into the memory of one, by how many of them are idle",
      x: { label: "busy guests in %", scale: "log" },
      y: { label: "guests that fit", scale: "log" },
      series: all.map((one) => ({
        label: one.policy.label,
        points: [...SHARES].reverse().map((share) => ({ x: 100 * (1 - share), y: fitting(one, share) })),
      })),
    },
    conclusions: [
      {
        sentence: "With all memory pinned one guest fits, however many are idle.",
        holds: SHARES.every((share) => Math.abs(fitting(pinned, share) - 1) < 0.01),
      },
      {
        sentence: "Each other policy lets at least five guests fit where nine of ten are idle.",
        holds: [at("viommu"), ...others].every((one) => fitting(one, 0.9) >= 5),
      },
      {
        sentence: "A busy guest of each policy but a virtual IOMMU keeps at least two thirds of its throughput.",
        holds: others.every(({ perNs }) => perNs >= (2 / 3) * pinned.perNs),
      },
      {
        sentence:
          "An idle guest waits at least five times as long for a DMA as with all memory pinned, but for a snooped ring.",
        holds: [...others.filter(({ policy }) => policy.host !== "snoop"), at("viommu")].every(
          ({ wait }) => wait >= 5 * pinned.wait,
        ),
      },
    ],
  };
}

export const density: SimulatedQuestion = {
  name: "density",
  title: "Density: guests that are mostly idle",
  question:
    "How many guests fit into the memory of one, at which throughput, if most of them are idle most of the time? What does an idle guest wait for when it wants a DMA?",
  rows: [2, 3, 4],
  answer:
    "With nine of ten guests idle, ten fit with coIOMMU, page faults, a backup ring, VPRI or a snooped ring, and one with all memory pinned; with 99 of 100 idle it is 64 to 66. An idle guest that wants nothing of its device for 20 ms holds less than 1 % of its memory, and a busy one 92 to 94 %, so the busy ones decide. Those keep 74 to 94 % of their throughput; where costs are varied, not all of them keep two thirds. A virtual IOMMU lets far more guests fit, at 2 % of the throughput. The price is paid by the idle guest: its DMA takes 7 to 9 us on average where it has to trap or to fault, 0.9 us with all memory pinned, and 2.6 us with a snooped ring.",
  about:
    "policies, hardware any, designs pin-all, viommu, coiommu, rfc-v1, backup-ring, vpri and snoop; 32 pages, of which 4 get 90 % of the DMAs, 4 drivers with one DMA each at a time; the host leaves a page for 1 ms; 3 000 DMAs of a busy guest and 800 of an idle one in each of 6 replications, after 3.3 ms.",
  assumptions: [
    "A guest is busy or idle for long: each kind is simulated alone, and what guests hold together is the average of both kinds.",
    "A driver of an idle guest waits for 20 ms on average before its next DMA, a busy one for nothing.",
    "The host requests any page that is not in use after 1 ms on average, whether memory is short or not.",
    "An idle guest has drivers with the same 4 hot pages; it touches no page in between.",
    "Each guest has a handler thread of its own, and a CPU for it: guests do not wait for each other.",
    "A page comes back from free memory, and not from a disk.",
  ],
  varied: ["trap", "report", "snoop", "driver"],
  find,
};
