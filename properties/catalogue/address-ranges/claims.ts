/** RNG: ranges of addresses, what is mapped and pinned for them, and who waits. */
import { always, canAlways, leadsTo, sometimes, type Property } from "../../../checker/property.ts";
import { frameAt, kindOf } from "../../../model/machines/linux/vfio/type1/ranges/process-memory.ts";
import { overlap } from "../../../model/machines/linux/vfio/type1/ranges/address.ts";
import {
  accesses,
  built,
  covers,
  domains,
  drivers,
  extentOf,
  framesOf,
  inRanges,
  isQuiet,
  list,
  lock,
  loops,
  memory,
  owed,
  pagesOf,
  reachesTop,
  user,
} from "./reads.ts";
import { rngActors } from "./actors.ts";
import { vfioRule } from "../sources.ts";

const keepsPins = inRanges(({ pinsOfFaults }) => pinsOfFaults === "kept");

const rngContainer = [
  always({
    id: "RNG-1",
    name: "translated-frame-is-current",
    statement: "A page that the domain translates has the frame that the process has at that address.",
    source: vfioRule("I-21, D-25"),
    witness: "RNG-2",
    reads: { memory, domains },
    holds: ({ memory: { context }, domains: all }) =>
      framesOf(all).every((frame, page) => frame === null || frame === frameAt(context.rules, page)),
    values: ({ memory: { context }, domains: all }) => ({
      translated: framesOf(all),
      "of the process": framesOf(all).map((_, page) => frameAt(context.rules, page)),
    }),
  }),
  sometimes({
    id: "RNG-2",
    name: "pages-translated",
    statement: "Several pages are translated.",
    source: vfioRule("2.2"),
    reads: { domains },
    holds: ({ domains: all }) => framesOf(all).filter((frame) => frame !== null).length > 1,
  }),
  always({
    id: "RNG-3",
    name: "one-pin-per-owner",
    statement:
      "While no thread works on the container, each page of RAM has one pin for each mapping, driver and access.",
    source: vfioRule("I-04"),
    witness: "RNG-4",
    applies: keepsPins,
    reads: { lock, loops, memory, domains, drivers, accesses },
    given: { "nobody works on the container": ({ lock: l, loops: busy }) => isQuiet(l, busy) },
    parts: {
      "every page of RAM has the pins that it owes": ({
        lock: _lock,
        loops: _loops,
        memory: { context },
        domains: all,
        ...holders
      }) =>
        owed(context, framesOf(all), holders).every(
          (pins, page) => kindOf(context.rules, page) !== "ram" || pins === context.pins[page],
        ),
    },
    values: ({ memory: { context }, domains: all, ...holders }) => ({
      pins: context.pins,
      owed: owed(context, framesOf(all), holders),
    }),
  }),
  sometimes({
    id: "RNG-4",
    name: "page-pinned-at-rest",
    statement: "A page is pinned while no thread works on the container.",
    source: vfioRule("I-04"),
    applies: keepsPins,
    reads: { lock, loops, memory },
    holds: ({ lock: l, loops: busy, memory: { context } }) => isQuiet(l, busy) && context.pins.some((pins) => pins > 0),
  }),
  always({
    id: "RNG-5",
    name: "no-pin-without-struct-page",
    statement: "A page without struct page is never pinned, and no page is put without a pin.",
    source: vfioRule("I-41"),
    witness: "RNG-6",
    reads: { memory },
    holds: ({ memory: { context } }) =>
      context.pins.every((pins, page) => pins === 0 || (pins > 0 && kindOf(context.rules, page) === "ram")),
    values: ({ memory: { context } }) => ({ pins: context.pins, layout: context.rules.layout }),
  }),
  sometimes({
    id: "RNG-6",
    name: "batch-of-several",
    statement: "A batch of several pages is pinned.",
    source: vfioRule("2.2"),
    applies: inRanges((_, { batchPages }) => batchPages > 1),
    reads: { loops },
    holds: ({ loops: all }) => all.some(({ context }) => context.batch.size + context.run.frames.length > 1),
  }),
  always({
    id: "RNG-7",
    name: "unmap-size-exact",
    statement: "UNMAP reports as many bytes as were mapped in its range.",
    source: vfioRule("2.3, B-19"),
    witness: "RNG-9",
    reads: { user },
    given: {
      "an UNMAP of a free range returns": ({ user: { state, context } }) =>
        state === "returning" && context.op === "unmap" && context.verdict === "free",
    },
    parts: { "it removed as many pages as it covers": ({ user: { context } }) => context.removed === context.covered },
    values: ({ user: { context } }) => ({ removed: context.removed, "were mapped": context.covered }),
  }),
  always({
    id: "RNG-8",
    name: "unmap-empties-range",
    statement: "When UNMAP returns, no page of its range is translated or mapped.",
    source: vfioRule("I-01"),
    witness: "RNG-9",
    reads: { user, list, domains },
    given: {
      "an UNMAP of a free range returns": ({ user: { state, context } }) =>
        state === "returning" && context.op === "unmap" && context.verdict === "free",
    },
    parts: {
      "no page of the range is translated": ({ user: { context }, domains: all }) =>
        pagesOf(context.range, context.rules.space).every((page) => framesOf(all)[page] === null),
      "no mapping has a page of it": ({ user: { context }, list: l }) =>
        pagesOf(context.range, context.rules.space).every((page) => !covers(l.context, page)),
    },
    values: ({ user: { context }, domains: all }) => ({ range: { ...context.range }, translated: framesOf(all) }),
  }),
  sometimes({
    id: "RNG-9",
    name: "unmap-to-top",
    statement: "UNMAP gets a range that ends at the top of the address space and has mapped pages.",
    source: vfioRule("B-19"),
    reads: { user },
    holds: ({ user: { state, context } }) =>
      state === "returning" &&
      context.op === "unmap" &&
      context.covered > 0 &&
      reachesTop(context.range, context.rules.space),
  }),
  always({
    id: "RNG-10",
    name: "no-overlapping-mappings",
    statement: "No two mappings have an address in common.",
    source: vfioRule("I-09"),
    witness: "RNG-11",
    applies: inRanges((_, { mappingsMost }) => mappingsMost > 1),
    reads: { list },
    holds: ({ list: { context } }) =>
      context.dmas.every((dma, at) =>
        context.dmas.slice(at + 1).every((other) => !overlap(extentOf(dma), extentOf(other), context.rules.space)),
      ),
    values: ({ list: { context } }) => ({ mappings: context.dmas.map((dma) => ({ ...extentOf(dma) })) }),
  }),
  sometimes({
    id: "RNG-11",
    name: "two-mappings",
    statement: "There are two mappings.",
    source: vfioRule("2.1"),
    applies: inRanges((_, { mappingsMost }) => mappingsMost > 1),
    reads: { list },
    holds: ({ list: { context } }) => context.dmas.length > 1,
  }),
  always({
    id: "RNG-12",
    name: "pinned-mapping-translated",
    statement: "While no thread works on the container, each page of a pinned mapping is translated.",
    source: vfioRule("I-10"),
    witness: "RNG-2",
    applies: inRanges(({ mapMode }) => mapMode !== "lazy"),
    reads: { lock, loops, list, domains },
    given: { "nobody works on the container": ({ lock: l, loops: busy }) => isQuiet(l, busy) },
    parts: {
      "every page of a pinned mapping is translated": ({ list: { context }, domains: all }) =>
        context.dmas
          .filter(({ lazy }) => !lazy)
          .every((dma) => pagesOf(extentOf(dma), context.rules.space).every((page) => framesOf(all)[page] !== null)),
    },
    values: ({ domains: all }) => ({ translated: framesOf(all) }),
  }),
  canAlways({
    id: "RNG-13",
    name: "ranges-can-be-empty",
    statement: "Everything can always be given back: no page is mapped, translated or pinned.",
    source: vfioRule("I-04"),
    witness: "RNG-2",
    reads: { list, domains, memory },
    parts: {
      "nothing is mapped": ({ list: l }) => l.context.dmas.length === 0,
      "nothing is translated": ({ domains: all }) =>
        all.every(({ context }) => context.frames.every((frame) => frame === null)),
      "nothing is pinned": ({ memory: m }) => m.context.pins.every((pins) => pins === 0),
    },
  }),
  leadsTo({
    id: "RNG-14",
    name: "range-calls-return",
    statement: "MAP, UNMAP and DETACH return.",
    source: vfioRule("I-38"),
    witness: "RNG-2",
    reads: { user },
    when: ({ user: { context } }) => context.op !== "none",
    eventually: ({ user: { context } }) => context.op === "none",
    assumes: ["threads", "lock"],
  }),
  sometimes({
    id: "RNG-15",
    name: "access-keeps-page",
    statement: "An access keeps a page of a mapping whose device is detached.",
    source: vfioRule("B-39"),
    applies: inRanges((_, { pageAccess }) => pageAccess),
    reads: { accesses, domains },
    holds: ({ accesses: all, domains: d }) =>
      all.some(({ context }) => context.alone && framesOf(d)[context.rules.page] === null),
  }),
  sometimes({
    id: "RNG-16",
    name: "device-memory-translated",
    statement: "A page of a device's memory is translated.",
    source: vfioRule("2.6"),
    applies: inRanges(
      (_, { memoryLayout, aperture }) =>
        memoryLayout === "mmio-inside" || (memoryLayout === "mmio-last" && aperture === "to-the-top"),
    ),
    reads: { built, memory, domains },
    holds: ({ memory: { context }, domains: all }) =>
      framesOf(all).some((frame, page) => frame !== null && kindOf(context.rules, page) === "mmio"),
  }),
] as const;

export const rng: readonly Property[] = [...rngContainer, ...rngActors];
