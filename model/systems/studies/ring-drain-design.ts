/** Designs, sizes and knobs of the focused model `ring-drain`: a drain that waits for a mark, beside a reset. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { DrainRules } from "../../machines/linux/iommu/drivers/teardown/ring-drain.ts";
import type { BoundsName } from "../study.ts";

export interface RingDrainDesign extends DrainRules {
  readonly name: string;
  readonly resetWakes: boolean;
  readonly stampsRestart: boolean;
}

export interface RingDrainSizes {
  readonly name: string;
  readonly faults: number;
  readonly resets: number;
  readonly drains: number;
}

const INTENDED: Omit<RingDrainDesign, "name"> = {
  resetLock: "waits",
  waitEnds: "reached-or-idle",
  timesOut: false,
  resetWakes: true,
  stampsRestart: false,
};
const AMDGPU = { ...INTENDED, waitEnds: "passed-or-empty", timesOut: true, resetWakes: false } as const;

export const ringDrainHosts = {
  intended: {
    sentence: "A drain keeps a reset away, and waits until its mark was handled or nothing is.",
    design: INTENDED,
  },
  "linux-6.12.117-amdgpu": {
    sentence: "amdgpu in Linux 6.12.117 and 7.3.4: a drain passes over a GPU in reset.",
    design: { ...AMDGPU, resetLock: "tries" },
  },
  "linux-6.1.192-amdgpu": {
    sentence: "amdgpu in Linux 6.1.192: nothing keeps a reset from the ring while it is drained.",
    design: { ...AMDGPU, resetLock: "none" },
  },
} as const satisfies { readonly [name: string]: { sentence: string; design: Omit<RingDrainDesign, "name"> } };

export const ringDrainBounds: { readonly [name in BoundsName]: Omit<RingDrainSizes, "name"> } = {
  small: { faults: 2, resets: 1, drains: 1 },
  default: { faults: 3, resets: 2, drains: 2 },
  deep: { faults: 4, resets: 2, drains: 3 },
};

const flag = { kind: "flag" } as const;

export const ringDrainKnobs: KnobTable<RingDrainDesign> = {
  resetLock: {
    id: "S29",
    values: choice({
      waits: "It takes the lock of the reset before it reads the mark, and waits for it.",
      tries: "It tries to take that lock, and passes over a device in reset (amdgpu since 5b57c3c3f223).",
      "after-mark": "It takes that lock after it has read the mark (deliberate defect).",
      none: "It takes no lock (amdgpu before 5b57c3c3f223).",
    }),
    sentence: "What a drain does about a reset.",
  },
  waitEnds: {
    id: "L3",
    values: choice({
      "reached-or-idle": "The mark was handled, or the ring is empty and no entry is being handled.",
      "passed-or-empty":
        "A later stamp than the mark was handled, or both pointers are the same (amdgpu since 2021-12).",
      reached: "The mark was handled (amdgpu of 2021-11).",
      position: "The read pointer has come to the position of the mark.",
    }),
    sentence: "What ends the wait of a drain.",
  },
  timesOut: { id: "L3", values: flag, sentence: "Whether a drain gives up after a second." },
  resetWakes: { id: "L3", values: flag, sentence: "Whether a reset that empties the ring wakes who waits for it." },
  stampsRestart: { id: "S29", values: flag, sentence: "Whether the device counts its stamps from 0 after a reset." },
};

export const ringDrainSizeKnobs: KnobTable<RingDrainSizes> = {
  faults: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "How many faults the device sends." },
  resets: { id: "bound", values: { kind: "integer", from: 0, to: 2 }, sentence: "How often the device is reset." },
  drains: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "How often the ring is drained." },
};
