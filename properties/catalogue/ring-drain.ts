/** DRN: a drain that waits for a mark in a ring of faults, which a reset empties. */
import { always, each, leadsTo, sometimes } from "../../checker/property.ts";
import type { FaultRingContext } from "../../model/machines/device/fault-ring.ts";
import type { RingDrainContext } from "../../model/machines/linux/iommu/drivers/teardown/ring-drain.ts";
import type { RingDrainDesign, RingDrainSizes } from "../../model/systems/studies/ring-drain-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule } from "./sources.ts";

type Condition = (host: RingDrainDesign, bounds: RingDrainSizes) => boolean;
const here = (condition?: Condition) => inStudy<RingDrainDesign, RingDrainSizes>("ring-drain", condition);
const resets: Condition = (_, sizes) => sizes.resets > 0;
const waitsForEver: Condition = ({ timesOut }) => !timesOut;

const ring = each<FaultRingContext>("fault-ring");
const drain = each<RingDrainContext>("ring-drain");
const FIX = { document: "commit 5b57c3c3f223", clause: "svm_range_drain_retry_fault()" };

export const drn = [
  always({
    id: "DRN-1",
    name: "drained-faults-handled",
    statement: "After a drain has returned, no fault from before it waits in the ring or is being handled.",
    source: coreRule("2.1"),
    witness: "DRN-2",
    applies: here(),
    reads: { ring, drain },
    given: {
      "the drain has returned": ({ drain: { state, context } }) => state === "idle" && context.outcome === "drained",
    },
    parts: {
      "no such fault waits": ({ ring: { context: r }, drain: { context: d } }) =>
        r.waiting.every(({ id }) => id > d.upTo),
      "none is being handled": ({ ring: { context: r }, drain: { context: d } }) =>
        r.handling === null || r.handling.id > d.upTo,
    },
  }),
  sometimes({
    id: "DRN-2",
    name: "drain-waits-for-fault",
    statement: "A drain waits while a fault from before it is in the ring.",
    source: coreRule("2.1"),
    applies: here(),
    reads: { ring, drain },
    holds: ({ ring: { context: r }, drain: { state, context: d } }) =>
      state === "waiting" && r.waiting.some(({ id }) => id <= d.upTo),
  }),
  leadsTo({
    id: "DRN-3",
    name: "drain-beside-reset-returns",
    statement: "A drain returns, if the threads keep running and no fault follows.",
    source: coreRule("L3"),
    witness: "DRN-4",
    applies: here((host, sizes) => waitsForEver(host, sizes) && resets(host, sizes)),
    reads: { drain },
    when: ({ drain: { state } }) => state !== "idle",
    eventually: ({ drain: { state } }) => state === "idle",
    assumes: ["threads"],
  }),
  sometimes({
    id: "DRN-4",
    name: "reset-meets-drain",
    statement: "A device is in reset while a drain has begun and has not returned.",
    source: FIX,
    applies: here(resets),
    reads: { ring, drain },
    holds: ({ ring: { context: r }, drain: { state } }) => r.lock === "reset" && state !== "idle",
  }),
  always({
    id: "DRN-5",
    name: "no-read-in-reset",
    statement: "No drain reads the write pointer of a device in reset.",
    source: FIX,
    witness: "DRN-4",
    applies: here(resets),
    reads: { ring },
    holds: ({ ring: { context } }) => !context.misread,
  }),
  always({
    id: "DRN-6",
    name: "return-means-drained",
    statement: "A drain returns only when it has drained.",
    source: hardwareRule("S29"),
    witness: "DRN-2",
    applies: here(),
    reads: { drain },
    holds: ({ drain: { context } }) => context.outcome === "none" || context.outcome === "drained",
  }),
];
