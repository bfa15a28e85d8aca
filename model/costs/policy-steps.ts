/** Which step takes which cost in the focused model of policies. */
import type { Taken } from "./taken.ts";

export const policySteps: { readonly [step: string]: Taken } = {
  "policy-guest: guest.cheats": { never: "the guest is honest" },
  "policy-guest: *": "driver",
  "policy-device: device.begins": "at once",
  "policy-device: device.retires": "access",
  "policy-device: device.gives-up": "access",
  "policy-entry: *": { never: "the guest is honest" },
  "policy-pressure: pressure.asks": "pressure",
  "policy-pressure: *": "at once",
  "policy-faults delivers *": "report",
  "policy-hold: *": "handler",
  "policy-release: *": "release",
  // Whoever called waits for the whole way to the host and back.
  "policy-thread: work.answers for policy-guest": "trap",
  "policy-thread: work.answers for policy-driver": "trap",
  "policy-thread: work.answers for policy-device": "resume",
  "policy-thread: *": "core",
  "policy-driver: driver.notifies": "at once",
  "policy-unpin: unpin.looks": {
    never: "the thread unpins nothing by itself (the default of crosvm): a balloon requests pages",
  },
  "policy-unpin: unpin.fails": { never: "DMA_UNMAP does not fail" },
  "policy-unpin: *": "release",
  "policy: policy.maps-next": "core",
  "policy: snoop.reads": "snoop",
  "backup-ring: ring.takes": "report",
  "backup-ring: ring.copies": "access",
};
