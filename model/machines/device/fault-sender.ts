/**
 * A device that sends page requests, one group at a time for each index, until it is told to stop with it.
 *
 * Models  PCIe PRI: an index is in use until its response comes. The device stops when its driver says so, before a detach.
 * Omits   Pages, retries, and what the device does with a response.
 */
import { assign, emit, setup } from "xstate";
import { atWill, clause, messages } from "../../said.ts";

export interface FaultSenderContext {
  readonly device: number;
  /** Indices of groups without a response, ascending. */
  readonly open: readonly number[];
  /** Indices that it does not use any more. */
  readonly stopped: readonly number[];
  readonly indices: number;
}

type Group = { readonly device: number; readonly group: number };
type FaultSenderEmits = { readonly type: "request.sent" } & Group;

const s = setup({
  types: {
    context: {} as FaultSenderContext,
    events: {} as
      | { readonly type: "sender.faults"; readonly group: number }
      /** `of`: the index of a PASID; null: all. */
      | { readonly type: "sender.stops"; readonly device: number; readonly of: number | null }
      | ({ readonly type: "group.responds" } & Group),
    emitted: {} as FaultSenderEmits,
    input: {} as { readonly device: number; readonly indices: number },
  },
});

export const faultSender = s.createMachine({
  id: "fault-sender",
  description: "a device that sends page requests",
  meta: {
    origin: clause("pcie", "10.4 (Page Request Services)"),
    lane: "device {device}",
    messages: messages<FaultSenderEmits>({ "request.sent": "sends a page request with index {group}" }),
  },
  context: ({ input: { device, indices } }) => ({ device, open: [], stopped: [], indices }),
  on: {
    "sender.faults": {
      description: "faults with index {group}",
      meta: { origin: atWill("a device") },
      guard: ({ context: { open, stopped }, event }) => !stopped.includes(event.group) && !open.includes(event.group),
      actions: [
        assign({ open: ({ context, event }) => [...context.open, event.group].sort((a, b) => a - b) }),
        emit(({ context: { device }, event }) => ({ type: "request.sent", device, group: event.group })),
      ],
    },
    "sender.stops": {
      actions: assign({
        stopped: ({ context: { indices }, event: { of } }) =>
          of === null ? Array.from({ length: indices }, (_, group) => group) : [of],
      }),
    },
    "group.responds": {
      actions: assign({ open: ({ context, event }) => context.open.filter((group) => group !== event.group) }),
    },
  },
});
