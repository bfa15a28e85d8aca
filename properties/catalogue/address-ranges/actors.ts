/** RNG: who waits for a range, who asks for pages of it, and who may probe one. */
import { all, always, each, leadsTo, sometimes, type Property } from "../../../checker/property.ts";
import { overlap, rangeOf } from "../../../model/machines/linux/vfio/type1/ranges/address.ts";
import { frameAt } from "../../../model/machines/linux/vfio/type1/ranges/process-memory.ts";
import { longestRange, reservedPages } from "../../../model/systems/studies/address-ranges-space.ts";
import {
  built,
  covers,
  device,
  domains,
  driver,
  extentOf,
  framesOf,
  handler,
  inRanges,
  list,
  lock,
  loop,
  loops,
  memory,
} from "./reads.ts";
import { coreRule, vfioRule } from "../sources.ts";

const withFaults = inRanges((_, { rangeFaults }) => rangeFaults);
const withDriver = inRanges((_, { cacheDriver }) => cacheDriver);
const withProbe = inRanges((_, { attachProbe, reservedWindow }) => attachProbe && reservedWindow !== "none");
/** A run of frames can be longer than a batch. */
const isLong = inRanges(
  ({ mapMode }, sizes) =>
    mapMode !== "lazy" &&
    sizes.reservedWindow === "none" &&
    sizes.memoryLayout !== "mmio-inside" &&
    longestRange(sizes) > sizes.batchPages,
);
const stallsFaults = inRanges(
  ({ mapMode }, sizes) => sizes.rangeFaults && mapMode === "either" && longestRange(sizes) > sizes.batchPages,
);
const probe = each("attach-probe");

export const rngActors: readonly Property[] = [
  always({
    id: "RNG-20",
    name: "nothing-in-reserved-region",
    statement: "Nothing is mapped in a reserved region.",
    source: vfioRule("I-29, B-15"),
    witness: "RNG-21",
    applies: inRanges((_, { reservedWindow }) => reservedWindow !== "none"),
    reads: { built, list, domains },
    holds: ({ built: { bounds }, list: { context }, domains: those }) =>
      reservedPages(bounds).every(
        (page) =>
          those.every((domain) => domain.context.frames[page] === null) &&
          context.dmas.every(
            (dma) => !overlap(extentOf(dma), rangeOf(page, 1, context.rules.space), context.rules.space),
          ),
      ),
    values: ({ domains: those }) => ({ translated: those.map(({ context }) => context.frames) }),
  }),
  sometimes({
    id: "RNG-21",
    name: "mapping-beside-reserved",
    statement: "A page is mapped beside the reserved region.",
    source: vfioRule("2.2"),
    applies: inRanges((_, { reservedWindow }) => reservedWindow !== "none"),
    reads: { domains },
    holds: ({ domains: those }) => those.some(({ context }) => context.frames.some((frame) => frame !== null)),
  }),
  always({
    id: "RNG-22",
    name: "device-survives-attach",
    statement: "A device that may not send to the reserved region does not stop when it is attached.",
    source: vfioRule("I-29"),
    witness: "RNG-23",
    applies: withProbe,
    reads: { watcher: each("watching-device") },
    holds: ({ watcher }) => watcher.state === "working",
  }),
  sometimes({
    id: "RNG-23",
    name: "domain-probed",
    statement: "The domain of a device is probed with two pages.",
    source: vfioRule("B-15"),
    applies: withProbe,
    reads: { probe, domains },
    holds: ({ probe: p, domains: those }) =>
      p.state === "splitting" && those.at(-1)!.context.frames.filter((frame) => frame !== null).length === 2,
  }),
  always({
    id: "RNG-24",
    name: "batch-bounded",
    statement: "No more pages than a batch are pinned between two scheduling points.",
    source: vfioRule("B-18"),
    witness: "RNG-25",
    reads: { loop },
    holds: ({ loop: { context } }) => context.sinceYield <= context.rules.batchPages,
    values: ({ loop: { name, context } }) => ({ [name]: context.sinceYield }),
  }),
  sometimes({
    id: "RNG-25",
    name: "run-longer-than-batch",
    statement: "A run of frames is longer than a batch.",
    source: vfioRule("B-18"),
    applies: isLong,
    reads: { loops },
    holds: ({ loops: those }) => those.some(({ context }) => context.run.frames.length > context.rules.batchPages),
  }),
  always({
    id: "RNG-26",
    name: "map-drops-lock-for-fault",
    statement: "While a fault waits for the lock, MAP pins at most one batch before it drops the lock.",
    source: vfioRule("I-35"),
    witness: "RNG-27",
    applies: stallsFaults,
    reads: { handler, loops },
    given: { "the handler waits for the lock": ({ handler: h }) => h.state === "locking" },
    parts: {
      "no loop has gone on for more than a batch": ({ loops: those }) =>
        those.every(({ context }) => context.sinceLock <= context.rules.batchPages),
    },
    values: ({ loops: those }) => Object.fromEntries(those.map(({ name, context }) => [name, context.sinceLock])),
  }),
  sometimes({
    id: "RNG-27",
    name: "fault-waits-for-map",
    statement: "A fault waits for the lock that MAP holds.",
    source: vfioRule("I-35"),
    applies: stallsFaults,
    reads: { handler, lock, loops },
    holds: ({ handler: h, lock: l, loops: those }) =>
      h.state === "locking" && l.context.owner === "user" && those[0]!.context.sinceLock > 0,
  }),
  always({
    id: "RNG-28",
    name: "fault-page-exact",
    statement: "The page of a fault is the page that the device touched.",
    source: coreRule("B36"),
    witness: "RNG-29",
    reads: { handler },
    holds: ({ handler: { context } }) => context.page === context.touched,
    values: ({ handler: { context } }) => ({ touched: context.touched, reported: context.page }),
  }),
  sometimes({
    id: "RNG-29",
    name: "later-page-served",
    statement: "A fault on a page other than the first is served.",
    source: vfioRule("F12"),
    applies: withFaults,
    reads: { handler },
    holds: ({ handler: { state, context } }) => state === "serving" && context.touched! > 0,
  }),
  always({
    id: "RNG-30",
    name: "success-page-translated",
    statement: "A fault that is answered with Success has its page translated.",
    source: coreRule("I19"),
    witness: "RNG-29",
    reads: { handler, domains },
    given: { "the handler has answered Success": ({ handler: { state } }) => state === "serving" },
    parts: {
      "the page is mapped": ({ handler: { context }, domains: those }) => framesOf(those)[context.touched!] !== null,
    },
    values: ({ handler: { context }, domains: those }) => ({
      touched: context.touched,
      translated: framesOf(those),
    }),
  }),
  always({
    id: "RNG-31",
    name: "range-fault-refused-if-unmapped",
    statement: "A fault is refused only if no mapping has its page.",
    source: vfioRule("I-28"),
    witness: "RNG-32",
    reads: { handler, list },
    given: { "the handler refuses": ({ handler: { state } }) => state === "refusing" },
    parts: { "no mapping has the page": ({ handler: { context }, list: l }) => !covers(l.context, context.touched!) },
    values: ({ handler: { context }, list: l }) => ({
      touched: context.touched,
      mappings: l.context.dmas.map((dma) => ({ ...extentOf(dma) })),
    }),
  }),
  sometimes({
    id: "RNG-32",
    name: "fault-refused",
    statement: "A fault is refused.",
    source: vfioRule("F4"),
    applies: withFaults,
    reads: { handler },
    holds: ({ handler: { state } }) => state === "refusing",
  }),
  leadsTo({
    id: "RNG-33",
    name: "waiting-fault-answered",
    statement: "A fault that waits is answered.",
    source: vfioRule("I-34"),
    witness: "RNG-29",
    reads: { device },
    when: ({ device: { state } }) => state === "waiting",
    eventually: ({ device: { state } }) => state !== "waiting",
    assumes: ["threads", "lock"],
  }),
  always({
    id: "RNG-34",
    name: "guest-page-wholly-pinned",
    statement: "A guest page that a driver gives to its device is pinned as a whole.",
    source: vfioRule("I-08, I-22, B-21"),
    witness: "RNG-36",
    reads: { driver },
    holds: ({ driver: { context } }) =>
      context.given === null ||
      Array.from({ length: context.given.pages }, (_, at) => context.given!.page + at).every((page) =>
        context.holds.some((one) => one.page === page),
      ),
    values: ({ driver: { context } }) => ({
      given: context.given === null ? null : { ...context.given },
      pinned: context.holds.map(({ page }) => page),
    }),
  }),
  always({
    id: "RNG-35",
    name: "driver-frame-is-current",
    statement: "The frame that a driver pinned for a page is the frame that the process has there.",
    source: vfioRule("I-09, B-11"),
    witness: "RNG-36",
    reads: { driver, memory },
    holds: ({ driver: { context }, memory: m }) =>
      context.holds.every(({ page, frame }) => frame === frameAt(m.context.rules, page)),
    values: ({ driver: { context } }) => ({ pinned: context.holds.map((one) => ({ ...one })) }),
  }),
  sometimes({
    id: "RNG-36",
    name: "large-page-given",
    statement: "A driver gives a large page to its device.",
    source: vfioRule("B-21"),
    applies: withDriver,
    reads: { drivers: all<{ given: { pages: number } | null }>("page-cache-driver") },
    holds: ({ drivers: those }) => those.some(({ context }) => (context.given?.pages ?? 0) > 1),
  }),
  leadsTo({
    id: "RNG-37",
    name: "pin-call-ends",
    statement: "A driver's call to pin a page ends.",
    source: vfioRule("I-38"),
    witness: "RNG-36",
    reads: { driver },
    when: ({ driver: { context } }) => context.asked !== null,
    eventually: ({ driver: { context } }) => context.asked === null,
    assumes: ["threads", "lock"],
  }),
];
