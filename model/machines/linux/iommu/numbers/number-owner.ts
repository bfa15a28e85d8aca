/**
 * An owner of a number: a process with a PASID, a group with a cookie, a vDEVICE with its virtual ID. It takes a number, has a
 * device send events with it, and gives it back at its end. It may begin again, with another number or the same.
 *
 * Models  iommu_alloc_mm_data(), iommu_sva_bind_device(), iommu_sva_unbind_device() and mm_pasid_drop() of 7.3.4; amdgpu's
 *         PASIDs; the virtual ID of a vDEVICE (J29). A fork copies the mm: mm_pasid_init() clears what the child has of the PASID
 *         of its parent; without it both give the number back.
 * Omits   What the number is used for. References that several users of one owner take.
 */
import { assign, setup } from "xstate";
import { atWill, linux, linuxAt, messages } from "../../../../said.ts";
import type { Message } from "../../../../../checker/json.ts";
import type { Holder } from "../../lib/number-space.ts";
import { NUMBER_ENDS, type NumberEnd, type NumberStep } from "./number-orders.ts";

export interface NumberOwnerInput {
  readonly name: string;
  readonly owner: number;
  readonly end: NumberEnd;
  /** How often it may begin. */
  readonly lives: number;
}

export interface NumberOwnerContext extends NumberOwnerInput {
  /** Which life this is, from 1. */
  readonly life: number;
  /** The number that it takes for its own. */
  readonly number: number | null;
  readonly left: readonly NumberStep[];
}

export type NumberOwnerEmits =
  | ({ readonly type: "number.takes"; readonly by: string; readonly wants: number } & Holder)
  | { readonly type: "number.frees"; readonly number: number }
  | ({ readonly type: "device.is-tagged"; readonly number: number } & Holder)
  | { readonly type: "device.stops"; readonly owner: number }
  | { readonly type: "ring.drains"; readonly number: number }
  | { readonly type: "child.inherits"; readonly child: string; readonly number: number };

const SVA = "drivers/iommu/iommu-sva.c";

const s = setup({
  types: {
    context: {} as NumberOwnerContext,
    events: {} as
      | { readonly type: "owner.begins"; readonly wants: number }
      | { readonly type: "owner.forks"; readonly child: string }
      | { readonly type: "owner.ends" | "owner.steps" }
      | { readonly type: "number.given"; readonly number: number | null }
      | { readonly type: "child.inherits"; readonly number: number },
    emitted: {} as NumberOwnerEmits,
    input: {} as NumberOwnerInput,
  },
  guards: {
    canBegin: ({ context: { life, lives } }) => life < lives,
    isLast: ({ context }) => context.left.length === 1,
  },
});

const steps = s.enqueueActions(({ context: { owner, number, left }, enqueue }) => {
  const [step, ...rest] = left as readonly [NumberStep, ...NumberStep[]];
  enqueue.assign({ left: rest });
  if (step === "stop") enqueue.emit({ type: "device.stops", owner });
  else if (step === "drain") enqueue.emit({ type: "ring.drains", number: number! });
  else enqueue.emit({ type: "number.frees", number: number! });
});

export const numberOwner = s.createMachine({
  id: "number-owner",
  description: "an owner of a number, which a device sends events with",
  meta: {
    origin: linuxAt("7.3.4", SVA, "iommu_sva_bind_device"),
    lane: "{name}: an owner of a number",
    messages: messages<NumberOwnerEmits>({
      "number.takes": {
        says: "takes a number",
        origin: linuxAt("7.3.4", "drivers/iommu/iommu.c", "iommu_alloc_global_pasid"),
      },
      "number.frees": {
        says: "gives number {number} back",
        origin: linuxAt("7.3.4", SVA, "mm_pasid_drop"),
      },
      "device.is-tagged": "has its device send with number {number}",
      "device.stops": {
        says: "has its device stop to send with its number",
        origin: linuxAt("7.3.4", SVA, "iommu_sva_unbind_device"),
      },
      "ring.drains": {
        says: "waits until no event with number {number} is left",
        origin: linuxAt("7.3.4", "drivers/iommu/intel/prq.c", "intel_iommu_drain_pasid_prq"),
      },
      "child.inherits": {
        says: "is copied to {child}, with number {number}",
        origin: linux("kernel/fork.c", "dup_mm"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, life: 0, number: null, left: [] }),
  initial: "absent",
  states: {
    absent: {
      description: "not there, or without a number",
      on: {
        "owner.begins": {
          description: "begins, and takes a number",
          meta: { origin: linuxAt("7.3.4", SVA, "iommu_sva_bind_device") },
          guard: "canBegin",
          actions: s.enqueueActions(({ context: { name, owner, life }, event, enqueue }) => {
            const wants = (event as unknown as { readonly wants: number }).wants;
            enqueue.emit({ type: "number.takes", by: name, wants, owner, life: life + 1 });
          }),
        },
        "number.given": [
          {
            guard: ({ event }) => event.number !== null,
            target: "live",
            actions: [
              assign(({ context, event }) => ({ number: event.number, life: context.life + 1 })),
              s.emit(({ context: { owner, life, number } }) => ({
                type: "device.is-tagged",
                number: number!,
                owner,
                life,
              })),
            ],
          },
          {},
        ],
        "child.inherits": {
          guard: "canBegin",
          target: "live",
          actions: assign(({ context, event }) => ({ life: context.life + 1, number: event.number })),
        },
      },
    },
    live: {
      description: "has number {number}",
      on: {
        "owner.forks": {
          description: "forks {child}, which inherits the number",
          meta: { origin: linux("kernel/fork.c", "dup_mm") },
          actions: s.emit(({ context, event }) => ({
            type: "child.inherits",
            child: (event as unknown as { readonly child: string }).child,
            number: context.number!,
          })),
        },
        "owner.ends": {
          description: "begins to end",
          meta: { origin: atWill("the owner") },
          target: "ending",
          actions: assign({ left: ({ context }) => NUMBER_ENDS[context.end] }),
        },
      },
    },
    ending: {
      description: "is ending",
      on: {
        "owner.steps": [
          {
            description: "takes the last step of its end",
            meta: { listed: true },
            guard: "isLast",
            target: "absent",
            actions: [steps, assign({ number: null })],
          },
          { description: "takes the next step of its end", meta: { listed: true }, actions: steps },
        ],
      },
    },
  },
});

export const numberOwnerSteps: readonly Message[] = [{ type: "owner.steps" }];
