/** What has to be possible in systems with a limit of what faults keep mapped: the witnesses of LRU. */
import { all, each, sometimes } from "../../../checker/property.ts";
import type { WorkItemContext } from "../../../model/machines/device/work-item.ts";
import { lowestLimit, usedPages } from "../../../model/systems/studies/lru-limit-design.ts";
import {
  lru,
  lock,
  account,
  box,
  history,
  release,
  service,
  resolver,
  translations,
  vmm,
  byThread,
  evicts,
  isTight,
  runsDuringDma,
  refusesSome,
  takesBack,
  isNothing,
  item,
  canMap,
} from "./parts.ts";
import { vfioRule } from "../sources.ts";

export const lruPossible = [
  sometimes({
    id: "LRU-19",
    name: "page-tracked",
    statement: "A faulted-in page is in the tracker.",
    source: vfioRule("row 27"),
    applies: lru(canMap),
    reads: { container: box, lock },
    holds: ({ container: { context }, lock: l }) => l.state === "free" && context.mapped.length > 0,
  }),
  sometimes({
    id: "LRU-20",
    name: "page-being-evicted",
    statement: "A page is being taken back.",
    source: vfioRule("rows 26, 33"),
    applies: lru((host, bounds) => takesBack(host, bounds) && canMap(host, bounds)),
    reads: { release },
    holds: ({ release: r }) => r.state !== "idle",
  }),
  sometimes({
    id: "LRU-21",
    name: "level-above-limit",
    statement: "More pages are faulted in than the limit allows, and no check has come yet.",
    source: vfioRule("row 33"),
    applies: lru((host, bounds) => byThread(host) && isTight(host, bounds)),
    reads: { account },
    holds: ({ account: { context } }) => context.charged > context.limit,
  }),
  sometimes({
    id: "LRU-22",
    name: "evicted-during-dma",
    statement:
      "A page is taken back while DMA to it is in flight: the tracker knows when it was mapped, not when it was used.",
    source: vfioRule("4.1, row 27"),
    applies: lru((host, bounds) => takesBack(host, bounds) && canMap(host, bounds) && runsDuringDma(host, bounds)),
    reads: { release, translations },
    holds: ({ release: { context: r }, translations: entries }) =>
      entries.some(({ context: t }) => t.page === r.page && t.users > 0),
  }),
  sometimes({
    id: "LRU-23",
    name: "group-being-answered",
    statement: "A group is being answered.",
    source: vfioRule("F12"),
    applies: lru(),
    reads: { service },
    holds: ({ service: s }) => s.state === "responding",
  }),
  sometimes({
    id: "LRU-24",
    name: "group-refused",
    statement: "A group is refused because there is no room for it.",
    source: vfioRule("4.2, I-44"),
    applies: lru(
      (host, bounds) =>
        refusesSome(host, bounds) &&
        (host.limitKeptBy === "refusal" || !host.evictsOwnGroup || isNothing(host, bounds)),
    ),
    reads: { service, container: box },
    holds: ({ service: { state, context: s }, container: { context: c } }) =>
      state === "responding" &&
      s.code !== "success" &&
      s.request!.pages.every((page) => c.linked.includes(c.regionOf[page]!)),
  }),
  sometimes({
    id: "LRU-25",
    name: "unmap-lowers-limit",
    statement: "DMA_UNMAP lowers the limit below the number of faulted-in pages.",
    source: vfioRule("row 34"),
    applies: lru(
      (host, bounds) =>
        bounds.extraPages > 0 &&
        host.limitKeptBy !== "nobody" &&
        host.limitAtUnmap !== "keeps" &&
        isTight(host, bounds),
    ),
    reads: { account, vmm },
    holds: ({ account: { context }, vmm: v }) => v.state.startsWith("unmap") && context.charged > context.limit,
  }),
  sometimes({
    id: "LRU-26",
    name: "working-set-above-limit",
    statement: "Devices use, or are about to use, more pages than the limit allows.",
    source: vfioRule("row 29"),
    applies: lru(
      (host, bounds) => lowestLimit(host, bounds) < Math.min(bounds.hotPages, bounds.devices * bounds.itemPages),
    ),
    reads: { items: all<WorkItemContext>("work-item"), account },
    holds: ({ items, account: { context } }) => new Set(items.flatMap((i) => i.context.pages)).size > context.limit,
  }),
  sometimes({
    id: "LRU-27",
    name: "working-set-mapped",
    statement: "Everything that the devices use is mapped at the same time.",
    source: vfioRule("row 25"),
    applies: lru(
      (host, bounds) =>
        host.limitKeptBy === "nobody" || (bounds.extraPages === 0 && lowestLimit(host, bounds) >= usedPages(bounds)),
    ),
    reads: { translations },
    holds: ({ translations: entries }) => entries.every(({ context }) => context.present),
  }),
  sometimes({
    id: "LRU-28",
    name: "handler-spares-group",
    statement: "A handler that has to evict waits for a group that was answered and has not used its pages.",
    source: vfioRule("4.2"),
    applies: lru((host, bounds) => host.sparesUnused && bounds.devices > 1 && evicts(host, bounds)),
    reads: { grants: each<{ granted: readonly (readonly number[])[] }>("group-grants"), resolver },
    holds: ({ grants: { context }, resolver: r }) =>
      r.state === "evicting" && context.granted.some((pages) => pages.length > 0),
  }),
  sometimes({
    id: "LRU-30",
    name: "used-page-stays",
    statement: "A page is evicted while one that was mapped earlier stays, because a device has used that one since.",
    source: vfioRule("rows 26, 27"),
    applies: lru(
      (host, bounds) =>
        host.victims === "not-used-since" &&
        host.limitKeptBy === "handler" &&
        bounds.itemPages === 1 &&
        lowestLimit(host, bounds) > 2 &&
        bounds.hotPages > lowestLimit(host, bounds),
    ),
    reads: { release, history },
    holds: ({ release: { context: r }, history: { context: h } }) => r.page !== null && h.mapped.indexOf(r.page) > 0,
  }),
  sometimes({
    id: "LRU-29",
    name: "item-has-pages",
    statement: "A device has the pages of its work item, and DMA to them is in flight.",
    source: vfioRule("I-33"),
    applies: lru(),
    reads: { item },
    holds: ({ item: { state } }) => state === "accessing",
  }),
] as const;
