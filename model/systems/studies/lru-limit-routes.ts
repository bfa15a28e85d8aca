/** Who calls whom in the focused model lru-limit. */
import { call, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import { field, pageOf, translationOf } from "../host-side.ts";
import type { LruDesign } from "./lru-limit-design.ts";

const by = (message: Message): string => field(message, "by");
const deviceOf = (message: Message): string => `device${field(message, "device")}`;

/** Who calls whom; `pairs` holds the page that shares a superpage with each. */
/** "service" and "resolver" of the one worker or of device 0; "service1" and "resolver1" of device 1. */
export const workerName = (part: "service" | "resolver", worker: number): string =>
  worker === 0 ? part : `${part}${worker}`;
const resolverOf = (_: Message, service: string): string => service.replace("service", "resolver");
const serviceOf = (_: Message, resolver: string): string => resolver.replace("resolver", "service");

export function lruRoutes(
  { premap, limitAtUnmap, workers, victims }: LruDesign,
  pairs: readonly (number | null)[],
): readonly Route[] {
  /** A superpage is one entry: what clears it for one page clears it for both. */
  const entryOf = (message: Message): readonly string[] => {
    const pair = premap === "superpage" ? pairs[Number(message["page"])] : null;
    return [translationOf(message), ...(typeof pair === "number" ? [`translation0.${pair}`] : [])];
  };
  const written = (message: Message) => [translationOf(message), "history"];
  const both = () => ["container", "account"];
  return [
    call("work-item", ["access.begins", "access.retires"], (message) => `translation0.${field(message, "page")}`),
    call("work-item", ["fault.requests"], ({ device }) => workerName("service", workers > 1 ? Number(device) : 0)),
    call("work-item", ["grants.used"], "grants"),
    call("translation", ["access.granted"], (message) =>
      victims === "not-used-since" ? [deviceOf(message), "container"] : deviceOf(message),
    ),
    call("translation", ["access.faults"], deviceOf),
    call("translation", ["iotlb.invalidated"], "iommu"),
    call("fault-service", ["grants.ends", "grants.judges", "grants.gives"], "grants"),
    call("fault-service", ["resolver.starts"], resolverOf, "block"),
    call("fault-service", ["fault.response"], deviceOf),
    call("fault-service", ["response.sent"], resolverOf, "drop"),
    call("group-grants", ["grants.judged"], by),
    call("group-grants", ["container.picks-victim"], "container"),
    call("fault-resolver", ["lock.acquires"], "lock", "block"),
    call("fault-resolver", ["lock.releases"], "lock"),
    call("fault-resolver", ["container.finds", "container.marks"], "container"),
    call("fault-resolver", ["container.picks-victim"], "grants", "block"),
    call("fault-resolver", ["host.pins", "host.unpins"], pageOf),
    call("fault-resolver", ["account.charges"], "account"),
    call("fault-resolver", ["translation.maps"], written),
    call("fault-resolver", ["release.starts"], "release", "block"),
    call("fault-resolver", ["resolver.done"], serviceOf),
    call("host-page", ["host.pinned"], by),
    call("fault-limit", ["account.charged"], (message) => [by(message), "history"]),
    call("fault-limit", ["account.refused"], by),
    call("fault-limit", ["account.level"], (message) => (by(message) === "trim" ? "trim" : [by(message), "history"])),
    call("container", ["container.found", "container.next"], by),
    call("page-release", ["command.invalidates-iotlb", "command.invalidates-atc"], "iommu"),
    call("page-release", ["command.fences"], "iommu", "block"),
    call("page-release", ["translation.unmaps"], (message) => [...entryOf(message), "history"]),
    call("page-release", ["container.clears"], () => ["container", "grants"]),
    call("page-release", ["host.unpins"], pageOf),
    call("page-release", ["account.uncharges"], "account"),
    call("page-release", ["release.done"], by),
    call("invalidation-queue", ["iotlb.invalidates"], entryOf),
    call("invalidation-queue", ["fence.completed"], (message) => field(message, "owner")),
    call("locked-pages", ["account.locks-down"], "account"),
    call("locked-pages", ["host.pins"], pageOf),
    call("locked-pages", ["translation.maps"], written),
    call("locked-pages", ["container.marks"], "container"),
    call("reclaim-thread", ["lock.acquires"], "lock", "block"),
    call("reclaim-thread", ["lock.releases"], "lock"),
    call("reclaim-thread", ["release.starts"], "release", "block"),
    call("reclaim-thread", ["container.picks-victim"], "grants", "block"),
    call("reclaim-thread", ["account.compares"], "account"),
    call("expiry-thread", ["lock.acquires"], "lock", "block"),
    call("expiry-thread", ["lock.releases"], "lock"),
    call("expiry-thread", ["container.finds"], "container"),
    call("expiry-thread", ["grants.checks"], "grants", "block"),
    call("expiry-thread", ["release.starts"], "release", "block"),
    call("vmm", ["lock.acquires"], "lock", "block"),
    call("vmm", ["lock.releases"], "lock"),
    call("vmm", ["release.starts"], "release", "block"),
    call("vmm", ["container.walks"], limitAtUnmap === "evicts" ? "trim" : "container"),
    call("vmm", ["container.links"], both),
    call("vmm", ["container.unlinks"], limitAtUnmap === "keeps" ? "container" : both),
    call("unmap-trim", ["container.walks"], "container"),
    call("unmap-trim", ["account.leaves"], "account"),
    call("unmap-trim", ["container.picks-victim"], "grants", "block"),
    call("unmap-trim", ["container.next"], by),
  ];
}
