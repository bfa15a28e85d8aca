/**
 * One access of a device at a time, from the wish to its end. A device asks nobody: it accesses when it likes, whether its
 * group is in a container, whether faults are enabled, whether the page is mapped.
 *
 * Models  VFIO facts, rows 5, 35, 36: an access that misses stalls if the device can have it faulted and faulting is
 *         enabled; every other one is aborted, and recorded as unrecoverable. What a device really tolerates is hidden
 *         from software: `critical` accesses (a ring, a descriptor) end in an error of the device when they fault.
 * Omits   queues, tags, data; the translation and the access are one step. `legal` is ghost state.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";

/** `none`: no access can be faulted; `selective`: those that are not critical can; `full`: all can (row 36). */
export type Tolerance = "none" | "selective" | "full";

export interface DeviceAccessContext {
  readonly device: number;
  readonly page: number | null;
  readonly critical: boolean;
  /** The user may rely on it: page and device belonged to the container from its begin until now. */
  readonly legal: boolean;
  /** An answer came for which nothing waits. */
  readonly unexpected: boolean;
}

export type DeviceAccessEmits =
  | { readonly type: "access.asks" | "access.translates"; readonly device: number; readonly page: number }
  | { readonly type: "access.misses"; readonly device: number; readonly critical: boolean }
  | {
      readonly type: "fault.records";
      readonly device: number;
      readonly page: number;
      readonly recoverable: boolean;
    };

const s = setup({
  types: {
    context: {} as DeviceAccessContext,
    events: {} as
      | { readonly type: "device.accesses"; readonly page: number; readonly critical: boolean }
      | { readonly type: "device.looks-up" | "device.recovers" }
      | { readonly type: "access.judged"; readonly legal: boolean }
      | { readonly type: "access.granted" | "access.missed" | "access.stalled" }
      | { readonly type: "access.aborted"; readonly told: boolean }
      | { readonly type: "access.answered"; readonly code: "success" | "invalid" }
      | { readonly type: "access.disowned"; readonly page: number | null; readonly device: number | null },
    emitted: {} as DeviceAccessEmits,
    input: {} as { device: number },
  },
});

const records = (recoverable: boolean) =>
  s.emit(({ context: { device, page } }) => ({ type: "fault.records", device, page: page!, recoverable }));
const ends = s.assign({ page: null, critical: false, legal: false });
const named = ({ context: { device, page } }: { context: DeviceAccessContext }) => ({ device, page: page! });

export const deviceAccess = s.createMachine({
  id: "device-access",
  context: ({ input }) => ({ ...input, page: null, critical: false, legal: false, unexpected: false }),
  initial: "idle",
  states: {
    idle: {
      on: {
        "device.accesses": {
          target: "wanting",
          actions: [
            assign({ page: ({ event }) => event.page, critical: ({ event }) => event.critical }),
            emit((it) => ({ type: "access.asks", ...named(it) })),
          ],
        },
      },
    },
    wanting: {
      on: {
        "access.judged": { actions: assign({ legal: ({ event }) => event.legal }) },
        "device.looks-up": { actions: emit((it) => ({ type: "access.translates", ...named(it) })) },
        "access.granted": { target: "idle", actions: ends },
        "access.missed": {
          actions: emit(({ context: { device, critical } }) => ({ type: "access.misses", device, critical })),
        },
        "access.stalled": { target: "stalled", actions: records(true) },
        "access.aborted": [
          { guard: ({ event }) => event.told, target: "aborted", actions: records(false) },
          { target: "aborted" },
        ],
      },
    },
    /** Waits for its answer. */
    stalled: {
      on: {
        "access.answered": [
          { guard: ({ event }) => event.code === "success", target: "wanting" },
          { target: "aborted" },
        ],
      },
    },
    /** The device is in error, until its driver has dealt with that. */
    aborted: { on: { "device.recovers": { target: "idle", actions: ends } } },
  },
  on: {
    "access.answered": { actions: assign({ unexpected: true }) },
    "access.disowned": {
      actions: assign({
        legal: ({ context, event }) => context.legal && event.page !== context.page && event.device !== context.device,
      }),
    },
  },
});

/** What it does on its own: the accesses that its tolerance allows, and going on. */
export const deviceAccessSteps = (pages: readonly number[], tolerance: Tolerance): readonly Message[] => [
  ...pages.flatMap((page) => [
    ...(tolerance === "none" ? [] : [{ type: "device.accesses", page, critical: false }]),
    ...(tolerance === "full" ? [] : [{ type: "device.accesses", page, critical: true }]),
  ]),
  { type: "device.looks-up" },
  { type: "device.recovers" },
];
