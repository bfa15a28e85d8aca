/** HWQ: hardware queues of a vIOMMU: their pages stay mapped and pinned, whatever is unmapped. */
import { all, always, each, sometimes } from "../../checker/property.ts";
import { EBUSY, EFAULT, ENOENT, OK } from "../../model/machines/linux/include/iommu.ts";
import type { CallThreadContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/call-thread.ts";
import type { Area, IoasContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/ioas.ts";
import type { MockViommuContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/mock-viommu.ts";
import type { ObjectTableContext } from "../../model/machines/linux/iommu/iommufd/objects-7.3/object-entries.ts";
import type { QueuePagesDesign, QueuePagesSizes } from "../../model/systems/studies/queue-pages-design.ts";
import { inStudy } from "./parameters.ts";
import { iommufdRule } from "./sources.ts";

type Condition = (design: QueuePagesDesign, sizes: QueuePagesSizes) => boolean;
const here = (condition?: Condition) => inStudy<QueuePagesDesign, QueuePagesSizes>("queue-pages", condition);
const refuses: Condition = ({ unmapLocked }) => unmapLocked === "refused";
const two: Condition = (_, { queues }) => queues > 1;

type Queue = { readonly facts: { readonly iova?: number; readonly length?: number } };
type Seen<Context> = { readonly name: string; readonly state: string; readonly context: Context };

const threads = all<CallThreadContext>("call-thread");
const thread = each<CallThreadContext>("call-thread");
const table = each<ObjectTableContext>("object-table");
const ioas = each<IoasContext>("ioas-space");
const driver = each<MockViommuContext>("mock-viommu");
const queues = all<Queue>("hw-queue");

const areOutside = (all_: readonly Seen<CallThreadContext>[]): boolean =>
  all_.every(({ state }) => state === "outside");
const isTold = ({ state, context }: Seen<CallThreadContext>, call: string, result: number): boolean =>
  state === "inside" && context.call === call && context.result === result;
const numberOf = ({ name }: { readonly name: string }): number => Number(name.slice("hw-queue-".length));
const rangeOf = ({ context: { facts } }: Seen<Queue>) => {
  const { iova = 0, length = 0 } = facts;
  return { iova, end: iova + length };
};
const touches = ({ iova, length }: Area, of: { readonly iova: number; readonly end: number }): boolean =>
  iova < of.end && of.iova < iova + length;
/** Areas never overlap, so that their sum says whether they cover the pages of the queue. */
const covered = (areas: readonly Area[], queue: Seen<Queue>): boolean => {
  const { iova, end } = rangeOf(queue);
  const bytes = areas.map((area) => Math.max(0, Math.min(end, area.iova + area.length) - Math.max(iova, area.iova)));
  return bytes.reduce((sum, one) => sum + one, 0) === end - iova;
};
const isLiving = ({ context: { entries } }: Seen<ObjectTableContext>, queue: Seen<Queue>): boolean =>
  entries.some(({ kind, at, place }) => kind === "hw-queue" && at === numberOf(queue) && place === "visible");
const told = ({ context }: Seen<CallThreadContext>): number => context.facts["unmapped"] ?? 0;

export const hwq = [
  always({
    id: "HWQ-1",
    name: "running-queue-keeps-its-pages",
    statement: "The pages of a hardware queue that the driver runs are mapped in the IOAS.",
    source: iommufdRule("J61, J62, J64"),
    witness: "HWQ-2",
    applies: here(),
    reads: { ioas, driver, queues },
    holds: ({ ioas: { context }, driver: d, queues: q }) =>
      q.every((queue) => d.context.begun.every(({ at }) => at !== numberOf(queue)) || covered(context.areas, queue)),
    values: ({ ioas: { context }, driver: d }) => ({
      "queues that run": d.context.begun.map(({ at }) => at),
      "areas that are mapped": context.areas.map(({ iova, length }) => `${iova} to ${iova + length}`),
    }),
  }),
  sometimes({
    id: "HWQ-2",
    name: "unmap-of-queue-pages-is-busy",
    statement: "An unmap is told EBUSY, because a hardware queue has pinned pages of an area.",
    source: iommufdRule("J62"),
    applies: here(refuses),
    reads: { thread },
    holds: ({ thread: t }) => isTold(t, "ioas-unmap", EBUSY),
  }),
  always({
    id: "HWQ-3",
    name: "failed-unmap-changes-nothing",
    statement: "An unmap that fails has unmapped nothing.",
    source: iommufdRule("J62"),
    witness: "HWQ-2",
    applies: here(),
    reads: { thread },
    holds: ({ thread: t }) => t.context.call !== "ioas-unmap" || t.context.result === OK || told(t) === 0,
    values: ({ thread: t }) => ({ "told to user space": t.context.result, "bytes unmapped": told(t) }),
  }),
  sometimes({
    id: "HWQ-4",
    name: "unmap-fails-in-part",
    statement: "An unmap is told EBUSY after it has unmapped an area before the pinned one.",
    source: iommufdRule("J62"),
    applies: here((design) => design.unmapLocked === "refused" && design.unmapWalk === "area-by-area"),
    reads: { thread },
    holds: ({ thread: t }) => isTold(t, "ioas-unmap", EBUSY) && told(t) > 0,
  }),
  always({
    id: "HWQ-5",
    name: "pins-are-queues-at-rest",
    statement: "With no call in the kernel, the pins of an area are the hardware queues that have pages in it.",
    source: iommufdRule("J61, J62"),
    witness: "HWQ-6",
    applies: here(refuses),
    reads: { threads, table, ioas, queues },
    holds: ({ threads: all_, table: t, ioas: { context }, queues: q }) =>
      !areOutside(all_) ||
      context.areas.every(
        (area) => area.locks === q.filter((queue) => isLiving(t, queue) && touches(area, rangeOf(queue))).length,
      ),
    values: ({ ioas: { context } }) => ({ pins: context.areas.map(({ iova, locks }) => `${iova}: ${locks}`) }),
  }),
  sometimes({
    id: "HWQ-6",
    name: "queue-at-rest",
    statement: "With no call in the kernel, a hardware queue has pinned pages.",
    source: iommufdRule("J61"),
    applies: here(),
    reads: { threads, ioas },
    holds: ({ threads: all_, ioas: { context } }) => areOutside(all_) && context.areas.some(({ locks }) => locks > 0),
  }),
  sometimes({
    id: "HWQ-7",
    name: "queue-on-scattered-pages-is-refused",
    statement: "IOMMU_HW_QUEUE_ALLOC is told EFAULT, because the pages that it pinned are not contiguous.",
    source: iommufdRule("J61"),
    applies: here(),
    reads: { thread },
    holds: ({ thread: t }) => isTold(t, "hw-queue-alloc", EFAULT),
  }),
  always({
    id: "HWQ-8",
    name: "users-are-queues-at-rest",
    statement: "With no call in the kernel, each hardware queue is one user of the IOAS and one of the vIOMMU.",
    source: iommufdRule("J12, J61"),
    witness: "HWQ-6",
    applies: here(),
    reads: { threads, table },
    holds: ({ threads: all_, table: { context } }) => {
      if (!areOutside(all_)) return true;
      const made = context.entries.filter(({ kind }) => kind === "hw-queue").length;
      const due: { readonly [kind: string]: number } = { ioas: 2 + made, viommu: 1 + made };
      return !context.broken && context.entries.every(({ kind, users }) => users === (due[kind] ?? users));
    },
    values: ({ table: { context } }) => ({
      users: context.entries.map(({ kind, at, users }) => `${kind} ${at}: ${users}`),
    }),
  }),
  sometimes({
    id: "HWQ-9",
    name: "unmap-of-a-part-is-refused",
    statement: "An unmap of a part of an area that nobody has pinned is told ENOENT.",
    source: iommufdRule("J62"),
    applies: here(),
    reads: { thread, ioas },
    holds: ({ thread: t, ioas: { context } }) =>
      isTold(t, "ioas-unmap", ENOENT) &&
      context.areas.some(
        (area) => area.iova < (t.context.args["iova"] ?? 0) && (t.context.args["iova"] ?? 0) < area.iova + area.length,
      ),
  }),
  always({
    id: "HWQ-10",
    name: "queue-outlives-those-after-it",
    statement: "A hardware queue on which another one depends is not freed.",
    source: iommufdRule("J63"),
    witness: "HWQ-13",
    applies: here(two),
    reads: { table, driver },
    holds: ({ table: { context }, driver: d }) =>
      d.context.after.every(({ previous }) =>
        context.entries.some(({ kind, at }) => kind === previous.kind && at === previous.at),
      ),
    values: ({ driver: d }) => ({
      "depend on a queue before": d.context.after.map(({ queue, previous }) => `${queue.at} on ${previous.at}`),
    }),
  }),
  sometimes({
    id: "HWQ-11",
    name: "queue-before-another-is-busy",
    statement: "User space is told EBUSY for a hardware queue on which another one depends.",
    source: iommufdRule("J63"),
    applies: here(two),
    reads: { thread, driver },
    holds: ({ thread: t, driver: d }) => isTold(t, "object-destroy", EBUSY) && d.context.after.length > 0,
  }),
  sometimes({
    id: "HWQ-12",
    name: "unmap-of-other-pages-is-busy",
    statement: "An unmap is told EBUSY for pages that no hardware queue uses, because their area is pinned.",
    source: iommufdRule("J62"),
    applies: here(refuses),
    reads: { thread, table, queues },
    holds: ({ thread: t, table: of, queues: q }) => {
      const { iova = 0, length = 0 } = t.context.args;
      const asked = { iova, end: iova + length };
      return (
        isTold(t, "ioas-unmap", EBUSY) &&
        q.every((queue) => {
          const { iova: first, end } = rangeOf(queue);
          return !isLiving(of, queue) || end <= asked.iova || asked.end <= first;
        }) &&
        q.some((queue) => isLiving(of, queue))
      );
    },
  }),
  sometimes({
    id: "HWQ-13",
    name: "two-queues",
    statement: "The driver runs a hardware queue and one that depends on it.",
    source: iommufdRule("J63"),
    applies: here(two),
    reads: { driver },
    holds: ({ driver: d }) => d.context.after.length > 0,
  }),
] as const;
