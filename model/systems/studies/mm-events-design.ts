/** What can differ in the study of memory events: designs, departures from them, and sizes. */
import type { KnobTable } from "../../knobs.ts";
import { boundsKnobs } from "../bounds.ts";
import type { MmEvent } from "../../machines/linux/mm/notifier/address-space.ts";
import type { OnMismatch } from "../../machines/linux/mm/notifier/mm-operation.ts";
import type { Callback } from "../../machines/linux/mm/notifier/operation-steps.ts";
import type { Study } from "../study.ts";

export interface MmEventsDesign {
  readonly name: string;
  readonly callback: Callback;
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
}

const flag = { kind: "flag" } as const;

export const mmEventsKnobs: KnobTable<MmEventsDesign> = {
  callback: {
    id: "4.3",
    values: { kind: "choice", of: ["invalidate-range", "start-end"] },
    sentence: "Which notifier call unmaps: the one after the clear, under a spinlock, or the one before it.",
  },
  sequenceCompared: {
    id: "I-14",
    values: flag,
    sentence: "Whether a handler notices that an invalidation began while it got its page.",
  },
  watches: {
    id: "D-14",
    values: { kind: "choice", of: ["first-mm", "every-mm"] },
    sentence: "Whether VFIO listens to the process that enabled faults, or to every one with mappings.",
  },
  hearsExit: { id: "I-42", values: flag, sentence: "Whether VFIO unmaps when it is told that the process exits." },
  nonBlockable: {
    id: "I-12",
    values: { kind: "choice", of: ["sleeps", "refuses"] },
    sentence: "What a callback does that must not sleep and would have to wait for the lock.",
  },
  vaddrInCallback: {
    id: "D-24",
    values: { kind: "choice", of: ["ignores", "waits"] },
    sentence: "Whether the callback waits until the process has given valid addresses again.",
  },
  waitError: {
    id: "D-04",
    values: { kind: "choice", of: ["keeps-lock", "goes-on"] },
    sentence: "What the callback does when that wait fails: returns with the lock held, or unmaps nevertheless.",
  },
  whileWithheld: {
    id: "I-43",
    values: { kind: "choice", of: ["waits", "refuses", "ignores"] },
    sentence: "What a fault handler does while addresses are withheld.",
  },
  exitWakes: {
    id: "B-04",
    values: flag,
    sentence: "Whether whoever waits for withheld addresses is woken when the process is gone.",
  },
  unmapReturns: {
    id: "N5",
    values: { kind: "choice", of: ["asked", "larger"] },
    sentence: "Whether an unmap takes only what was asked, or the whole superpage around it.",
  },
  onMismatch: {
    id: "D-08",
    values: { kind: "choice", of: ["clears-returned", "clears-asked", "leaves"] },
    sentence: "Which bits are cleared where an unmap took more than was asked.",
  },
  readMaps: {
    id: "1.1 F7",
    values: { kind: "choice", of: ["writable", "asked"] },
    sentence: "Whether a read fault maps all that the region allows, or reading only.",
  },
  bitPer: {
    id: "I-11",
    values: { kind: "choice", of: ["page", "permission"] },
    sentence: "Whether the bitmap knows for which kind of access a page is mapped.",
  },
  takesReference: {
    id: "I-42",
    values: flag,
    sentence: "Whether the handler makes sure that the process lives before it uses its memory.",
  },
};

export const mmEventsSizeKnobs: KnobTable<MmEventsSizes> = {
  pages: boundsKnobs.pages,
  mms: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 2 },
    sentence: "Processes whose memory one container maps; pages are dealt out to them in turn.",
  },
  happens: {
    id: "bound",
    values: {
      kind: "choice",
      of: ["everything", "discards", "frees", "copies", "migrations", "exits", "oom", "updates"],
    },
    sentence: "What may happen to memory.",
  },
};

const RFC_V2: Omit<MmEventsDesign, "name"> = {
  callback: "invalidate-range",
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
};

export const mmEventsHosts: Study<MmEventsDesign, MmEventsSizes>["hosts"] = {
  hmm: {
    sentence:
      "The sequence count of KVM and HMM: notifiers for every process and its exit, and no sleep in atomic context.",
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
    sentence: "RFC v2: unmaps in .invalidate_range of one process, and has no other notifier callback.",
    design: RFC_V2,
  },
  "rfc-v3": {
    sentence: "RFC v3: as RFC v2, and handler and callback wait for invalid vaddrs.",
    design: { ...RFC_V2, vaddrInCallback: "waits", whileWithheld: "waits", onMismatch: "leaves" },
  },
};
