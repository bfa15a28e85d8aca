/** A handler of retry faults that cannot restore a page, and what becomes of the device's access. */
import { call, takesSteps } from "../../../checker/system.ts";
import { retryingDevice } from "../../machines/device/retrying-device.ts";
import { retryEntry } from "../../machines/iommu/retry-entry.ts";
import { restoreHandler } from "../../machines/linux/iommu/drivers/repair/restore-handler.ts";
import { svmRange } from "../../machines/linux/iommu/drivers/repair/svm-range.ts";
import type { Study } from "../study.ts";
import {
  failedRepairBounds,
  failedRepairHosts,
  failedRepairKnobs,
  failedRepairSizeKnobs,
  type FailedRepairDesign,
  type FailedRepairSizes,
} from "./failed-repair-design.ts";

const CUT =
  "One page, one device and one handler. The device has one access at a time, and caches no entry. The process does not map the " +
  "page again after it has unmapped it. Migration to the memory of the GPU is a restore like any other. Hidden: faults that the " +
  "filter drops, a drain of retry faults, several GPUs, and an entry that one process poisons for another.";

export const failedRepair: Study<FailedRepairDesign, FailedRepairSizes> = {
  name: "failed-repair",
  sentence: "A handler that cannot restore a page: what it writes for the device, and what the next access sees.",
  cut: CUT,
  hosts: failedRepairHosts,
  knobs: failedRepairKnobs,
  sizeKnobs: failedRepairSizeKnobs,
  bounds: failedRepairBounds,
  compose: ({ onFailure, staysMapped, evictTells }, { accesses, moves, failures }) => ({
    components: {
      gpu: {
        machine: retryingDevice,
        role: "retrying-device",
        input: { accesses },
        events: [{ type: "device.accesses" }, { type: "device.retries" }],
      },
      entry: { machine: retryEntry, role: "retry-entry", input: { value: staysMapped ? "page" : "nothing" } },
      range: {
        machine: svmRange,
        role: "svm-range",
        input: { staysMapped, evictTells, moves },
        events: [{ type: "page.moves" }, { type: "process.unmaps" }],
      },
      handler: {
        machine: restoreHandler,
        role: "restore-handler",
        input: { onFailure, failures, busy: failures },
        events: [{ type: "handler.restores" }, { type: "handler.fails" }, { type: "handler.is-busy" }],
      },
    },
    /** The device may have made all of its accesses, or be stopped. */
    deadlock: "allowed",
    routes: [
      call("retrying-device", ["entry.is-read"], "entry"),
      call("retrying-device", ["fault.is-raised"], "handler"),
      call("retry-entry", ["entry.read"], "gpu"),
      call("svm-range", ["entry.is-cleared"], "entry", "drop"),
      call("svm-range", ["range.seen"], "handler"),
      call("restore-handler", ["range.is-looked-up"], "range"),
      call("restore-handler", ["range.is-mapped"], "range"),
      call("restore-handler", ["entry.is-written"], "entry"),
    ],
    fairness: {
      threads: [takesSteps("handler", "strong", ["handler.restores"])],
      hardware: [],
      devices: [takesSteps("gpu", "strong", ["device.retries"])],
    },
  }),
};
