/**
 * What a device is given to do in a fixed order: pieces of work one after the other, and the first one again after the last.
 *
 * Models  A driver that goes through a buffer from its beginning to its end, or through a ring of descriptors (virtio 1.2,
 *         2.7.13: the driver posts to the next entry). Which pages a piece has is data of a workload.
 * Omits   how many entries the ring has free: as many pieces are under way as the device has free slots, and any free one may
 *         take the next piece.
 */
import { assign, emit, setup } from "xstate";
import { atWill, messages } from "../../said.ts";

export interface WorkOrderEvent {
  readonly type: "order.gives";
  readonly slot: number;
}

export interface WorkOrderEmits {
  readonly type: "slot.starts";
  readonly device: number;
  readonly slot: number;
  readonly pages: readonly number[];
}

export interface WorkOrderContext {
  readonly device: number;
  /** The pages of each piece of work. */
  readonly items: readonly (readonly number[])[];
  /** The piece that comes next. */
  readonly next: number;
}

const s = setup({
  types: {
    context: {} as WorkOrderContext,
    events: {} as WorkOrderEvent,
    emitted: {} as WorkOrderEmits,
    input: {} as Omit<WorkOrderContext, "next">,
  },
});

export const workOrder = s.createMachine({
  id: "work-order",
  description: "what a device driver gives the device to do, in a fixed order",
  meta: {
    origin: atWill("a device driver"),
    lane: "driver of device {device}",
    messages: messages<WorkOrderEmits>({
      "slot.starts": { says: "gives page(s) {pages} to slot {slot}", origin: atWill("a device driver") },
    }),
  },
  context: ({ input }) => ({ ...input, next: 0 }),
  on: {
    "order.gives": {
      description: "gives the next piece of work to slot {slot}",
      meta: { origin: atWill("a device driver") },
      actions: [
        emit(({ context: { device, items, next }, event: { slot } }) => ({
          type: "slot.starts",
          device,
          slot,
          pages: items[next]!,
        })),
        assign({ next: ({ context: { items, next } }) => (next + 1) % items.length }),
      ],
    },
  },
});
