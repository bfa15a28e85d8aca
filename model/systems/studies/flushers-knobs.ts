/** The knobs of the focused model `flushers`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { FlushersDesign, FlushersSizes } from "./flushers-design.ts";

export const flushersKnobs: KnobTable<FlushersDesign> = {
  fenceNumber: {
    id: "I5",
    values: choice({
      "under-lock": "Under the lock of the queue, so that numbers are in the order of the fences.",
      "before-lock": "Before that lock: a larger number may be queued first (CVE-2026-43220).",
    }),
    sentence: "When a flush takes the number of its fence.",
  },
  fenceWait: {
    id: "I5",
    values: choice({
      "at-least": "Until the number stored last is its own or a larger one (AMD).",
      exactly: "Until the number stored last is its own.",
      "own-slot": "Until its own status slot says so; no numbers are taken (VT-d).",
    }),
    sentence: "What a flush waits for.",
  },
  waitEnds: {
    id: "I5",
    values: choice({
      "when-done": "Never before its fence is done, aborted or refused.",
      "may-give-up": "After LOOP_TIMEOUT it returns an error (AMD).",
    }),
    sentence: "Whether a wait for a fence may end without it.",
  },
  abortedSlots: {
    id: "S7",
    values: choice({
      all: "All waits that are pending.",
      "odd-slots": "Every other slot: right only if every flush takes two (VT-d before the fix of 2026-03).",
    }),
    sentence: "Which waits software marks as aborted after an invalidation time-out.",
  },
  afterAbort: {
    id: "L4",
    values: choice({
      retries: "It begins again, each time (6.1.192).",
      "fails-if-removed":
        "It begins again. The flush that clears the time-out of a removed device returns an error (6.12.117, 7.3.4).",
      fails: "It returns an error.",
    }),
    sentence: "What a flush does whose wait was aborted.",
  },
  refusedBecomes: {
    id: "S7",
    values: choice({
      told: "The flush that sent it returns an error.",
      fence: "A fence takes its place, and nobody is told (deliberate defect; proposed for RISC-V in 2026-06).",
      stays: "Nothing: the queue stays where it is (deliberate defect).",
    }),
    sentence: "What becomes of a command that the IOMMU refuses.",
  },
};

export const flushersSizeKnobs: KnobTable<FlushersSizes> = {
  flushers: { id: "bound", values: { kind: "integer", from: 1, to: 3 }, sentence: "How many threads flush." },
  firstInvalidations: {
    id: "bound",
    values: { kind: "integer", from: 1, to: 3 },
    sentence: "How many invalidations a flush of the first thread has; the others have one.",
  },
  ringSlots: {
    id: "bound",
    values: { kind: "integer", from: 2, to: 9 },
    sentence: "How many commands the queue holds: one for each invalidation, and one for the fence of a flush.",
  },
  suspectDevice: {
    id: "bound",
    values: choice({
      answers: "It completes each.",
      silent: "It completes none, and is there: the IOMMU times out.",
      removed: "It completes none, and the kernel knows that it was removed.",
    }),
    sentence: "What the device does with the invalidations of the first thread.",
  },
  refusesCommand: {
    id: "bound",
    values: { kind: "flag" },
    sentence: "Whether the IOMMU may refuse one command of the first thread.",
  },
};
