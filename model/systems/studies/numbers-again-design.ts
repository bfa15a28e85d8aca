/** Designs and sizes of the focused model `numbers-again`: who gives numbers out again, when, and in which order. */
import type { NumberOrder } from "../../machines/linux/lib/number-space.ts";
import type { EventRingContext } from "../../machines/linux/iommu/numbers/event-ring.ts";
import type { NumberEnd } from "../../machines/linux/iommu/numbers/number-orders.ts";
import { choice, type KnobTable } from "../../knobs.ts";
import type { BoundsName } from "../study.ts";

export interface NumbersAgainDesign {
  readonly name: string;
  readonly numberOrder: NumberOrder;
  readonly numberEnd: NumberEnd;
  readonly childNumber: "cleared" | "inherited";
  readonly eventCarries: EventRingContext["compares"];
}

export interface NumbersAgainSizes {
  readonly name: string;
  readonly numberOwners: number;
  readonly numberCount: number;
  readonly ownerLives: number;
  readonly waitingEvents: number;
}

const INTENDED: Omit<NumbersAgainDesign, "name"> = {
  numberOrder: "lowest",
  numberEnd: "standard",
  childNumber: "cleared",
  eventCarries: "number",
};

export const numbersAgainHosts = {
  intended: {
    sentence:
      "Global PASIDs of Linux 7.3.4 over VT-d: the lowest free one, given back when the device is stopped and drained.",
    design: INTENDED,
  },
  "amdgpu-before-fix": {
    sentence: "PASIDs of amdgpu before 14b81abe7bdc: the lowest free one, given back while faults with it wait.",
    design: { ...INTENDED, numberEnd: "undrained" },
  },
  "linux-7.3.4-amdgpu": {
    sentence: "PASIDs of amdgpu in 7.3.4: given out in turn, so that one that was given back comes again late.",
    design: { ...INTENDED, numberOrder: "cyclic", numberEnd: "undrained" },
  },
  "linux-7.3.4-vdevice": {
    sentence: "Virtual IDs of iommufd in 7.3.4: user space picks them, and a device goes on with its old one (J29).",
    design: { ...INTENDED, numberOrder: "any", numberEnd: "device-goes-on" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<NumbersAgainDesign, "name"> } };

const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const numbersAgainKnobs: KnobTable<NumbersAgainDesign> = {
  numberOrder: {
    id: "D10",
    values: choice({
      lowest: "The lowest free one, at once (ida_alloc_range(), xa_alloc()).",
      cyclic: "In turn, and from the start again at the end (idr_alloc_cyclic(), xa_alloc_cyclic()).",
      any: "Any free one, which its owner picks (virtual IDs, group indices).",
      retired: "The lowest one that was never given out (the tombstone of a vDEVICE).",
    }),
    sentence: "Which number is given out next.",
  },
  numberEnd: {
    id: "I18",
    values: choice({
      standard: "The device stops, what it has sent is drained, and the number is given back.",
      undrained: "The device stops, and the number is given back while events with it wait (CVE-2026-31462).",
      "free-first": "The number is given back before the device stops (before 2667ed10d9f0).",
      "device-goes-on": "The number is given back, and the device goes on with it (J29).",
      "drain-first": "What the device has sent is drained before it stops (deliberate defect).",
      "never-freed": "The number is never given back (deliberate defect).",
    }),
    sentence: "What the owner of a number does at its end.",
  },
  childNumber: {
    id: "I18",
    values: choice({
      cleared: "A child has no number of its parent (mm_pasid_init()).",
      inherited: "A child has the number of its parent, and gives it back too (deliberate defect).",
    }),
    sentence: "What a child has of the number of its parent after a fork.",
  },
  eventCarries: {
    id: "D10",
    values: choice({
      number: "The number alone.",
      "number-and-life": "The number and which use of it this is, which a look-up compares (a proposal).",
    }),
    sentence: "What an event says of its owner.",
  },
};

export const numbersAgainSizeKnobs: KnobTable<NumbersAgainSizes> = {
  numberOwners: { id: "bound", values: integer(2, 3), sentence: "Number of owners: processes, vDEVICEs." },
  numberCount: { id: "bound", values: integer(1, 3), sentence: "How many numbers there are." },
  ownerLives: { id: "bound", values: integer(1, 3), sentence: "How often each owner may begin." },
  waitingEvents: { id: "bound", values: integer(1, 2), sentence: "How many events may wait." },
};

const SMALL: Omit<NumbersAgainSizes, "name"> = { numberOwners: 2, numberCount: 2, ownerLives: 2, waitingEvents: 1 };

export const numbersAgainBounds: { readonly [name in BoundsName]: Omit<NumbersAgainSizes, "name"> } = {
  small: SMALL,
  default: { ...SMALL, numberCount: 3, ownerLives: 2, waitingEvents: 2 },
  deep: { numberOwners: 3, numberCount: 3, ownerLives: 2, waitingEvents: 2 },
};
