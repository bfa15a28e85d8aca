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
    statement: "Where the limit is enforced, no more pages are charged than it allows.",
    source: vfioRule("I-07, I-15"),
    witness: "PIN-7",
    reads: { account },
    holds: ({ account: { context } }) => !context.enforced || context.charged <= context.limit,
    values: ({ account: { context } }) => ({ charged: context.charged, limit: context.limit }),
  }),
  sometimes({
    id: "PIN-2",
    statement: "A page is pinned.",
    source: vfioRule("F7"),
    reads: { page: each<HostPageContext>("host-page") },
    holds: ({ page }) => page.context.pins > 0,
  }),
  always({
    id: "PIN-3",
    statement: "A page is pinned at most once by fault handling.",
    source: vfioRule("I-06"),
    witness: "PIN-2",
    reads: { page: each<HostPageContext>("host-page") },
    holds: ({ page }) => page.context.pins <= 1,
    values: ({ page }) => ({ [`pins of ${page.name}`]: page.context.pins }),
  }),
  always({
    id: "PIN-4",
    statement: "While nobody works on the container, the charge equals the number of pins.",
    source: vfioRule("I-04, I-05"),
    witness: "PIN-2",
    reads: {
      account,
      pages,
      lock: each("container-lock"),
      resolvers: all("fault-resolver"),
      release: each("page-release"),
    },
    holds: ({ account: { context }, pages: all_, lock, resolvers, release }) =>
      lock.state === "held" ||
      // A departure that takes no lock is judged when its threads rest.
      resolvers.some(({ state }) => ["charging", "undoing", "releasing", "evicting"].includes(state)) ||
      release.state !== "idle" ||
      context.charged === all_.reduce((sum, page) => sum + page.context.pins, 0),
    values: ({ account: { context }, pages: all_ }) => ({
      charged: context.charged,
      pins: all_.reduce((sum, page) => sum + page.context.pins, 0),
    }),
  }),
  always({
    id: "PIN-5",
    statement: "locked_vm is never negative.",
    source: vfioRule("I-05"),
    witness: "PIN-2",
    reads: { account },
    holds: ({ account: { context } }) => context.charged >= 0,
    values: ({ account: { context } }) => ({ charged: context.charged }),
  }),
  canAlways({
    id: "PIN-6",
    statement: "locked_vm can always come back to where it started.",
    source: vfioRule("I-05"),
    witness: "PIN-2",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { account },
    holds: ({ account: { context } }) => context.charged === 0,
  }),
  sometimes({
    id: "PIN-7",
    statement: "As many pages are charged as the limit allows.",
    source: vfioRule("row 27"),
    applies: where(({ host, bounds }) => host.limit <= bounds.pages),
    reads: { account },
    holds: ({ account: { context } }) => context.charged === context.limit,
  }),
  always({
    id: "PIN-8",
    statement: "No pin is dropped that nobody holds.",
    source: vfioRule("I-04"),
    witness: "PIN-2",
    reads: { page: each<HostPageContext>("host-page") },
    holds: ({ page }) => !page.context.underflow,
    values: ({ page }) => ({ [`${page.name} underflow`]: page.context.underflow }),
  }),
  always({
    id: "PIN-9",
    statement: "When DMA_UNMAP has returned and no fault is being resolved, nothing is pinned and nothing is charged.",
    source: vfioRule("I-04, I-05"),
    witness: "PIN-13",
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm: each<{ mapped: boolean }>("vmm"), account, pages, resolvers: all("fault-resolver") },
    holds: ({ vmm, account: { context }, pages: all_, resolvers }) =>
      vmm.state !== "idle" ||
      vmm.context.mapped ||
      !resolvers.every(({ state }) => state === "idle") ||
      (context.charged === 0 && all_.every((page) => page.context.pins === 0)),
    values: ({ account: { context }, pages: all_ }) => ({
      charged: context.charged,
      pinned: all_.filter((page) => page.context.pins > 0).map(({ name }) => name),
    }),
  }),
  sometimes({
    id: "PIN-10",
    statement: "A charge is refused and its pin is undone.",
    source: vfioRule("F7, D-23"),
    applies: where(refuses),
    reads: { worker: each("fault-resolver") },
    holds: ({ worker }) => worker.state === "undoing",
  }),
  sometimes({
    id: "PIN-11",
    statement: "A page is evicted to make room for another.",
    source: vfioRule("rows 27, 33"),
    applies: where(({ host, bounds }) => host.reclaim === "direct" && host.limit > 0 && host.limit < bounds.pages),
    reads: { worker: each("fault-resolver") },
    holds: ({ worker }) => worker.state === "releasing",
  }),
  always({
    id: "PIN-12",
    statement: "When the reclaim thread has finished a check, no more is charged than the limit allows.",
    source: vfioRule("I-15"),
    witness: "PIN-14",
    reads: { reclaim: each("reclaim-thread"), account },
    holds: ({ reclaim, account: { context } }) => reclaim.state !== "unlocking" || context.charged <= context.limit,
    values: ({ account: { context } }) => ({ charged: context.charged, limit: context.limit }),
  }),
  sometimes({
    id: "PIN-13",
    statement: "DMA_UNMAP releases a page.",
    source: vfioRule("U3c"),
    applies: where(({ bounds }) => bounds.unmaps),
    reads: { vmm: each("vmm") },
    holds: ({ vmm }) => vmm.state === "unmap.releasing",
  }),
  sometimes({
    id: "PIN-14",
    statement: "The reclaim thread releases a page because more is charged than the limit allows.",
    source: vfioRule("row 33"),
    applies: where(({ host, bounds }) => host.reclaim === "periodic" && host.limit > 0 && host.limit < bounds.pages),
    reads: { reclaim: each("reclaim-thread"), account },
    holds: ({ reclaim, account: { context } }) => reclaim.state === "releasing" && context.charged > context.limit,
  }),
] as const;
