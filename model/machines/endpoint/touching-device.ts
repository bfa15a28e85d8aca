/**
 * A device that reads or writes one page at a time, and waits where it may not.
 *
 * Models  a stalled transaction (hardware facts 4.2) as far as memory is concerned: an access without translation is
 *         reported, and tried again or aborted as the answer says. Reading and writing are looked up in two entries of the
 *         page, one for each permission.
 * Omits   tags, queues and overflow: stall-slot.ts and pri-interface.ts.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

export interface TouchingDeviceContext {
  readonly device: number;
  readonly page: number | null;
  readonly write: boolean;
}

type Access = { readonly device: number; readonly slot: 0; readonly page: number; readonly domain: number };

const s = setup({
  types: {
    context: {} as TouchingDeviceContext,
    events: {} as
      | { readonly type: "device.touches"; readonly page: number; readonly write: boolean }
      | { readonly type: "device.begins" | "device.retires" | "device.gives-up" }
      | { readonly type: "access.granted" | "access.faults" }
      | { readonly type: "fault.answered"; readonly code: "success" | "invalid" },
    emitted: {} as
      | (Access & { readonly type: "access.begins" | "access.retires" })
      | { readonly type: "fault.reports"; readonly page: number; readonly write: boolean; readonly by: string },
    input: {} as { device: number },
  },
});

const access = ({ device, page, write }: TouchingDeviceContext): Access => ({
  device,
  slot: 0,
  page: page!,
  domain: write ? 1 : 0,
});
const forgets = s.assign({ page: null, write: false });

export const touchingDevice = s.extend({ actions: { forgets } }).createMachine({
  id: "touching-device",
  context: ({ input }) => ({ ...input, page: null, write: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "device.touches": { target: "posted", actions: assign(({ event: { page, write } }) => ({ page, write })) },
      },
    },
    posted: {
      on: {
        "device.begins": {
          target: "translating",
          actions: emit(({ context }) => ({ type: "access.begins", ...access(context) })),
        },
      },
    },
    translating: {
      on: {
        "access.granted": { target: "accessing" },
        "access.faults": {
          target: "waiting",
          actions: emit(({ context: { device, page, write } }) => ({
            type: "fault.reports",
            page: page!,
            write,
            by: `device${device}`,
          })),
        },
      },
    },
    accessing: {
      on: {
        "device.retires": {
          target: "idle",
          actions: [emit(({ context }) => ({ type: "access.retires", ...access(context) })), "forgets"],
        },
      },
    },
    waiting: {
      on: {
        "fault.answered": [{ guard: ({ event }) => event.code === "success", target: "posted" }, { target: "aborted" }],
      },
    },
    aborted: { on: { "device.gives-up": { target: "idle", actions: "forgets" } } },
  },
});

export const touchingSteps = (pages: readonly number[], writes: readonly boolean[]): readonly Message[] => [
  ...pages.flatMap((page) => writes.map((write) => ({ type: "device.touches", page, write }))),
  { type: "device.begins" },
  { type: "device.retires" },
  { type: "device.gives-up" },
];
