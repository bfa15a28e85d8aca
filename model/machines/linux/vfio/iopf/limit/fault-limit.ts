/**
 * The limit on faulted-in pages, as a share of all pages that DMA_MAP has linked, and the number of pages charged against
 * it.
 *
 * Models  the levels that the RFC's author proposed for VFIO_IOMMU_ENABLE_IOPF (row 34: 10, 30, 50 or 70 percent of the
 *         total mapping size, or no limit; VFIO facts 4.1). The limit is computed again at DMA_MAP and DMA_UNMAP; rounded
 *         down, a share of a small guest is 0. Charging follows linux/mm/locked-vm.ts, with a limit that moves. Pages
 *         that are locked down are charged too, and their charge is never refused.
 * Omits   RLIMIT_MEMLOCK beside the level (row 28: how does a user know what limit to set?).
 */
import { assign, emit, enqueueActions, setup } from "xstate";
import {
  isOver,
  isRefused,
  lockedVmSays,
  oneLess,
  oneMore,
  type LockedVmContext,
  type LockedVmEmits,
  type LockedVmEvent,
} from "../../../mm/locked-vm.ts";
import { messages, proposal } from "../../../../../said.ts";

export interface LimitRule {
  /** Of the total mapping size; null: unlimited. */
  readonly percent: number | null;
  readonly rounding: "down" | "up";
  /** Pages of each region. */
  readonly sizes: readonly number[];
}

/** The limit, in pages, while these regions are mapped. */
export function limitOf({ percent, rounding, sizes }: LimitRule, linked: readonly number[]): number {
  const total = linked.reduce((sum, region) => sum + sizes[region]!, 0);
  const hundredths = total * (percent ?? 100);
  return rounding === "down" ? Math.floor(hundredths / 100) : Math.ceil(hundredths / 100);
}

export interface FaultLimitContext extends LockedVmContext {
  readonly rule: LimitRule;
  /** Regions that count: a set. */
  readonly linked: readonly number[];
}

export type FaultLimitEvent =
  | LockedVmEvent
  | { readonly type: "account.locks-down"; readonly pages: number }
  | { readonly type: "container.links" | "container.unlinks"; readonly region: number }
  /** DMA_UNMAP begins: the region counts no more. */
  | { readonly type: "account.leaves"; readonly region: number; readonly by: string };

const s = setup({
  types: {
    context: {} as FaultLimitContext,
    events: {} as FaultLimitEvent,
    emitted: {} as LockedVmEmits,
    input: {} as { rule: LimitRule; enforced: boolean },
  },
});

const counting = (rule: LimitRule, linked: readonly number[]) => ({ linked, limit: limitOf(rule, linked) });
const without = ({ rule, linked }: FaultLimitContext, region: number) =>
  counting(
    rule,
    linked.filter((other) => other !== region),
  );

export const faultLimit = s.createMachine({
  id: "fault-limit",
  description: "the level and the limit of faulted-in pages",
  meta: {
    origin: proposal("M3 (a limit on faulted-in pages)"),
    lane: "the limit on faulted-in pages",
    messages: messages<LockedVmEmits>(lockedVmSays),
  },
  context: ({ input: { rule, enforced } }) => ({ rule, enforced, charged: 0, linked: [], limit: 0 }),
  on: {
    "account.charges": [
      { guard: isRefused, actions: emit(({ event }) => ({ type: "account.refused", by: event.by })) },
      { actions: [assign({ charged: oneMore }), emit(({ event }) => ({ type: "account.charged", by: event.by }))] },
    ],
    "account.uncharges": { actions: assign({ charged: oneLess }) },
    "account.locks-down": {
      actions: assign({ charged: ({ context, event }) => context.charged + event.pages }),
    },
    "account.compares": {
      actions: emit(({ context, event: { by } }) => ({ type: "account.level", by, over: isOver(context) })),
    },
    "container.links": {
      actions: assign(({ context: { rule, linked }, event }) =>
        counting(
          rule,
          [...new Set([...linked, event.region])].sort((a, b) => a - b),
        ),
      ),
    },
    "container.unlinks": { actions: assign(({ context, event }) => without(context, event.region)) },
    "account.leaves": {
      actions: enqueueActions(({ context, event: { region, by }, enqueue }) => {
        const rest = without(context, region);
        enqueue.assign(rest);
        enqueue.emit({ type: "account.level", by, over: isOver({ ...context, ...rest }) });
      }),
    },
  },
});
