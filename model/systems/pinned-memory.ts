/** Host memory that is kept in place by pins, and charged: the pages, the account, and the thread that reclaims. */
import { call, type Component } from "../../checker/system.ts";
import type { Message } from "../../checker/json.ts";
import { hostPage } from "../machines/linux/mm/host-page.ts";
import { lockedVm } from "../machines/linux/mm/locked-vm.ts";
import { reclaimSteps, reclaimThread } from "../machines/linux/vfio/iopf/reclaim-thread.ts";
import { range, type Configuration } from "./configuration.ts";
import { field, pageOf, type Part } from "./host-side.ts";

export function pinnedMemory({ host, bounds }: Configuration): Part {
  const by = (message: Message): string => field(message, "by");
  const pages = range(bounds.pages).map((page): readonly [string, Component] => [
    `page${page}`,
    {
      machine: hostPage,
      input: { page },
      role: "host-page",
      events: bounds.reclaims ? [{ type: "host.reclaims" }] : [],
    },
  ]);
  return {
    components: {
      ...Object.fromEntries(pages),
      account: {
        machine: lockedVm,
        input: { limit: host.limit === 0 ? bounds.pages : host.limit, enforced: host.reclaim !== "periodic" },
        role: "locked-vm",
      },
      ...(host.reclaim === "periodic" && {
        reclaim: { machine: reclaimThread, input: {}, role: "reclaim-thread", events: reclaimSteps },
      }),
    },
    channels: {},
    routes: [
      call("page-release", ["host.unpins"], pageOf),
      call("page-release", ["account.uncharges"], "account"),
      call("host-page", ["host.pinned"], by),
      call("locked-vm", ["account.charged", "account.refused", "account.level"], by),
      call("reclaim-thread", ["lock.acquires"], "lock", "block"),
      call("reclaim-thread", ["lock.releases"], "lock"),
      call("reclaim-thread", ["release.starts"], "release", "block"),
      call("reclaim-thread", ["container.picks-victim"], "container"),
      call("reclaim-thread", ["account.compares"], "account"),
    ],
    prologue: [],
  };
}
