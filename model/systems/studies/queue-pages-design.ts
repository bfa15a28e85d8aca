/** Designs, sizes and knobs of the focused model `queue-pages`: an unmap of pages that a hardware queue has pinned. */
import { IOAS_7_3, type IoasRules } from "../../machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { BoundsName } from "../study.ts";

export interface QueuePagesDesign extends IoasRules {
  readonly name: string;
}

export interface QueuePagesSizes {
  readonly name: string;
  /** How many calls the thread makes that makes and destroys hardware queues. */
  readonly queueCalls: number;
  /** How many calls the thread makes that maps and unmaps. */
  readonly mapCalls: number;
  /** Hardware queues that there can be at a time. */
  readonly queues: number;
}

export const queuePagesHosts = {
  intended: {
    sentence: "An unmap looks at all areas of its range before it takes the first (a proposal).",
    design: { unmapLocked: "refused", unmapWalk: "checks-first" },
  },
  "linux-7.3.4": {
    sentence: "Linux 7.3.4: an unmap goes from area to area, and ends at one that is pinned.",
    design: IOAS_7_3,
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<QueuePagesDesign, "name"> } };

export const queuePagesBounds: { readonly [name in BoundsName]: Omit<QueuePagesSizes, "name"> } = {
  small: { queueCalls: 2, mapCalls: 2, queues: 1 },
  default: { queueCalls: 3, mapCalls: 3, queues: 2 },
  deep: { queueCalls: 5, mapCalls: 4, queues: 2 },
};

export const queuePagesKnobs: KnobTable<QueuePagesDesign> = {
  unmapLocked: {
    id: "J62",
    values: choice({
      refused: "It ends with EBUSY at this area (7.3.4).",
      ignored: "It unmaps the area (deliberate defect).",
    } satisfies { readonly [rule in IoasRules["unmapLocked"]]: string }),
    sentence: "What an unmap does with an area that a hardware queue has pinned.",
  },
  unmapWalk: {
    id: "J62",
    values: choice({
      "checks-first": "It looks at all areas first, and changes nothing where one cannot be unmapped (a proposal).",
      "area-by-area": "It unmaps one area after the other, until one cannot be unmapped (7.3.4).",
    } satisfies { readonly [walk in IoasRules["unmapWalk"]]: string }),
    sentence: "When an unmap of several areas finds out that one of them cannot be unmapped.",
  },
};

export const queuePagesSizeKnobs: KnobTable<QueuePagesSizes> = {
  queueCalls: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 5 },
    sentence: "How many hardware queues one thread makes or destroys.",
  },
  mapCalls: {
    id: "bound",
    values: { kind: "integer", from: 0, to: 4 },
    sentence: "How often the other thread maps or unmaps.",
  },
  queues: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "How many hardware queues there can be at a time.",
  },
};
