/** Deliberate defects of `pasid-tables`: a step left out, or in another place, when the page table of a PASID changes. */
import { ANY_HARDWARE } from "../build.ts";
import type { Breakages, Departure, Settings } from "./departure.ts";

/** Nothing fails by itself, and user space answers nothing. */
const SURE = { tableCallsFail: false, userAnswers: false } as const;
const FAILS = { tableCallsFail: true, userAnswers: false } as const;
const ONE_QUEUE = { ...SURE, queueTables: 1, plainTable: true } as const;

/** `around` makes room for what is to be seen, and breaks nothing by itself. */
const broken = (when: Settings, breaks: readonly string[], reason: string, around: Settings = SURE): Departure => ({
  when,
  breaks,
  reason,
  shown: {
    system: "pasid-tables",
    hardware: ANY_HARDWARE,
    host: "intended",
    bounds: "small",
    set: { ...around, ...when },
  },
});

const LATE = ["MEM-3", "PAS-1", "PAS-13", "PAS-18"] as const;

export const pasidTablesBreakages: Breakages = {
  departures: [
    broken(
      { pasidAttach: "linux-7.3.4" },
      ["PAS-5"],
      "a request that comes before the handle is stored finds none, and is answered Invalid (7.3.4; J77)",
    ),
    broken(
      { pasidAttach: "store-first" },
      ["MEM-5", "PAS-1", "PAS-13", "PAS-18"],
      "an attach fails after a fault was queued, and frees the handle that it names (5e9f822c9c68; B27)",
      FAILS,
    ),
    broken(
      { pasidReplace: "linux-7.3.4-vtd" },
      [...LATE, "MEM-5", "PAS-3"],
      "the new page table is in use before its handle is stored: requests find the old one, and outlive it (7.3.4)",
    ),
    broken(
      { pasidReplace: "linux-7.3.4-smmuv3" },
      [...LATE, "MEM-5", "PAS-3"],
      "a replace drains nothing, and requests of the old page table are reported later (7.3.4; D14)",
    ),
    broken(
      { pasidReplace: "set-first" },
      [...LATE, "MEM-5", "PAS-3"],
      "a request under the new page table finds the old handle, and is queued after the answers (B27)",
    ),
    broken({ pasidReplace: "store-first" }, ["PAS-3"], "a request under the old page table finds the new handle (B27)"),
    broken(
      { pasidReplace: "no-drain" },
      [...LATE, "MEM-5", "PAS-3"],
      "a request of the old page table is still being reported when its handle is freed (B9)",
    ),
    broken(
      { pasidReplace: "disable-first" },
      [...LATE, "MEM-1", "MEM-5", "PAS-5"],
      "page faults are disabled first, so that the count is 0 and the drain returns at once (J94)",
      { ...ONE_QUEUE, idleDrain: "skipped" },
    ),
    broken(
      { idleDrain: "skipped" },
      ["PAS-3"],
      "a request that came under a page table without faults is reported under the next one (J94)",
      { plainTable: true },
    ),
    broken({ pasidReplace: "free-first" }, ["PAS-1"], "the groups in the fault queue name a freed handle (I12)"),
    broken({ pasidReplace: "no-free" }, ["PAS-16"], "each replace leaks the handle that it takes away (J74)"),
    broken(
      { pasidDetach: "linux-7.3.4-vtd" },
      ["MEM-5"],
      "the device leaves its IOPF queue while user space still has faults of it (7.3.4; J75)",
    ),
    broken(
      { pasidDetach: "linux-7.3.4-smmuv3" },
      [...LATE, "MEM-1", "MEM-5", "PAS-5"],
      "a detach drains nothing, and a request that is being reported uses the freed handle (7.3.4; D14)",
    ),
    broken(
      { pasidDetach: "no-drain" },
      [...LATE, "PAS-5"],
      "a request that is being reported uses the handle that a detach has freed (B9)",
    ),
    broken(
      { pasidDetach: "no-answer" },
      ["PAS-1", "PAS-13", "PAS-18"],
      "what user space has not answered stays in the fault queue, under a freed handle (L1)",
    ),
    broken({ pasidDetach: "free-first" }, ["PAS-1"], "the groups in the fault queue name a freed handle (I12)"),
    broken(
      { iopfCounts: "old-first" },
      ["PAS-9"],
      "a replace between two page tables with faults takes the device off its IOPF queue in between (J91)",
    ),
    broken(
      { iopfCounts: "kept" },
      ["PAS-7", "PAS-19"],
      "the page table that was replaced stays counted, and page faults are never disabled (CVE-2026-90242)",
    ),
    broken(
      { iopfCounts: "never-new" },
      ["PAS-7", "PAS-9", "PAS-10"],
      "a replace uncounts the old page table and never counts the new one (I16)",
    ),
    broken(
      { pasidAnswers: "new-handle" },
      ["PAS-1", "PAS-13", "PAS-18"],
      "a replace answers the faults of the handle that it has stored, and leaves those of the old one (B13)",
    ),
    broken(
      { pasidAnswers: "whole-queue" },
      ["PAS-14", "PAS-17"],
      "a detach answers the faults of another PASID too, for as long as they come (J76)",
      { ...SURE, pasidCount: 2, queueTables: 1 },
    ),
    broken(
      { failedSet: "blocks" },
      ["PAS-11"],
      "a replace fails after it has cleared the entry, and leaves the PASID blocked though it is attached (7.3.4)",
      { ...FAILS, pasidReplace: "set-first" },
    ),
    broken({ failedHandle: "kept" }, ["PAS-16"], "each failed call leaks the handle that it has allocated", FAILS),
  ],
  unbroken: {},
};
