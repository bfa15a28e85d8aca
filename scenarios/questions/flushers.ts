/** Questions about fences of an invalidation queue that several threads use. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const flush = (set: Set = {}, host = "intended") => study("flushers", host, set);
const SILENT = { fenceWait: "own-slot", suspectDevice: "silent", firstInvalidations: 2 } as const;

export const flushersScenarios: readonly Scenario[] = [
  {
    id: "fence-number-before-lock",
    question: "May a flush take the number of its fence before it takes the lock of the command queue?",
    askedBy: "CVE-2026-43220",
    rows: [],
    given:
      "Several threads flush one AMD IOMMU. A fence stores its number, and a flush waits for its own or a larger one.",
    when: "a thread takes a number, and another one with a larger number is first at the lock.",
    answer:
      "No. The fence with the larger number is executed first and ends both waits, so that the first thread goes on before its invalidation is executed. Under the lock, as in 6.1.192 and 6.12.117, numbers are in the order of the fences.",
    evidence: {
      kind: "verified",
      where: "drivers/iommu/amd/iommu.c of 6.1.192 and 6.12.117: iommu_completion_wait(), wait_on_sem()",
    },
    runs: [
      {
        label: "under the lock",
        request: flush(),
        expect: { "FLS-1": "holds", "FLS-3": "witnessed", "FLS-4": "holds" },
      },
      { label: "before the lock", request: flush({ fenceNumber: "before-lock" }), expect: { "FLS-1": "violated" } },
    ],
    chart: { run: 1, property: "FLS-1" },
  },
  {
    id: "silent-device-stops-flushes",
    question: "What does a device that completes no ATC invalidation do to the flushes of others?",
    askedBy: "20231228170504.720794-3",
    rows: [],
    given:
      "VT-d aborts all pending waits when an invalidation times out. qi_submit_sync() begins again when its wait was aborted.",
    when: "the device is there, or was removed, and another thread flushes through the same queue.",
    answer:
      "In 6.1.192 the flush for that device begins again for ever, and aborts the others each time. In 6.12.117 the flush that clears the time-out of a removed device returns -ETIMEDOUT. That may be the flush of another device, and the one for the removed device begins again. If the device is there and silent, it begins again as before. Where an aborted flush returns an error, each returns.",
    evidence: {
      kind: "verified",
      where: "drivers/iommu/intel/dmar.c of 6.1.192 and 6.12.117: qi_check_fault(), qi_submit_sync()",
    },
    runs: [
      {
        label: "6.1.192, removed",
        request: flush({ suspectDevice: "removed", firstInvalidations: 2 }, "linux-6.1.192-vtd"),
        expect: { "FLS-4": "violated", "FLS-5": "violated", "FLS-8": "witnessed" },
      },
      {
        label: "6.12.117, removed",
        request: flush({ suspectDevice: "removed", firstInvalidations: 2 }, "linux-6.12.117-vtd"),
        expect: { "FLS-4": "violated", "FLS-5": "holds", "FLS-10": "witnessed" },
      },
      {
        label: "6.12.117, silent",
        request: flush({ suspectDevice: "silent", firstInvalidations: 2 }, "linux-6.12.117-vtd"),
        expect: { "FLS-4": "violated", "FLS-5": "violated" },
      },
      {
        label: "an error for each aborted wait",
        request: flush(SILENT),
        expect: { "FLS-4": "holds", "FLS-5": "holds" },
      },
    ],
    chart: { run: 2, property: "FLS-4" },
  },
  {
    id: "refused-command-replaced",
    question: "May the driver put a fence in the place of a command that the IOMMU refuses?",
    askedBy: "RISC-V IOMMU, 2026-06-23",
    rows: [],
    given: "An illegal command stops the queue. A fence in its place lets it go on.",
    when: "the command was the invalidation of a flush that still waits.",
    answer:
      "Only if that flush is told. Otherwise its own fence is executed, it returns success, and what it was to invalidate is still cached.",
    evidence: { kind: "derived", where: "hardware facts S7 (a fence covers every earlier invalidation)" },
    runs: [
      {
        label: "the flush is told",
        request: flush({ fenceWait: "own-slot", refusesCommand: true }),
        expect: { "FLS-1": "holds", "FLS-4": "holds", "FLS-7": "witnessed" },
      },
      {
        label: "nobody is told",
        request: flush({ fenceWait: "own-slot", refusesCommand: true, refusedBecomes: "fence" }),
        expect: { "FLS-1": "violated" },
      },
    ],
    chart: { run: 1, property: "FLS-1" },
  },
];
