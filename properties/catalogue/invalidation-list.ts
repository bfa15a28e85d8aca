/** INV: whom an unmap tells, while devices, aliases and PASIDs are attached and detached. */
import { all, always, canAlways, each, leadsTo, sometimes, type Seen } from "../../checker/property.ts";
import { entryInUse, usesAts, type RequesterContext } from "../../model/machines/device/requester.ts";
import type { UnmappedPageContext } from "../../model/machines/iommu/unmapped-page.ts";
import type { DeviceAttacherContext } from "../../model/machines/linux/iommu/flush/device-attacher.ts";
import type { InvalidationListContext } from "../../model/machines/linux/iommu/flush/invalidation-list.ts";
import type { UnmapThreadContext } from "../../model/machines/linux/iommu/flush/unmap-thread.ts";
import type {
  InvalidationListDesign,
  InvalidationListSizes,
} from "../../model/systems/studies/invalidation-list-design.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule, iommufdRule } from "./sources.ts";

type Condition = (host: InvalidationListDesign, bounds: InvalidationListSizes) => boolean;
const here = (condition?: Condition) =>
  inStudy<InvalidationListDesign, InvalidationListSizes>("invalidation-list", condition);
const timesOut: Condition = (_, { atcAnswers }) => !atcAnswers;
const resets: Condition = (_, { deviceResets }) => deviceResets;

const page = each<UnmappedPageContext>("unmapped-page");
const unmapper = each<UnmapThreadContext>("unmap-thread");
const list = each<InvalidationListContext>("invalidation-list");
const requester = each<RequesterContext>("requester");
const requesters = all<RequesterContext>("requester");
const attacher = each<DeviceAttacherContext>("device-attacher");
const attachers = all<DeviceAttacherContext>("device-attacher");

const isGone = ({ context }: Seen<UnmappedPageContext>, frame: number): boolean =>
  context.freed || frame !== context.frame;
/** The ATC has a page that was freed, and the IOMMU lets the device use it. */
const hasStaleAtc = (p: Seen<UnmappedPageContext>, { context: r }: Seen<RequesterContext>): boolean =>
  r.atc !== null && usesAts(r) && isGone(p, r.atc);
/** So has the IOTLB for this requester. */
const hasStaleIotlb = (p: Seen<UnmappedPageContext>, { context: r }: Seen<RequesterContext>): boolean =>
  entryInUse(r).at === "here" && p.context.iotlb.some(({ tag, frame }) => tag === r.tag && isGone(p, frame));
/** The table walker sees the entry of a page that was freed. */
const seesStaleEntry = (p: Seen<UnmappedPageContext>, { context: r }: Seen<RequesterContext>): boolean =>
  entryInUse(r).at === "here" && p.state === "clearing" && p.context.freed;

const isIdle = ({ state }: Seen<DeviceAttacherContext>): boolean => state === "idle";

const ownOf = (
  { context }: Seen<DeviceAttacherContext>,
  every: readonly Seen<RequesterContext>[],
): readonly Seen<RequesterContext>[] => every.filter(({ name }) => context.requesters.includes(name));

export const inv = [
  always({
    id: "INV-1",
    name: "no-access-after-unmap",
    statement: "After an unmap has returned, no device reaches the page through an ATC, the IOTLB or the page table.",
    source: hardwareRule("I1, I5"),
    witness: "INV-2",
    applies: here(),
    reads: { page, requester },
    parts: {
      "the ATC has no freed page": ({ page: p, requester: r }) => !hasStaleAtc(p, r),
      "the IOTLB has no freed page": ({ page: p, requester: r }) => !hasStaleIotlb(p, r),
      "the page table has no freed page": ({ page: p, requester: r }) => !seesStaleEntry(p, r),
    },
  }),
  sometimes({
    id: "INV-2",
    name: "cached-page-cleared",
    statement: "A page table entry is cleared while the ATC of a device has the page.",
    source: hardwareRule("I1"),
    applies: here(),
    reads: { page, requesters },
    holds: ({ page: p, requesters: every }) =>
      p.state !== "mapped" &&
      !p.context.freed &&
      every.some(({ context: r }) => r.atc === p.context.frame && usesAts(r)),
  }),
  always({
    id: "INV-3",
    name: "no-copy-after-detach",
    statement: "After a detach has returned, the IOMMU keeps no copy of an entry that names the page table.",
    source: coreRule("B38"),
    witness: "INV-4",
    applies: here(),
    reads: { attacher, requesters },
    holds: ({ attacher: a, requesters: every }) =>
      !isIdle(a) ||
      a.context.target.at === "here" ||
      every.every(({ name, context: r }) => !a.context.requesters.includes(name) || entryInUse(r).at !== "here"),
  }),
  sometimes({
    id: "INV-4",
    name: "copy-outlives-entry",
    statement: "The IOMMU still has a copy of an entry that a detach has cleared.",
    source: coreRule("B38"),
    applies: here(),
    reads: { requesters },
    holds: ({ requesters: every }) =>
      every.some(({ context: { entry, copy } }) => copy?.at === "here" && entry.at !== "here"),
  }),
  always({
    id: "INV-5",
    name: "no-invalidation-after-detach",
    statement: "After a detach has returned, no unmap invalidates the ATC of the device any more.",
    source: {
      document: "Linux 7.3.4, drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c",
      clause: "arm_smmu_domain_inv_range()",
    },
    witness: "INV-6",
    applies: here(),
    reads: { attacher, unmapper },
    holds: ({ attacher: a, unmapper: u }) =>
      !isIdle(a) ||
      a.context.target.at !== "none" ||
      !a.context.requesters.some((name) => u.context.toTell.includes(name)),
  }),
  sometimes({
    id: "INV-6",
    name: "detach-during-unmap",
    statement: "A device is being detached while an unmap is about to invalidate its ATC.",
    source: coreRule("2.1"),
    applies: here(),
    reads: { attachers, unmapper },
    holds: ({ attachers: every, unmapper: u }) =>
      every.some(
        ({ state, context: { target, requesters: names } }) =>
          state === "working" && target.at === "none" && names.some((name) => u.context.toTell.includes(name)),
      ),
  }),
  always({
    id: "INV-7",
    name: "listed-while-attached",
    statement: "While no call is under way, a device is on the list exactly if it is attached.",
    source: coreRule("2.1"),
    witness: "INV-8",
    applies: here(),
    reads: { attacher, list },
    holds: ({ attacher: a, list: { context } }) =>
      !isIdle(a) ||
      context.listed.some(({ name }) => name === a.context.requesters[0]) === (a.context.target.at === "here"),
  }),
  sometimes({
    id: "INV-8",
    name: "device-attached",
    statement: "A device is attached beside another one.",
    source: coreRule("2.1"),
    applies: here(),
    reads: { attachers },
    holds: ({ attachers: every }) => every.some((a) => isIdle(a) && a.context.target.at === "here"),
  }),
  always({
    id: "INV-9",
    name: "count-is-right",
    statement: "While no call is under way, the count of devices with ATS is that of those on the list.",
    source: hardwareRule("I5"),
    witness: "INV-8",
    applies: here(),
    reads: { attachers, list },
    holds: ({ attachers: every, list: { context } }) =>
      !every.every(isIdle) || context.count === context.listed.filter(({ ats }) => ats).length,
  }),
  leadsTo({
    id: "INV-10",
    name: "unmap-beside-attach-returns",
    statement: "Every unmap returns.",
    source: hardwareRule("L4"),
    witness: "INV-2",
    applies: here(),
    reads: { unmapper },
    when: ({ unmapper: { state } }) => state === "unmapping",
    eventually: ({ unmapper: { state } }) => state !== "unmapping",
    assumes: ["threads", "hardware"],
  }),
  leadsTo({
    id: "INV-11",
    name: "attach-beside-unmap-returns",
    statement: "Every attach and every detach returns.",
    source: hardwareRule("L4"),
    witness: "INV-8",
    applies: here(),
    reads: { attacher },
    when: ({ attacher: { state } }) => state === "working",
    eventually: ({ attacher: { state } }) => state !== "working",
    assumes: ["threads", "hardware"],
  }),
  sometimes({
    id: "INV-12",
    name: "invalidation-times-out",
    statement: "An unmap goes on after a device has not answered.",
    source: hardwareRule("S7"),
    applies: here((host, bounds) => timesOut(host, bounds) && host.timeoutDoes !== "retries"),
    reads: { unmapper },
    holds: ({ unmapper: { state, context } }) => state === "unmapped" && context.timedOut,
  }),
  canAlways({
    id: "INV-13",
    name: "reset-brings-back",
    statement: "A device that a reset has mended can always be attached with ATS again.",
    source: iommufdRule("J82"),
    witness: "INV-14",
    applies: here((host, bounds) => resets(host, bounds) && host.timeoutDoes !== "retries"),
    reads: { attacher, requesters },
    holds: ({ attacher: a, requesters: every }) =>
      isIdle(a) &&
      a.context.target.at === "here" &&
      every.some(({ name, context: r }) => name === a.context.requesters[0] && !r.silent && usesAts(r)),
  }),
  sometimes({
    id: "INV-14",
    name: "device-in-reset",
    statement: "A device is in reset.",
    source: iommufdRule("J82"),
    applies: here(resets),
    reads: { attachers },
    holds: ({ attachers: every }) => every.some(({ state }) => state === "resetting"),
  }),
  sometimes({
    id: "INV-15",
    name: "device-stays-blocked",
    statement: "A device stays blocked after a reset that has failed.",
    source: iommufdRule("J82"),
    applies: here((host, bounds) => resets(host, bounds) && host.resetRestores === "if-it-succeeds"),
    reads: { attachers },
    holds: ({ attachers: every }) => every.some((a) => isIdle(a) && a.context.blocked),
  }),
  always({
    id: "INV-16",
    name: "blocked-after-failed-reset",
    statement: "A device whose reset has failed is in no page table until a reset succeeds.",
    source: { document: "Quarantine device upon ATC invalidation timeout, v3", clause: "cover letter" },
    witness: "INV-14",
    applies: here(resets),
    reads: { attacher },
    holds: ({ attacher: a }) => !isIdle(a) || !a.context.resetFailed || a.context.target.at === "none",
  }),
  sometimes({
    id: "INV-17",
    name: "page-freed-beside-attached",
    statement: "A page is freed while two devices are attached.",
    source: hardwareRule("I5"),
    applies: here((_, { atcAnswers }) => atcAnswers),
    reads: { page, attachers },
    holds: ({ page: p, attachers: every }) =>
      p.context.freed && every.some((a) => isIdle(a) && a.context.target.at === "here"),
  }),
  always({
    id: "INV-18",
    name: "entry-as-written",
    statement:
      "After an attach or detach has returned, the IOMMU goes by the entry that it wrote, and ATS of the device is as in that entry.",
    source: coreRule("2.1"),
    witness: "INV-8",
    applies: here(),
    reads: { attacher, requesters },
    parts: {
      "the entry in use is the one that was written": ({ attacher: a, requesters: every }) =>
        !isIdle(a) || ownOf(a, every).every(({ context: r }) => entryInUse(r).at === a.context.target.at),
      "ATS of the device is as in the entry": ({ attacher: a, requesters: every }) =>
        !isIdle(a) ||
        a.context.broken ||
        a.context.keepsAts ||
        every.every(({ name, context: r }) => name !== a.context.requesters[0] || r.ats === entryInUse(r).ats),
      "the entry has ATS exactly if it was asked for": ({ attacher: a, requesters: every }) =>
        !isIdle(a) ||
        a.context.broken ||
        every.every(
          ({ name, context: r }) => name !== a.context.requesters[0] || entryInUse(r).ats === a.context.target.ats,
        ),
    },
  }),
];
