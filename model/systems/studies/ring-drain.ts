/** A drain that waits for a mark in a ring of faults, beside the thread that handles them and a reset that empties the ring. */
import { call, takesSteps, type Route } from "../../../checker/system.ts";
import { faultRing } from "../../machines/device/fault-ring.ts";
import { ringDrain } from "../../machines/linux/iommu/drivers/teardown/ring-drain.ts";
import { ringHandler, ringReset } from "../../machines/linux/iommu/drivers/teardown/ring-threads.ts";
import type { Study } from "../study.ts";
import {
  ringDrainBounds,
  ringDrainHosts,
  ringDrainKnobs,
  ringDrainSizeKnobs,
  type RingDrainDesign,
  type RingDrainSizes,
} from "./ring-drain-design.ts";

const CUT =
  "One device with one ring, one thread that handles entries and one that drains. What a handler does is left out, and so are " +
  "the end of the ring, overflow, and timestamps that are equal or wrap. Hidden: two drains at a time, the soft ring of amdgpu, " +
  "and a reset that waits for handlers.";

const ROUTES: readonly Route[] = [
  call("ring-handler", ["ring.pops"], "ring", "block"),
  call("ring-handler", ["entry.was-handled"], "ring"),
  call("ring-drain", ["reset-lock.is-taken"], "ring", "block"),
  call("ring-drain", ["ring.is-read", "reset-lock.is-tried", "reset-lock.is-dropped"], "ring"),
  call("ring-reset", ["reset-lock.is-taken"], "ring", "block"),
  call("ring-reset", ["ring.is-emptied", "ring.starts", "reset-lock.is-dropped"], "ring"),
  call("fault-ring", ["ring.tells", "reset-lock.answers"], "drain"),
  /** Nobody waits for it. */
  call("fault-ring", ["ring.wakes"], "drain", "drop"),
];

export const ringDrainStudy: Study<RingDrainDesign, RingDrainSizes> = {
  name: "ring-drain",
  sentence: "A drain waits for a mark in a ring of faults, which a reset empties.",
  cut: CUT,
  hosts: ringDrainHosts,
  knobs: ringDrainKnobs,
  sizeKnobs: ringDrainSizeKnobs,
  bounds: ringDrainBounds,
  compose: ({ resetWakes, stampsRestart, resetLock, waitEnds, timesOut }, { faults, resets, drains }) => ({
    components: {
      ring: {
        machine: faultRing,
        input: { most: faults, stampsRestart, resetWakes },
        role: "fault-ring",
        events: [{ type: "device.faults" }],
      },
      handler: { machine: ringHandler, role: "ring-handler", events: [{ type: "handler.steps" }] },
      reset: {
        machine: ringReset,
        input: { resets },
        role: "ring-reset",
        events: [{ type: "reset.begins" }, { type: "reset.steps" }],
      },
      drain: {
        machine: ringDrain,
        input: { rules: { resetLock, waitEnds, timesOut }, drains },
        role: "ring-drain",
        events: [
          { type: "drain.begins" },
          { type: "drain.steps" },
          { type: "drain.looks" },
          ...(timesOut ? [{ type: "drain.times-out" }] : []),
        ],
      },
    },
    /** All faults, resets and drains may be over; DRN-3 (drain-beside-reset-returns) is about a drain that is not. */
    deadlock: "allowed",
    routes: ROUTES,
    fairness: {
      threads: [
        takesSteps("handler", "strong", ["handler.steps"]),
        takesSteps("reset", "strong", ["reset.steps"]),
        takesSteps("drain", "strong", ["drain.steps", "drain.looks"]),
      ],
    },
  }),
};
