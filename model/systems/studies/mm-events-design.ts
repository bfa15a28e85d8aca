/** What can differ in the focused model `mm-events`: designs, deliberate defects, and sizes. */
import type { MmEvent } from "../../machines/linux/mm/notifier/address-space.ts";
import type { OnMismatch } from "../../machines/linux/mm/notifier/mm-operation.ts";
import type { Callback, CallbackLooks } from "../../machines/linux/mm/notifier/operation-steps.ts";
import type { UnmapOrder } from "../../machines/linux/vfio/iopf/unmap-thread.ts";
import type { Study } from "../study.ts";

export interface MmEventsDesign {
  readonly name: string;
  readonly callback: Callback;
  readonly forcesFlush: boolean;
  readonly sequenceCompared: boolean;
  readonly watches: "first-mm" | "every-mm";
  readonly hearsExit: boolean;
  readonly nonBlockable: "sleeps" | "refuses";
  readonly vaddrInCallback: "ignores" | "waits";
  readonly waitError: "keeps-lock" | "goes-on";
  readonly whileWithheld: "waits" | "refuses" | "ignores";
  readonly exitWakes: boolean;
  readonly unmapReturns: "asked" | "larger";
  readonly onMismatch: OnMismatch;
  readonly readMaps: "writable" | "asked";
  readonly bitPer: "page" | "permission";
  readonly takesReference: boolean;
  /** Looked at where DMA_UNMAP runs beside the callback. */
  readonly callbackLooks: Exclude<CallbackLooks, "never">;
  readonly dmaUnmapOrder: UnmapOrder;
}

/** What may happen to memory in one run. */
export const HAPPENINGS = {
  everything: { process: ["discard", "free", "share", "copy", "exit"], kernel: ["migrate", "oom"], updates: true },
  discards: { process: ["discard"], kernel: [], updates: false },
  frees: { process: ["free"], kernel: [], updates: false },
  copies: { process: ["share", "copy"], kernel: [], updates: false },
  migrations: { process: [], kernel: ["migrate"], updates: false },
  exits: { process: ["exit"], kernel: [], updates: false },
  oom: { process: [], kernel: ["oom"], updates: false },
  updates: { process: ["discard", "exit"], kernel: [], updates: true },
} as const satisfies {
  readonly [name: string]: {
    readonly process: readonly MmEvent[];
    readonly kernel: readonly MmEvent[];
    readonly updates: boolean;
  };
};

export interface MmEventsSizes {
  readonly name: string;
  readonly pages: number;
  readonly mms: number;
  readonly happens: keyof typeof HAPPENINGS;
  readonly dmaUnmaps: boolean;
}

const RFC_V2: Omit<MmEventsDesign, "name"> = {
  callback: "invalidate-range",
  forcesFlush: false,
  sequenceCompared: false,
  watches: "first-mm",
  hearsExit: false,
  nonBlockable: "sleeps",
  vaddrInCallback: "ignores",
  waitError: "keeps-lock",
  whileWithheld: "ignores",
  exitWakes: false,
  unmapReturns: "asked",
  onMismatch: "clears-asked",
  readMaps: "writable",
  bitPer: "page",
  takesReference: true,
  callbackLooks: "under-lock",
  dmaUnmapOrder: "under-lock",
};

export const mmEventsHosts: Study<MmEventsDesign, MmEventsSizes>["hosts"] = {
  hmm: {
    sentence:
      "As KVM and HMM: a sequence count, a notifier on every process, and a callback that never sleeps where it must not.",
    design: {
      ...RFC_V2,
      callback: "start-end",
      sequenceCompared: true,
      watches: "every-mm",
      hearsExit: true,
      nonBlockable: "refuses",
      waitError: "goes-on",
      whileWithheld: "waits",
      exitWakes: true,
      onMismatch: "clears-returned",
      readMaps: "asked",
      bitPer: "permission",
    },
  },
  "rfc-v2": {
    sentence: "RFC v2: the notifier unmaps in .invalidate_range, and watches one process.",
    design: RFC_V2,
  },
  "rfc-v3": {
    sentence: "RFC v3: as RFC v2, and handler and callback wait while a vaddr is invalid.",
    design: { ...RFC_V2, vaddrInCallback: "waits", whileWithheld: "waits", onMismatch: "leaves" },
  },
};
