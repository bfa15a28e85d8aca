/**
 * What objects of iommufd hold: each is asked when it is used or destroyed, and the thread that asks gives back what it held.
 *
 * Models  Linux 7.3, drivers/iommu/iommufd: struct selftest_obj, struct iommufd_access, struct iommufd_fault (none of their
 *         contents), struct iommufd_vdevice, struct iommufd_hw_queue, struct iommufd_hw_pagetable.
 * Omits   Domains and what they map. The groups of a fault queue, which linux/iommu/iommufd/fault/fault-queue.ts has.
 */
import { assign, setup } from "xstate";
import { linuxAt } from "../../../../../said.ts";
import { EINVAL, OK } from "../../../include/iommu.ts";
import { answered, answerSays, described, type Answers, type Facts, type Names } from "./call-messages.ts";
import type { Named } from "./object-messages.ts";

/** Every question comes from a thread, and goes to the object that it names. */
type Question<Type extends string, Says = unknown> = { readonly type: Type; readonly by: string } & Says;
type Described = Question<"object.describes" | "object.is-destroyed">;

interface HeldContext {
  readonly names: Names;
  readonly facts: Facts;
}

const held = setup({
  types: {
    context: {} as HeldContext,
    events: {} as
      | Described
      | Question<
          "hwpt.begins",
          { readonly pt: Named; readonly nestParent: number; readonly pasidCompat: number } & {
            readonly auto: number;
          }
        >
      | Question<"hwpt.takes-fault", { readonly fault: Named }>
      | Question<"hwpt.checks-parent">
      | Question<"vdevice.begins", { readonly virt: number; readonly viommu: Named; readonly device: Named }>
      | Question<
          "hw-queue.begins",
          { readonly iova: number; readonly length: number; readonly index: number } & {
            readonly viommu: Named;
            readonly ioas: Named;
            readonly access: Named;
          }
        >,
    emitted: {} as Answers,
    input: {} as { readonly at: number; readonly names: Names; readonly facts?: Facts },
  },
});

const describes = held.emit(({ context, event }) => described(event.by, context.names, context.facts));
const asked = { "object.describes": { actions: describes }, "object.is-destroyed": { actions: describes } } as const;
const NO_FACTS: Facts = {};
const VIOMMU = "drivers/iommu/iommufd/viommu.c";

/** An object that is told nothing after it was allocated. */
export const plainObject = held.createMachine({
  id: "plain-object",
  description: "an object of iommufd without contents",
  meta: {
    origin: linuxAt("7.3.4", "drivers/iommu/iommufd/selftest.c", "iommufd_selftest_destroy"),
    lane: "object {at}",
    messages: answerSays,
  },
  context: ({ input }) => ({ names: input.names, facts: NO_FACTS }),
  on: asked,
});

export const vdevice = held.createMachine({
  id: "vdevice",
  description: "a vDEVICE: a device under the virtual ID that it has in a vIOMMU",
  meta: {
    origin: linuxAt("7.3.4", VIOMMU, "iommufd_vdevice_destroy"),
    lane: "struct iommufd_vdevice {at}",
    messages: answerSays,
  },
  context: ({ input }) => ({ names: input.names, facts: input.facts ?? NO_FACTS }),
  on: {
    ...asked,
    "vdevice.begins": {
      actions: assign(({ event: { viommu, device, virt } }) => ({ names: { viommu, device }, facts: { virt } })),
    },
  },
});

const NO_QUEUE_NAMES: Names = { viommu: null, ioas: null, access: null };

/** A hardware queue that fails before its pages are pinned holds nothing. */
export const hwQueue = held.createMachine({
  id: "hw-queue",
  description: "a hardware queue of a vIOMMU, whose pages stay pinned",
  meta: {
    origin: linuxAt("7.3.4", VIOMMU, "iommufd_hw_queue_destroy"),
    lane: "struct iommufd_hw_queue {at}",
    messages: answerSays,
  },
  context: { names: NO_QUEUE_NAMES, facts: NO_FACTS },
  on: {
    ...asked,
    /** Its memory may become another queue, which holds nothing before its pages are pinned. */
    "object.is-destroyed": { actions: [describes, assign({ names: NO_QUEUE_NAMES })] },
    "hw-queue.begins": {
      actions: assign(({ event: { viommu, ioas, access, iova, length, index } }) => ({
        names: { viommu, ioas, access },
        facts: { iova, length, index },
      })),
    },
  },
});

const HW_PAGETABLE = "drivers/iommu/iommufd/hw_pagetable.c";
const NO_NAMES: Names = { ioas: null, parent: null, viommu: null, fault: null };

/** What the HWPT is made on: an IOAS, another HWPT, or a vIOMMU, through which it reaches the parent. */
const madeOn = ({
  pt,
  nestParent,
  pasidCompat,
  auto,
}: {
  readonly pt: Named;
  readonly nestParent: number;
  readonly pasidCompat: number;
  readonly auto: number;
}): HeldContext => ({
  names: { ...NO_NAMES, [pt.kind === "hwpt-paging" ? "parent" : pt.kind]: pt },
  facts: { nested: Number(pt.kind !== "ioas"), nestParent, pasidCompat, auto },
});

export const hwpt = held.createMachine({
  id: "hwpt",
  description: "an HWPT: a page table that can be attached",
  meta: {
    origin: linuxAt("7.3.4", HW_PAGETABLE, "iommufd_hwpt_alloc"),
    lane: "struct iommufd_hw_pagetable {at}",
    messages: answerSays,
  },
  context: ({ input }) => ({ names: { ...NO_NAMES, ...input.names }, facts: input.facts ?? NO_FACTS }),
  on: {
    ...asked,
    "hwpt.begins": {
      actions: assign(({ event }) => madeOn(event)),
    },
    "hwpt.takes-fault": {
      actions: assign(({ context, event }) => ({ names: { ...context.names, fault: event.fault } })),
    },
    "hwpt.checks-parent": {
      actions: held.emit(({ context, event }) =>
        answered(event.by, context.facts["nestParent"] === 1 && context.facts["auto"] !== 1 ? OK : EINVAL),
      ),
    },
  },
});
