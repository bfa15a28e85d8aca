/** PIN: pinned pages and what is charged for them. */
import { all, always, canAlways, each, sometimes } from "../../../checker/property.ts";
import type { HostPageContext } from "../../../model/machines/linux/mm/host-page.ts";
import type { LockedVmContext } from "../../../model/machines/linux/mm/locked-vm.ts";
import { vfioRule } from "../sources.ts";
import { refuses, where } from "../parameters.ts";

const account = each<LockedVmContext>("locked-vm");
const pages = all<HostPageContext>("host-page");

export const pin = [
  always({
    id: "PIN-1",
    name: "charge-within-limit",
    statement: "Where the handler enforces the limit, locked_vm counts no more pages than the limit allows.",
    source: vfioRule("I-07, I-15"),
    witness: "PIN-7",
    reads: { account },
    given: { "the handler enforces the limit": ({ account: { context } }) => context.enforced },
    parts: { "the charge is within it": ({ account: { context } }) => context.charged <= context.limit },
    values: ({ account: { context } }) => ({ charged: context.charged, limit: context.limit }),
  }),
  sometimes({
    id: "PIN-2",
    name: "page-pinned",
    statement: "A page is pinned.",
    source: vfioRule("F7"),
    reads: { page: each<HostPageContext>("host-page") },
    holds: ({ page }) => page.context.pins > 0,
  }),
  always({
    id: "PIN-3",
    name: "one-pin-per-fault-page",
    statement: "Fault handling pins a page at most once.",
    source: vfioRule("I-06"),
    witness: "PIN-2",
    reads: { page: each<HostPageContext>("host-page") },
    holds: ({ page }) => page.context.pins <= 1,
    values: ({ page }) => ({ [`pins of ${page.name}`]: page.context.pins }),
  }),
  always({
    id: "PIN-4",
    name: "charge-equals-pins",
    statement: "While no thread works on the container, the charge in locked_vm equals the number of pins.",
    source: vfioRule("I-04, I-05"),
    witness: "PIN-2",
    reads: {
      account,
      pages,
      lock: each("container-lock"),
      resolvers: all("fault-resolver"),
      release: each("page-release"),
    },
    given: {
      "the lock is free": ({ lock }) => lock.state !== "held",
      // A deliberate defect that takes no lock is judged when its threads rest.
      "no handler charges or releases": ({ resolvers }) =>
        !resolvers.some(({ state }) => ["charging", "undoing", "releasing", "evicting"].includes(state)),
      "no page is being released": ({ release }) => release.state === "idle",
    },
    parts: {
      "the charge is the number of pins": ({ account: { context }, pages: all_ }) =>
        context.charged === all_.reduce((sum, page) => sum + page.context.pins, 0),
    },
    values: ({ account: { context }, pages: all_ }) => ({
      charged: context.charged,
      pins: all_.reduce((sum, page) => sum + page.context.pins, 0),
    }),
  }),
  always({
    id: "PIN-5",
    name: "locked-vm-not-negative",
    statement: "locked_vm is never negative.",
    source: vfioRule("I-05"),
    witness: "PIN-2",
    reads: { account },
    holds: ({ account: { context } }) => context.charged >= 0,
    values: ({ account: { context } }) => ({ charged: context.charged }),
  }),
  canAlways({
    id: "PIN-6",
    name: "locked-vm-can-return",
    statement: "locked_vm can always return to its initial value.",
    source: vfioRule("I-05"),
    witness: "PIN-2",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { account },
    holds: ({ account: { context } }) => context.charged === 0,
  }),
  sometimes({
    id: "PIN-7",
    name: "limit-reached",
    statement: "The charge reaches the limit.",
    source: vfioRule("row 27"),
    applies: where(({ host, bounds }) => host.limit <= bounds.pages),
    reads: { account },
    holds: ({ account: { context } }) => context.charged === context.limit,
  }),
  always({
    id: "PIN-8",
    name: "no-unpin-without-pin",
    statement: "No page is unpinned more often than it was pinned.",
    source: vfioRule("I-04"),
    witness: "PIN-2",
    reads: { page: each<HostPageContext>("host-page") },
    holds: ({ page }) => !page.context.underflow,
    values: ({ page }) => ({ [`${page.name} underflow`]: page.context.underflow }),
  }),
  always({
    id: "PIN-9",
    name: "unmap-leaves-no-pin",
    statement: "When DMA_UNMAP has returned and no fault is being resolved, nothing is pinned and nothing is charged.",
    source: vfioRule("I-04, I-05"),
    witness: "PIN-13",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm: each<{ mapped: boolean }>("vmm"), account, pages, resolvers: all("fault-resolver") },
    given: {
      "DMA_UNMAP has returned": ({ vmm }) => vmm.state === "idle" && !vmm.context.mapped,
      "no fault is being resolved": ({ resolvers }) => resolvers.every(({ state }) => state === "idle"),
    },
    parts: {
      "nothing is charged": ({ account: { context } }) => context.charged === 0,
      "nothing is pinned": ({ pages: all_ }) => all_.every((page) => page.context.pins === 0),
    },
    values: ({ account: { context }, pages: all_ }) => ({
      charged: context.charged,
      pinned: all_.filter((page) => page.context.pins > 0).map(({ name }) => name),
    }),
  }),
  sometimes({
    id: "PIN-10",
    name: "charge-refused",
    statement: "A charge is refused and its pin is undone.",
    source: vfioRule("F7, D-23"),
    applies: where(refuses),
    reads: { worker: each("fault-resolver") },
    holds: ({ worker }) => worker.state === "undoing",
  }),
  sometimes({
    id: "PIN-11",
    name: "page-evicted",
    statement: "A page is evicted to make room for another page.",
    source: vfioRule("rows 27, 33"),
    applies: where(({ host, bounds }) => host.reclaim === "direct" && host.limit > 0 && host.limit < bounds.pages),
    reads: { worker: each("fault-resolver") },
    holds: ({ worker }) => worker.state === "releasing",
  }),
  always({
    id: "PIN-12",
    name: "reclaim-meets-limit",
    statement: "When the reclaim thread has finished a check, the charge is within the limit.",
    source: vfioRule("I-15"),
    witness: "PIN-14",
    reads: { reclaim: each("reclaim-thread"), account },
    given: { "the reclaim thread has finished a check": ({ reclaim }) => reclaim.state === "unlocking" },
    parts: { "the charge is within the limit": ({ account: { context } }) => context.charged <= context.limit },
    values: ({ account: { context } }) => ({ charged: context.charged, limit: context.limit }),
  }),
  sometimes({
    id: "PIN-13",
    name: "unmap-releases-page",
    statement: "DMA_UNMAP releases a page.",
    source: vfioRule("U3c"),
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm: each("vmm") },
    holds: ({ vmm }) => vmm.state === "unmap.releasing",
  }),
  sometimes({
    id: "PIN-14",
    name: "reclaim-releases-page",
    statement: "The reclaim thread releases a page because the charge is above the limit.",
    source: vfioRule("row 33"),
    applies: where(({ host, bounds }) => host.reclaim === "periodic" && host.limit > 0 && host.limit < bounds.pages),
    reads: { reclaim: each("reclaim-thread"), account },
    holds: ({ reclaim, account: { context } }) => reclaim.state === "releasing" && context.charged > context.limit,
  }),
] as const;
