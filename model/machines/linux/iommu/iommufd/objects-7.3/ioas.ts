/**
 * The I/O address space (IOAS) of iommufd: its areas, which of them are locked by pinned pages, and its automatic HWPTs.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd/io_pagetable.c: iopt_map_user_pages() at a fixed address,
 *         iopt_unmap_iova_range(), which goes from area to area and keeps what it has unmapped when one is locked, or is only
 *         touched in part (J62); device.c: iommufd_access_pin_pages() of an internal access (J61);
 *         viommu.c: the check of iommufd_hw_queue_alloc_phys() for contiguous pages; ioas->hwpt_list.
 *         Pages have frames: `frame` is that of the first page of an area, and `stride` is 1, or -1 for pages in reverse.
 * Omits   Permissions. Areas that IOMMU_IOAS_COPY shares. The callback of an access that is not internal.
 */
import { assign, setup } from "xstate";
import { linuxAt } from "../../../../../said.ts";
import { EBUSY, EFAULT, ENOENT, OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers } from "./call-messages.ts";
import { EEXIST } from "./errors.ts";
import type { Named } from "./object-messages.ts";

export interface Area {
  readonly iova: number;
  readonly length: number;
  readonly frame: number;
  readonly stride: number;
  /** Pins of hardware queues: area->num_locks. */
  readonly locks: number;
}

export interface IoasRules {
  /** What an unmap does with an area that a hardware queue has pinned. */
  readonly unmapLocked: "refused" | "ignored";
  /** Areas go one after the other until one of them cannot, or all are looked at first. */
  readonly unmapWalk: "area-by-area" | "checks-first";
}

/** io_pagetable.c of 7.3.4. */
export const IOAS_7_3: IoasRules = { unmapLocked: "refused", unmapWalk: "area-by-area" };

export interface IoasContext {
  readonly rules: IoasRules;
  readonly at: number;
  /** Ascending. */
  readonly areas: readonly Area[];
  /** Automatic HWPTs, in the order in which they were made. */
  readonly autos: readonly Named[];
}

type By = { readonly by: string };
type Range = { readonly iova: number; readonly length: number };

const s = setup({
  types: {
    context: {} as IoasContext,
    events: {} as
      | ({ readonly type: "object.describes" | "object.is-destroyed" | "ioas.picks" } & By)
      | ({ readonly type: "ioas.lists"; readonly auto: number; readonly hwpt: Named } & By)
      | ({ readonly type: "ioas.unlists"; readonly hwpt: Named } & By)
      | ({ readonly type: "ioas.maps"; readonly frame: number; readonly stride: number } & Range & By)
      | ({ readonly type: "ioas.unmaps" | "ioas.pins" | "ioas.unpins" | "ioas.checks-contiguous" } & Range & By),
    emitted: {} as Answers,
    input: {} as { readonly at: number; readonly areas: readonly Area[]; readonly rules?: IoasRules },
  },
});

export const PAGE = 4096;
const endOf = ({ iova, length }: Range): number => iova + length;
const touches = (a: Range, b: Range): boolean => a.iova < endOf(b) && b.iova < endOf(a);
const isWithin = (inner: Range, outer: Range): boolean => inner.iova >= outer.iova && endOf(inner) <= endOf(outer);
/** Whole pages. */
const pagesOf = ({ iova, length }: Range): Range => {
  const first = Math.floor(iova / PAGE) * PAGE;
  return { iova: first, length: Math.ceil((iova - first + length) / PAGE) * PAGE };
};

interface Unmapped {
  readonly areas: readonly Area[];
  readonly result: number;
  /** Bytes. A call that fails does not tell them to user space. */
  readonly unmapped: number;
}

/** The areas of the range go one after the other, until one of them cannot. */
function unmapped({ areas, rules: { unmapLocked, unmapWalk } }: IoasContext, range: Range): Unmapped {
  const cannot = (area: Area): number =>
    area.locks > 0 && unmapLocked === "refused" ? EBUSY : isWithin(area, range) ? OK : ENOENT;
  const touched = areas.filter((one) => touches(one, range));
  const stop = touched.findIndex((area) => cannot(area) !== OK);
  const gone = stop === -1 ? touched : unmapWalk === "checks-first" ? [] : touched.slice(0, stop);
  return {
    areas: areas.filter((area) => !gone.includes(area)),
    result: stop === -1 ? (gone.length === 0 ? ENOENT : OK) : cannot(touched[stop]!),
    unmapped: gone.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Whether areas cover the range without a gap. */
function isMapped(areas: readonly Area[], range: Range): boolean {
  let at = range.iova;
  for (const area of areas) if (area.iova <= at && at < endOf(area)) at = endOf(area);
  return at >= endOf(range);
}

const locked = (areas: readonly Area[], range: Range, by: 1 | -1): readonly Area[] =>
  areas.map((area) => (touches(area, range) ? { ...area, locks: area.locks + by } : area));

/** A page that is not mapped: only where an unmap ignores pins. */
const NO_FRAME = -1;

/** The frames of the pages. */
function framesOf(areas: readonly Area[], { iova, length }: Range): readonly number[] {
  const pages = Array.from({ length: length / PAGE }, (_, index) => iova + index * PAGE);
  return pages.map((page) => {
    const area = areas.find((one) => one.iova <= page && page < endOf(one));
    return area ? area.frame + ((page - area.iova) / PAGE) * area.stride : NO_FRAME;
  });
}

type OfRange = Range & By;

export const ioasSpace = s.createMachine({
  id: "ioas-space",
  description: "the I/O address space of a context, with its areas",
  meta: {
    origin: linuxAt("7.3.4", "drivers/iommu/iommufd/io_pagetable.c", "iopt_unmap_iova_range"),
    lane: "struct iommufd_ioas {at}",
    messages: answerSays,
  },
  context: ({ input }) => ({ rules: IOAS_7_3, ...input, autos: [] }),
  on: {
    "object.describes": { actions: s.emit(({ event }) => described(event.by, {})) },
    "object.is-destroyed": { actions: s.emit(({ event }) => described(event.by, {})) },
    "ioas.picks": {
      actions: s.emit(({ context, event }) => described(event.by, { hwpt: context.autos[0] ?? null })),
    },
    "ioas.lists": {
      actions: assign({
        autos: ({ context, event }) => (event.auto === 1 ? [...context.autos, event.hwpt] : context.autos),
      }),
    },
    "ioas.unlists": {
      actions: assign({ autos: ({ context, event }) => context.autos.filter(({ at }) => at !== event.hwpt.at) }),
    },
    "ioas.maps": {
      actions: s.enqueueActions(({ context: { areas }, event, enqueue }) => {
        if (event.type !== "ioas.maps") return;
        const { by, iova, length, frame, stride } = event;
        const isTaken = areas.some((area) => touches(area, { iova, length }));
        if (!isTaken)
          enqueue.assign({
            areas: [...areas, { iova, length, frame, stride, locks: 0 }].toSorted((a, b) => a.iova - b.iova),
          });
        enqueue.emit(answered(by, isTaken ? EEXIST : OK));
      }),
    },
    "ioas.unmaps": {
      actions: s.enqueueActions(({ context, event, enqueue }) => {
        const { areas, result, unmapped: bytes } = unmapped(context, event as OfRange);
        enqueue.assign({ areas });
        enqueue.emit(answered(event.by, result, { unmapped: bytes }));
      }),
    },
    "ioas.pins": {
      actions: s.enqueueActions(({ context: { areas }, event, enqueue }) => {
        const range = pagesOf(event as OfRange);
        const isWhole = isMapped(areas, range);
        if (isWhole) enqueue.assign({ areas: locked(areas, range, 1) });
        enqueue.emit(answered(event.by, isWhole ? OK : ENOENT));
      }),
    },
    "ioas.unpins": { actions: assign({ areas: ({ context, event }) => locked(context.areas, pagesOf(event), -1) }) },
    "ioas.checks-contiguous": {
      actions: s.emit(({ context, event }) => {
        const frames = framesOf(context.areas, pagesOf(event as OfRange));
        return answered(event.by, frames.every((frame, index) => frame === frames[0]! + index) ? OK : EFAULT);
      }),
    },
  },
});
