/** The focused models as something to simulate, at any size: what the devices are given to do, and who does it. */
import type { Choice, RateRule } from "../../checker/measure/rates.ts";
import type { Cost } from "../../checker/measure/cost.ts";
import { range } from "../systems/configuration.ts";
import type { Wiring } from "../systems/study.ts";
import { lruLimit } from "../systems/studies/lru-limit.ts";
import type { LruDesign, LruSizes } from "../systems/studies/lru-limit-design.ts";
import { policies } from "../systems/studies/policies.ts";
import type { PoliciesDesign, PoliciesSizes } from "../systems/studies/policies-design.ts";
import { weightsOf, type Workload } from "./workload.ts";

/** A system without a page fault path, and the two steps between which a piece of work is under way. */
export interface Wired {
  readonly wiring: Wiring;
  readonly choices: readonly Choice[];
  /** Times of the workload, in the place of those of the project. */
  readonly paces?: readonly RateRule[];
  readonly begins: string;
  readonly ends: string;
}

const idleFor = (mean: number): Cost => ({
  distribution: "exponential",
  mean,
  unit: "ns",
  basis: { assumed: "how long an idle guest wants nothing of its device" },
});

/**
 * Guest drivers that map a page each, have one DMA done, and unmap it. `idle`: how long a driver waits before its next DMA, in ns
 * on average; without it a driver is always busy.
 */
export function drivenBy(design: PoliciesDesign, sizes: PoliciesSizes, workload: Workload, idle?: number): Wired {
  const maps = "policy-guest: guest.maps";
  const weights = weightsOf(workload, sizes.pages);
  return {
    wiring: policies.compose(design, sizes),
    choices: [
      ...range(sizes.pages).map((page) => ({ step: maps, fields: { page }, weight: weights[page]! })),
      { step: "policy-guest: guest.starts", in: "used", weight: 0 },
      { step: "policy-guest: guest.unmaps", in: "mapped", weight: 0 },
    ],
    ...(idle !== undefined && { paces: [{ step: maps, timing: { kind: "timed", cost: idleFor(idle) } }] }),
    begins: maps,
    ends: "policy-guest: guest.unmaps",
  };
}

/** Devices whose work is one page each, with a limit on what their faults keep mapped. */
export function limitedTo(design: LruDesign, sizes: LruSizes, workload: Workload): Wired {
  const starts = "work-item: item.starts";
  const weights = weightsOf(workload, sizes.hotPages);
  return {
    wiring: lruLimit.compose(design, sizes),
    choices: range(sizes.hotPages).map((page) => ({ step: starts, fields: { pages: [page] }, weight: weights[page]! })),
    begins: starts,
    ends: "work-item: item.retires",
  };
}
