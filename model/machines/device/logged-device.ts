/**
 * A device that writes guest memory at will: to every page that its IOMMU domain maps or, after its driver has begun to pin,
 * only to pinned pages. If pages are mapped by faults, its accesses bring them in too.
 *
 * Models  the scope rule of the dirty log (VFIO facts 2.5; rows 66 and 73, the dirty scope narrows to pinned pages), and what
 *         that rule misses: a second device in the group that no driver confines (B-08).
 * Omits   reads, caches and writes in flight, which caching-device.ts has.
 */
import { assign, emit, setup } from "xstate";
import { atWill, messages, rfc } from "../../said.ts";
import { mutexSays } from "../linux/lib/mutex.ts";

export interface LoggedDeviceContext {
  readonly name: string;
  /** Its IOMMU-backed group; null: a mediated device. */
  readonly group: number | null;
  readonly confined: boolean;
  readonly page: number | null;
}

export type LoggedDeviceEmits =
  | {
      readonly type: "device.wrote";
      readonly page: number;
      readonly group: number | null;
      readonly confined: boolean;
    }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string }
  | { readonly type: "log.faults"; readonly page: number };

const HANDLER = rfc("v1 patch 2", "vfio_iommu_type1_dynamic_dma_map");
const s = setup({
  types: {
    context: {} as LoggedDeviceContext,
    events: {} as
      | { readonly type: "device.writes" | "device.faults"; readonly page: number }
      | { readonly type: "device.is-confined" }
      | { readonly type: "fault.locks" | "fault.maps" | "fault.unlocks" },
    emitted: {} as LoggedDeviceEmits,
    input: {} as { name: string; group: number | null; confined: boolean },
  },
});

export const loggedDevice = s.createMachine({
  id: "logged-device",
  description: "a device that writes guest memory while the dirty log is on",
  meta: {
    origin: atWill("a device"),
    lane: "{name}: a device of IOMMU group {group}",
    messages: messages<LoggedDeviceEmits>({
      "device.wrote": "writes page {page}",
      ...mutexSays("iommu->lock"),
      "log.faults": { says: "pins and maps page {page}", origin: HANDLER },
    }),
  },
  context: ({ input }) => ({ ...input, page: null }),
  on: { "device.is-confined": { actions: assign({ confined: true }) } },
  initial: "running",
  states: {
    running: {
      description: "no fault of the device is being handled",
      on: {
        "device.writes": {
          description: "writes page {page}",
          actions: emit(({ context: { group, confined }, event: { page } }) => ({
            type: "device.wrote",
            page,
            group,
            confined,
          })),
        },
        "device.faults": {
          description: "faults on page {page}",
          target: "locking",
          actions: assign({ page: ({ event }) => event.page }),
        },
      },
    },
    locking: {
      description: "the fault handler waits for iommu->lock",
      on: {
        "fault.locks": {
          description: "takes iommu->lock",
          meta: { origin: HANDLER },
          target: "mapping",
          actions: emit(({ context }) => ({ type: "lock.acquires", owner: context.name })),
        },
      },
    },
    mapping: {
      description: "the fault handler holds iommu->lock, and the page is still to be mapped",
      on: {
        "fault.maps": {
          description: "pins and maps page {page}",
          meta: { origin: HANDLER },
          target: "unlocking",
          actions: emit(({ context }) => ({ type: "log.faults", page: context.page! })),
        },
      },
    },
    unlocking: {
      description: "the page is mapped, and iommu->lock is still held",
      on: {
        "fault.unlocks": {
          description: "drops iommu->lock",
          meta: { origin: HANDLER },
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
