/**
 * Numbers that are given out, given back, and given out again: PASIDs, cookies, object IDs, group indices, virtual IDs.
 *
 * Models  An ida or an allocating xarray: the lowest free number is given out, at once after it was given back
 *         (ida_alloc_range() for global PASIDs, xa_alloc() for the cookies of a fault queue and for object IDs; D10, J4, J112b);
 *         idr_alloc_cyclic() and xa_alloc_cyclic(), which go on after the last number given out, and begin again at the end
 *         (PASIDs of amdgpu since 14b81abe7bdc); numbers that somebody else picks, of which any free one may come (group indices,
 *         by the device; virtual IDs, by user space); and numbers that never come again (the tombstone of a vDEVICE, J4).
 *         It knows who holds a number, as a look-up finds it.
 * Omits   Memory that is missing. The lock: each event is one critical section.
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import { linuxAt, messages } from "../../../said.ts";
import { lowestFree } from "./allocating-xarray.ts";

export type NumberOrder = "lowest" | "cyclic" | "any" | "retired";

/** Who got a number, and in which of its lives: the second is ghost state where a look-up does not compare it. */
export type Holder = { readonly owner: number; readonly life: number };

export interface NumberSpaceContext {
  readonly order: NumberOrder;
  /** Numbers 1 to this. */
  readonly most: number;
  readonly taken: readonly ({ readonly number: number } & Holder)[];
  /** Numbers that do not come again. */
  readonly retired: readonly number[];
  /** The number that was given out last. */
  readonly last: number;
  /** Ghost: numbers that were given out before. */
  readonly used: readonly number[];
  /** Ghost: a number was given out again. Never cleared. */
  readonly again: boolean;
  /** A number was given back that nobody held. Never cleared. */
  readonly freedTwice: boolean;
  /** An owner got none although fewer owners than numbers held one. Never cleared. */
  readonly ranOut: boolean;
}

export type NumberSpaceEvent =
  /** `wants`: the number that somebody picks, where the order is any. */
  | ({ readonly type: "number.takes"; readonly by: string; readonly wants: number } & Holder)
  | { readonly type: "number.frees"; readonly number: number }
  | { readonly type: "number.looks-up"; readonly number: number };

export type NumberSpaceEmits =
  | { readonly type: "number.given"; readonly by: string; readonly number: number | null }
  | { readonly type: "number.found"; readonly holder: Holder | null };

const IOMMU = "drivers/iommu/iommu.c";

const s = setup({
  types: {
    context: {} as NumberSpaceContext,
    events: {} as NumberSpaceEvent,
    emitted: {} as NumberSpaceEmits,
    input: {} as { readonly order: NumberOrder; readonly most: number },
  },
  guards: {
    isHeld: ({ context, event }) => "number" in event && context.taken.some(({ number }) => number === event.number),
  },
});

/** The number that is given out next, or null. */
function nextOf({ order, most, taken, retired, last }: NumberSpaceContext, wants: number): number | null {
  const used = [...taken.map(({ number }) => number), ...retired].toSorted((a, b) => a - b);
  if (order === "any") return used.includes(wants) ? null : wants;
  if (order === "cyclic") {
    const inTurn = Array.from({ length: most }, (_, k) => ((last + k) % most) + 1);
    return inTurn.find((number) => !used.includes(number)) ?? null;
  }
  const lowest = lowestFree({ used, zeroIsFree: false });
  return lowest > most ? null : lowest;
}

export const numberSpace = s.createMachine({
  id: "number-space",
  description: "numbers that are given out and given back",
  meta: {
    origin: linuxAt("7.3.4", IOMMU, "iommu_alloc_global_pasid"),
    lane: "the numbers, and who holds them",
    messages: messages<NumberSpaceEmits>({
      "number.given": "gives number {number} to {by}",
      "number.found": "returns who holds the number, or none",
    }),
  },
  context: ({ input }) => ({
    ...input,
    taken: [],
    retired: [],
    last: 0,
    used: [],
    again: false,
    freedTwice: false,
    ranOut: false,
  }),
  on: {
    "number.takes": {
      actions: enqueueActions(({ context, event: { by, wants, owner, life }, enqueue }) => {
        const { most, taken, used } = context;
        const number = nextOf(context, wants);
        enqueue.emit({ type: "number.given", by, number });
        if (number === null) {
          enqueue.assign({ ranOut: context.ranOut || (context.order !== "any" && taken.length < most) });
          return;
        }
        enqueue.assign({
          taken: [...taken, { number, owner, life }].toSorted((a, b) => a.number - b.number),
          last: context.order === "cyclic" ? number : 0,
          used: used.includes(number) ? used : [...used, number].toSorted((a, b) => a - b),
          again: context.again || used.includes(number),
        });
      }),
    },
    "number.frees": [
      {
        meta: { origin: linuxAt("7.3.4", IOMMU, "iommu_free_global_pasid") },
        guard: "isHeld",
        actions: assign(({ context: { taken, retired, order }, event: { number } }) => ({
          taken: taken.filter((one) => one.number !== number),
          retired: order === "retired" ? [...retired, number].toSorted((a, b) => a - b) : retired,
        })),
      },
      { actions: assign({ freedTwice: true }) },
    ],
    "number.looks-up": {
      actions: emit(({ context: { taken }, event: { number } }) => {
        const found = taken.find((one) => one.number === number);
        return { type: "number.found", holder: found ? { owner: found.owner, life: found.life } : null };
      }),
    },
  },
});
