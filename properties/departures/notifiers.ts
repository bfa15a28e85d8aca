/** Deliberate defects of `notifiers`: listeners that are freed too early, told too little, or told of one end too few. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = {}): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "notifiers",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const DEADLOCKS = ["LSN-8", "LSN-9", "LSN-10", "LCK-10", "LCK-11", "DEADLOCK"] as const;
const REFUSES = { threads: 1, memory: "reaping", refuses: true } as const;

export const notifiersBreakages: Breakages = {
  departures: [
    broken(
      { removalReads: "lockless" },
      ["LSN-3"],
      "the remover sees the new sequence count before the thread has taken the listener off the tree (319561669a59)",
    ),
    broken(
      { collapseTells: "nobody" },
      ["LSN-1"],
      "khugepaged frees pages that listeners have mapped, and tells nobody (CVE-2022-48991)",
      { memory: "collapses" },
    ),
    broken(
      { collapseTells: "first-page" },
      ["LSN-1"],
      "khugepaged tells of a smaller range than it takes from the process",
      { memory: "collapses", pages: 2 },
    ),
    broken(
      { closeOrder: "revoke-unlocked" },
      ["LSN-1", "LSN-7"],
      "a callback updates a handle that is revoked meanwhile, and the queue of all drivers fails (CVE-2025-21732)",
      { listeners: "tree", threads: 1 },
    ),
    broken(
      { callbackOrder: "without-look" },
      ["LSN-7"],
      "a callback does not look whether its handle was revoked (CVE-2025-21732)",
    ),
    broken(
      { callbackOrder: "unmap-unlocked" },
      ["LSN-7"],
      "a callback drops its lock between the look and the update, as xe did (84211b1c0db6)",
    ),
    broken({ callbackOrder: "without-sequence" }, ["LSN-1"], "no reader learns that an invalidation has begun"),
    broken({ callbackOrder: "keeps-lock" }, DEADLOCKS, "a callback returns with its lock held", { threads: 1 }),
    broken(
      { closeOrder: "revoke-twice" },
      ["LSN-7"],
      "a handle is destroyed twice, the second time when the number may be somebody else's",
    ),
    broken(
      { closeOrder: "remove-first" },
      ["LSN-1"],
      "between the removal and the revocation the device translates pages of which nobody tells it",
    ),
    broken(
      { closeOrder: "free-early" },
      ["LSN-3"],
      "the driver frees its listener while a thread of the memory management calls it",
    ),
    broken(
      { closeOrder: "free-early", listeners: "list" },
      ["LSN-3"],
      "the driver frees its listener without synchronize_srcu(), while a thread walks the list",
    ),
    broken(
      { closeOrder: "remove-under-lock" },
      DEADLOCKS,
      "the driver waits for a callback with the lock held that the callback takes",
      { threads: 1 },
    ),
    broken(
      { afterRefusal: "ends-nobody" },
      ["LSN-5", "LSN-8"],
      "a listener that heard the start hears no end, because another one has refused (c2655835fd8c)",
      { listeners: "list", ...REFUSES },
    ),
    broken(
      { afterRefusal: "ends-list" },
      ["LSN-5", "LSN-8", "LSN-10"],
      "a listener of the list refuses, and nothing ends the invalidation of the interval tree",
      { listeners: "both", ...REFUSES },
    ),
    broken(
      { faultOrder: "compare-before-lock" },
      ["LSN-1"],
      "an invalidation begins between the comparison and the lock of the driver",
    ),
    broken(
      { faultOrder: "sample-after-get" },
      ["LSN-1"],
      "the driver reads the number when the page that it has got was taken already",
    ),
    broken(
      { faultOrder: "without-wait" },
      ["LSN-1"],
      "the driver maps a page that an invalidation under way has told of, and has not cleared",
    ),
  ],
  unbroken: {},
};
