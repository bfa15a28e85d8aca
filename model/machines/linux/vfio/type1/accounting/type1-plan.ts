/**
 * The next step of an ioctl on a type1 container, after the thread has looked at the mapping under iommu->lock: one
 * decision for one step. type1-user.ts carries it out.
 *
 * Models  vfio_dma_do_map(), vfio_dma_do_unmap(), vfio_iommu_type1_attach_group() with vfio_iommu_replay(),
 *         vfio_iommu_type1_detach_group(), the update of a vaddr, and vfio_iommu_type1_release() (VFIO facts 2.2, 2.3).
 */
import type { DmaTold } from "./accounted-dma.ts";
import type { PinPurpose } from "./page-pinning.ts";
import { linux, proposal } from "../../../../../said.ts";

/** The ioctls of the VMM. */
export const REQUESTS = ["map", "unmap", "attach", "detach", "invalidate", "repair", "release"] as const;
export type Request = (typeof REQUESTS)[number];
/** How far an ioctl has come. */
export type Phase =
  | Request
  /** DMA_MAP pins and maps; takes back what it has done. */
  | "fill"
  | "unwind"
  | "replay"
  | "unreplay"
  | "remove"
  /** The last domain goes while mdev groups stay (vfio_iommu_unmap_unpin_reaccount()). */
  | "unmap-all"
  | "recount"
  | "remove-all"
  /** Charges move to the mm that the process lives in now. */
  | "transfer";

/** The rules in which designs differ. */
export interface UserDesign {
  readonly pinsAt: "map" | "fault";
  readonly replays: "all" | "listed" | "none";
  readonly reaccounts: boolean;
  readonly detachRemoves: "without-mdev" | "always";
  readonly vaddrWithMdev: "refused" | "waits";
  readonly transfersCharge: boolean;
  readonly pinDuringUnmap: "allowed" | "refused";
}

export interface PlanRules {
  readonly name: string;
  readonly design: UserDesign;
  readonly drivers: number;
}

export type PlanMessage =
  | { readonly type: "dma.links" | "dma.unlinks" | "dma.attaches" | "dma.detaches" | "dma.removes" }
  | { readonly type: "dma.invalidates" | "dma.repairs" }
  | { readonly type: "dma.sizes"; readonly size: number }
  | { readonly type: "pinning.starts"; readonly page: number; readonly purpose: PinPurpose; readonly by: string }
  | { readonly type: "putting.starts"; readonly page: number; readonly purpose: "map"; readonly by: string }
  | { readonly type: "mm.charges"; readonly mm: number; readonly by: string }
  | { readonly type: "mm.hands-over"; readonly mm: number }
  | { readonly type: "notification.starts"; readonly by: string };

/** The next step: the messages, and the state of the thread after it. */
export interface Plan {
  readonly says: readonly PlanMessage[];
  readonly next: "working" | "waiting" | "charging" | "unlocking" | "notifying";
  readonly phase?: Phase;
}

const unlock = (...says: readonly PlanMessage[]): Plan => ({ says, next: "unlocking" });
const go = (phase: Phase, ...says: readonly PlanMessage[]): Plan => ({ says, next: "working", phase });

/** Gives the next entry back, or, when none is left, does the rest. */
const takeBack = ({ name }: PlanRules, { entry }: DmaTold, rest: Plan): Plan =>
  entry === null
    ? rest
    : { says: [{ type: "putting.starts", page: entry, purpose: "map", by: name }], next: "waiting" };

const pin = ({ name }: PlanRules, page: number): Plan => ({
  says: [{ type: "pinning.starts", page, purpose: "map", by: name }],
  next: "waiting",
});

function map({ design }: PlanRules, told: DmaTold): Plan {
  if (told.linked) return unlock();
  if (told.attached && design.pinsAt === "map") return go("fill", { type: "dma.links" });
  return unlock({ type: "dma.links" }, { type: "dma.sizes", size: told.pages });
}

function fill(rules: PlanRules, { hole, pages }: DmaTold): Plan {
  if (hole === null) return unlock({ type: "dma.sizes", size: pages });
  const { says, next } = pin(rules, hole);
  return { says: [{ type: "dma.sizes", size: hole }, ...says], next };
}

function replay(rules: PlanRules, { linked, hole, listedHole }: DmaTold): Plan {
  const { replays } = rules.design;
  const page = !linked || replays === "none" ? null : replays === "all" ? hole : listedHole;
  return page === null ? unlock() : pin(rules, page);
}

function detach({ design, drivers }: PlanRules, { attached }: DmaTold): Plan {
  if (!attached) return unlock();
  return go(drivers > 0 && design.detachRemoves === "without-mdev" ? "unmap-all" : "remove-all");
}

/** VFIO facts 2.3 U3a: as long as drivers have pages pinned they are notified, and the thread looks again. */
function unmap({ name, design }: PlanRules, { linked, listed }: DmaTold): Plan {
  if (!linked) return unlock();
  if (!listed) return go("remove");
  const starts: PlanMessage = { type: "notification.starts", by: name };
  return {
    says: design.pinDuringUnmap === "refused" ? [{ type: "dma.removes" }, starts] : [starts],
    next: "notifying",
  };
}

function recount({ name, design }: PlanRules, { uncharged, owner }: DmaTold): Plan {
  if (uncharged === null || !design.reaccounts) return unlock({ type: "dma.detaches" });
  return { says: [{ type: "mm.charges", mm: owner, by: name }], next: "charging" };
}

function repair({ design }: PlanRules, { invalid, owner, current, charged }: DmaTold): Plan {
  if (!invalid) return unlock();
  if (owner === current || charged === 0 || !design.transfersCharge) return unlock({ type: "dma.repairs" });
  return go("transfer");
}

/** vfio_change_dma_owner(): the new mm is charged first, then the old one is uncharged. */
const transfer = ({ name }: PlanRules, { owner, current, charged }: DmaTold, moved: number): Plan =>
  moved < charged
    ? { says: [{ type: "mm.charges", mm: current, by: name }], next: "charging" }
    : unlock(...Array.from({ length: charged }, () => ({ type: "mm.hands-over", mm: owner }) as const), {
        type: "dma.repairs",
      });

const invalidate = ({ design, drivers }: PlanRules, { linked }: DmaTold): Plan =>
  !linked || (drivers > 0 && design.vaddrWithMdev === "refused") ? unlock() : unlock({ type: "dma.invalidates" });

/** The next step in this phase. */
export function plan(
  rules: PlanRules,
  told: DmaTold,
  { phase, moved }: { readonly phase: Phase; readonly moved: number },
): Plan {
  const steps: { readonly [phase in Phase]: () => Plan } = {
    map: () => map(rules, told),
    fill: () => fill(rules, told),
    unwind: () => takeBack(rules, told, unlock({ type: "dma.unlinks" })),
    attach: () => (told.attached || told.invalid ? unlock() : go("replay", { type: "dma.attaches" })),
    replay: () => replay(rules, told),
    unreplay: () => takeBack(rules, told, unlock({ type: "dma.detaches" })),
    detach: () => detach(rules, told),
    "unmap-all": () => takeBack(rules, told, go("recount")),
    recount: () => recount(rules, told),
    "remove-all": () => takeBack(rules, told, unlock({ type: "dma.detaches" }, { type: "dma.unlinks" })),
    unmap: () => unmap(rules, told),
    remove: () => takeBack(rules, told, unlock({ type: "dma.unlinks" })),
    invalidate: () => invalidate(rules, told),
    repair: () => repair(rules, told),
    transfer: () => transfer(rules, told, moved),
    release: () => takeBack(rules, told, unlock({ type: "dma.detaches" }, { type: "dma.unlinks" })),
  };
  return steps[phase]();
}

/** The phase after a pin or a charge that failed. */
export const afterFailure = (phase: Phase): Phase =>
  phase === "fill" ? "unwind" : phase === "replay" ? "unreplay" : phase;

const TYPE1 = "drivers/vfio/vfio_iommu_type1.c";

/** What the messages say. */
export const planSays = {
  "dma.links": { says: "links the mapping", origin: linux(TYPE1, "vfio_link_dma") },
  "dma.unlinks": { says: "unlinks the mapping and frees it", origin: linux(TYPE1, "vfio_remove_dma") },
  "dma.attaches": { says: "adds a domain to the container", origin: linux(TYPE1, "vfio_iommu_type1_attach_group") },
  "dma.detaches": {
    says: "takes the domain out of the container",
    origin: linux(TYPE1, "vfio_iommu_type1_detach_group"),
  },
  "dma.removes": {
    says: "makes the mapping refuse pins",
    origin: proposal("a mapping that refuses pins during DMA_UNMAP"),
  },
  "dma.invalidates": { says: "marks the vaddr as invalid", origin: linux(TYPE1, "vfio_dma_do_unmap") },
  "dma.repairs": { says: "sets the new vaddr", origin: linux(TYPE1, "vfio_dma_do_map") },
  "dma.sizes": {
    says: "sets the size of the mapping to {size} page(s)",
    origin: linux(TYPE1, "vfio_dma_do_map", "vfio_pin_map_dma"),
  },
  "pinning.starts": { says: "pins and maps page {page}", origin: linux(TYPE1, "vfio_pin_pages_remote") },
  "putting.starts": { says: "unmaps and unpins page {page}", origin: linux(TYPE1, "vfio_unmap_unpin") },
  "mm.charges": { says: "charges a page to locked_vm of mm {mm}", origin: linux(TYPE1, "mm_lock_acct") },
  "mm.hands-over": { says: "takes a page off locked_vm of mm {mm}", origin: linux(TYPE1, "vfio_change_dma_owner") },
  "notification.starts": {
    says: "finds pages in dma->pfn_list, and calls vfio_notify_dma_unmap()",
    origin: linux(TYPE1, "vfio_dma_do_unmap"),
  },
} as const;
