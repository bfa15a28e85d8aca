/**
 * One access of a device at a time, from the wish to its end. A device accesses at will: its group may be in a container or not,
 * faults may be on or off, the page may be mapped or not.
 *
 * Models  VFIO facts, rows 5, 35 and 36 (a fault path does not mean that the device tolerates every fault). An access that
 *         misses stalls if the device tolerates a fault there and page faults are enabled. Any other is aborted and recorded as
 *         unrecoverable. Software cannot see which accesses a device tolerates: a `critical` access (a ring, a descriptor)
 *         ends in an error of the device when it faults.
 * Omits   queues, tags and data, which ring-queue.ts and stall-slot.ts have. Translation and access are one step. `legal` is
 *         ghost state.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../checker/json.ts";
import { atWill, clause, messages } from "../../said.ts";

/** `none`: no access may fault; `selective`: accesses that are not critical may; `full`: every access may (row 36). */
export type Tolerance = "none" | "selective" | "full";

export interface DeviceAccessContext {
  readonly device: number;
  readonly page: number | null;
  readonly critical: boolean;
  /** Page and device have belonged to the container since the access began: the user may rely on it. */
  readonly legal: boolean;
  /** A response came for which no access waits. */
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
      | { readonly type: "access.answered"; readonly code: "success" | "invalid" | "failure" }
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
  description: "a device with one access at a time",
  meta: {
    origin: atWill("a device"),
    lane: "device {device}, one access at a time",
    messages: messages<DeviceAccessEmits>({
      "access.asks": "wants to access page {page}",
      "access.translates": "accesses page {page}",
      "access.misses": "has no translation for the access of device {device}",
      "fault.records": {
        says: "reports the fault of device {device} on page {page}",
        origin: clause("smmu", "7.3 (Event records)"),
      },
    }),
  },
  context: ({ input }) => ({ ...input, page: null, critical: false, legal: false, unexpected: false }),
  initial: "idle",
  states: {
    idle: {
      description: "no access is wanted",
      on: {
        "device.accesses": {
          description: "wants to access page {page}",
          target: "wanting",
          actions: [
            assign({ page: ({ event }) => event.page, critical: ({ event }) => event.critical }),
            emit((it) => ({ type: "access.asks", ...named(it) })),
          ],
        },
      },
    },
    wanting: {
      description: "an access is wanted, and not translated yet",
      on: {
        "access.judged": { actions: assign({ legal: ({ event }) => event.legal }) },
        "device.looks-up": {
          description: "accesses page {page}",
          actions: emit((it) => ({ type: "access.translates", ...named(it) })),
        },
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
    stalled: {
      description: "the access is stalled, and the response is outstanding",
      on: {
        "access.answered": [
          { guard: ({ event }) => event.code === "success", target: "wanting" },
          { target: "aborted" },
        ],
      },
    },
    aborted: {
      description: "the access was aborted: the device is in error until its driver recovers it",
      on: { "device.recovers": { description: "is recovered by its driver", target: "idle", actions: ends } },
    },
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

/** What it does on its own: the accesses that its tolerance allows, and the steps after them. */
export const deviceAccessSteps = (pages: readonly number[], tolerance: Tolerance): readonly Message[] => [
  ...pages.flatMap((page) => [
    ...(tolerance === "none" ? [] : [{ type: "device.accesses", page, critical: false }]),
    ...(tolerance === "full" ? [] : [{ type: "device.accesses", page, critical: true }]),
  ]),
  { type: "device.looks-up" },
  { type: "device.recovers" },
];
