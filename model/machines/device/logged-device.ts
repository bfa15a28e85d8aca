/**
 * A device that writes guest memory as it likes: everywhere that its IOMMU domain reaches, or, once its driver has begun to
 * pin, only where the driver has pinned. With pages that are mapped by faults it brings them in as well.
 *
 * Models  what the scope rule of VFIO facts 2.5 believes of devices (rows 66, 73), and what it does not know: a device
 *         beside it in the group that no driver confines (B-08).
 * Omits   reads, caches, writes in flight.
 */
import { assign, emit, setup } from "xstate";

export interface LoggedDeviceContext {
  readonly name: string;
  /** Its IOMMU-backed group; null: mediated. */
  readonly group: number | null;
  readonly confined: boolean;
  readonly page: number | null;
}

const s = setup({
  types: {
    context: {} as LoggedDeviceContext,
    events: {} as
      | { readonly type: "device.writes" | "device.faults"; readonly page: number }
      | { readonly type: "device.is-confined" }
      | { readonly type: "fault.locks" | "fault.maps" | "fault.unlocks" },
    emitted: {} as
      | {
          readonly type: "device.wrote";
          readonly page: number;
          readonly group: number | null;
          readonly confined: boolean;
        }
      | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
      | { readonly type: "log.faults"; readonly page: number },
    input: {} as { name: string; group: number | null; confined: boolean },
  },
});

export const loggedDevice = s.createMachine({
  id: "logged-device",
  context: ({ input }) => ({ ...input, page: null }),
  on: { "device.is-confined": { actions: assign({ confined: true }) } },
  initial: "running",
  states: {
    running: {
      on: {
        "device.writes": {
          actions: emit(({ context: { group, confined }, event: { page } }) => ({
            type: "device.wrote",
            page,
            group,
            confined,
          })),
        },
        "device.faults": { target: "locking", actions: assign({ page: ({ event }) => event.page }) },
      },
    },
    /** The handler of its fault. */
    locking: {
      on: {
        "fault.locks": {
          target: "mapping",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
        },
      },
    },
    mapping: {
      on: {
        "fault.maps": {
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "log.faults", page: context.page! })),
        },
      },
    },
    unlocking: {
      on: {
        "fault.unlocks": {
          target: "running",
          actions: [emit(({ context }) => ({ type: "lock.releases", owner: context.name })), s.assign({ page: null })],
        },
      },
    },
  },
});

/** What it does on its own; `faults`: whether pages come by faults. */
export const loggedDeviceSteps = (pages: readonly number[], faults: boolean) => [
  ...pages.map((page) => ({ type: "device.writes", page })),
  ...(faults
    ? [
        ...pages.map((page) => ({ type: "device.faults", page })),
        ...["locks", "maps", "unlocks"].map((step) => ({ type: `fault.${step}` })),
      ]
    : []),
];
