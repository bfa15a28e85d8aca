/**
 * What the steps of the fault path take, by name. The board of the RFC (Kunpeng 920, stalls) is the only one with published
 * numbers; what no source has is assumed, and says so.
 */
import type { Basis, Cost } from "../../checker/measure/cost.ts";

const PUBLISHED = (clause: string): Basis => ({ source: { document: "VFIO facts", clause: `1.6: ${clause}` } });

export interface NamedCost {
  readonly sentence: string;
  readonly ns: number;
  readonly basis: Basis;
}

export const costs = {
  access: {
    sentence: "A DMA access of 4 kB.",
    ns: 465,
    basis: PUBLISHED("8804512 KB/s without faults (1 MB, 5000 times), which is 4 KB in 454 to 465 ns"),
  },
  translation: {
    sentence: "A Translation Request of a device and its completion (PCIe ATS).",
    ns: 500,
    basis: { assumed: "a round trip over PCIe" },
  },
  report: {
    sentence: "From the record of a fault to the thread of the driver: event queue, interrupt, wake-up.",
    ns: 6000,
    basis: {
      assumed: "RFC v2 tells 10.5 us for a fault and 1.6 us for its handler; most of the rest is given to this",
    },
  },
  core: {
    sentence: "A step of the IOPF core: a lock, a look-up, an allocation.",
    ns: 300,
    basis: { assumed: "the rest of the 10.5 us of a fault is divided among the steps of the core" },
  },
  handler: {
    sentence: "A step of VFIO's handler; a fault of a page that is not mapped takes seven.",
    ns: 230,
    basis: PUBLISHED("1.6 us in VFIO's handler, divided by its seven steps"),
  },
  resume: {
    sentence: "From a command in the command queue to its effect: CMD_RESUME, an invalidation, CMD_SYNC.",
    ns: 700,
    basis: { assumed: "the rest of the 10.5 us of a fault, after the report and the core" },
  },
  release: {
    sentence: "A step of the release of a page: unmap, invalidate, wait, unpin, uncharge, clear the bit.",
    ns: 230,
    basis: { assumed: "as a step of the handler" },
  },
  driver: {
    sentence: "What a guest's driver does before it maps a buffer, starts a DMA, or unmaps the buffer.",
    ns: 200,
    basis: { assumed: "a few hundred instructions" },
  },
  trap: {
    sentence: "A call of the guest that the host has to serve: the exit to the VMM, its thread, and the way back.",
    ns: 5000,
    basis: { assumed: "an exit that ends in user space, and the wake-up of a thread" },
  },
  snoop: {
    sentence: "A look of a host thread at the available ring, and a copy of a descriptor to the shadow ring.",
    ns: 200,
    basis: { assumed: "a thread that polls: a cache line of another CPU, and a few stores" },
  },
  pressure: {
    sentence: "How long the host leaves a page before it requests it back, on average.",
    ns: 1_000_000,
    basis: { assumed: "short, so that pages come back within a simulation; vary it" },
  },
  period: {
    sentence: "From one check of the limit to the next, where a thread checks from time to time.",
    ns: 100_000,
    basis: { assumed: "the RFC thread names no period; vary it" },
  },
  expiry: {
    sentence: "From one page that expires to the next; which one it is, is drawn.",
    ns: 100_000,
    basis: { assumed: "the RFC thread names no time; vary it" },
  },
} satisfies { readonly [name: string]: NamedCost };

export type CostName = keyof typeof costs;

export const isCostName = (name: string): name is CostName => Object.hasOwn(costs, name);

/** Costs that somebody gives in the place of those above, in ns. */
export type GivenCosts = { readonly [name in CostName]?: number };

/** A Markov chain has exponential times only. */
export function costOf(name: CostName, given: GivenCosts): Cost {
  const own = given[name];
  const { ns, basis }: NamedCost = costs[name];
  return {
    distribution: "exponential",
    mean: own ?? ns,
    unit: "ns",
    basis: own === undefined ? basis : { assumed: `${name} was given as ${own} ns` },
  };
}
