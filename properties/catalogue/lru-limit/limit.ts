/** LRU, about the limit and the list: how many pages are mapped, and that the list is what happened. */
import { always } from "../../../checker/property.ts";
import {
  lru,
  lock,
  account,
  box,
  history,
  lockdown,
  translations,
  reclaim,
  byThread,
  byHandler,
  allowed,
  levels,
} from "./parts.ts";
import { vfioRule } from "../sources.ts";

export const lruLimits = [
  always({
    id: "LRU-1",
    name: "level-within-limit",
    statement:
      "Where the handler enforces the limit, no more pages are faulted in than the limit allows whenever iommu->lock is free.",
    source: vfioRule("I-15, row 34"),
    witness: "LRU-19",
    applies: lru(byHandler),
    reads: { account, lock, lockdown },
    given: { "the lock is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "the charge is within what is allowed": ({ account: { context }, lockdown: { context: locked } }) =>
        context.charged <= allowed(context, locked),
    },
    values: ({ account: { context } }) => levels(context),
  }),
  always({
    id: "LRU-2",
    name: "check-restores-limit",
    statement: "When the checking thread has finished, no more pages are faulted in than the limit allows.",
    source: vfioRule("I-15, row 33"),
    witness: "LRU-21",
    applies: lru(byThread),
    reads: { account, reclaim, lockdown },
    given: { "the reclaim thread has finished a check": ({ reclaim: thread }) => thread.state === "unlocking" },
    parts: {
      "the charge is within what is allowed": ({ account: { context }, lockdown: { context: locked } }) =>
        context.charged <= allowed(context, locked),
    },
    values: ({ account: { context } }) => levels(context),
  }),
  always({
    id: "LRU-3",
    name: "bounded-excess",
    statement:
      "Between two checks the number of faulted-in pages exceeds the limit by at most the pages that were faulted in since the first check.",
    source: vfioRule("I-15, row 33"),
    witness: "LRU-21",
    applies: lru(byThread),
    reads: { account, history, lock, lockdown },
    given: { "the lock is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "the charge is above it by no more than was mapped since": ({
        account: { context },
        history: { context: h },
        lockdown: { context: locked },
      }) => context.charged <= allowed(context, locked) + h.since!,
    },
    values: ({ account: { context }, history: { context: h } }) => ({ ...levels(context), "faulted in": h.since }),
  }),
  always({
    id: "LRU-4",
    name: "tracker-in-order",
    statement: "While no thread holds iommu->lock, the tracker has each faulted-in page once, in the order of mapping.",
    source: vfioRule("I-18, row 27"),
    witness: "LRU-19",
    applies: lru(({ victims }) => victims === "first-mapped"),
    reads: { container: box, history, lock, lockdown },
    given: { "the lock is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "the list is in the order of mapping": ({
        container: { context: c },
        history: { context: h },
        lockdown: { context: locked },
      }) => c.mapped.join() === h.mapped.filter((page) => !locked.pages.includes(page)).join(),
    },
    values: ({ container: { context: c }, history: { context: h } }) => ({ tracker: c.mapped, entries: h.mapped }),
  }),
  always({
    id: "LRU-5",
    name: "tracked-page-mapped",
    statement: "While no thread holds iommu->lock, a page in the tracker has an IOMMU entry.",
    source: vfioRule("I-10"),
    witness: "LRU-19",
    applies: lru(),
    reads: { container: box, translations, lock },
    given: { "the lock is free": ({ lock: l }) => l.state !== "held" },
    parts: {
      "every page of the list is mapped": ({ container: { context: c }, translations: entries }) =>
        entries.every(({ context: t }) => t.present || !c.mapped.includes(t.page)),
    },
    values: ({ container: { context: c }, translations: entries }) => ({
      tracker: c.mapped,
      present: entries.filter(({ context: t }) => t.present).map(({ context: t }) => t.page),
    }),
  }),
] as const;
