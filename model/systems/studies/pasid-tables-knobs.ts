/** The knobs of the focused model `pasid-tables`: what each choice of its designs and sizes means. */
import { choice, type KnobTable } from "../../knobs.ts";
import type { PasidTablesDesign, PasidTablesSizes } from "./pasid-tables-design.ts";

const flag = { kind: "flag" } as const;
const integer = (from: number, to: number) => ({ kind: "integer", from, to }) as const;

export const pasidTablesKnobs: KnobTable<PasidTablesDesign> = {
  pasidAttach: {
    id: "J77",
    values: choice({
      standard: "What can fail comes first; the handle is stored before the device can use the page table.",
      "linux-7.3.4": "The handle is stored last, when all devices of the group use the page table (7.3.4).",
      "store-first": "The handle is stored before the drivers switch, which may fail (before 5e9f822c9c68).",
    }),
    sentence: "The steps in which a page table is attached to a PASID.",
  },
  pasidReplace: {
    id: "J74",
    values: choice({
      standard: "The entry is cleared and drained; the handle is stored before the new entry is set.",
      "linux-7.3.4-vtd":
        "Page faults of the old page table are disabled, the entry is drained and set, the handle stored.",
      "linux-7.3.4-smmuv3": "The entry is replaced in one step, nothing is drained, and the handle is stored.",
      "set-first": "The new entry is set before its handle is stored (deliberate defect).",
      "store-first": "The new handle is stored before the old entry is cleared (deliberate defect).",
      "no-drain": "Requests under the old page table are not drained (deliberate defect).",
      "disable-first": "Page faults of the old page table are disabled before it is drained (deliberate defect).",
      "free-first": "The old handle is freed before its faults are answered (deliberate defect).",
      "no-free": "Nobody frees the old handle (deliberate defect).",
    }),
    sentence: "The steps in which the page table of a PASID is replaced.",
  },
  pasidDetach: {
    id: "J75",
    values: choice({
      standard:
        "The entry is cleared and drained, the handle erased, its faults are answered, and page faults disabled.",
      "linux-7.3.4-vtd": "The entry is cleared and drained, page faults are disabled, and the handle is erased.",
      "linux-7.3.4-smmuv3":
        "The entry is cleared, page faults are disabled, nothing is drained, and the handle is erased.",
      "no-drain":
        "Requests under the old page table are not drained, and page faults are disabled last (deliberate defect).",
      "no-answer": "What user space has not answered stays unanswered (deliberate defect).",
      "free-first": "The handle is freed before its faults are answered (deliberate defect).",
    }),
    sentence: "The steps in which a page table is detached from a PASID.",
  },
  iopfCounts: {
    id: "J91",
    values: choice({
      "new-first": "The new page table is counted before the old one is uncounted.",
      "old-first": "The old page table is uncounted first, so that the count passes 0 (deliberate defect).",
      kept: "The old page table stays counted (CVE-2026-90242).",
      "never-new": "The new page table is not counted (deliberate defect).",
    }),
    sentence: "How a replace counts the page tables for which page faults are enabled (iopf_refcount).",
  },
  pasidAnswers: {
    id: "J76",
    values: choice({
      "old-handle": "Those of the attach handle that is taken away.",
      "new-handle": "Those of the attach handle that was stored (deliberate defect).",
      "whole-queue": "All of the fault queue, also those of other PASIDs (deliberate defect).",
    }),
    sentence: "The faults that a replace and a detach answer.",
  },
  failedSet: {
    id: "B29",
    values: choice({
      never: "It cannot fail there.",
      blocks: "The PASID stays blocked, though its old page table is still attached (7.3.4, VT-d).",
    }),
    sentence: "What becomes of a replace that fails after it has cleared the entry.",
  },
  failedHandle: {
    id: "J74",
    values: choice({
      freed: "It is freed.",
      kept: "It leaks (deliberate defect).",
    }),
    sentence: "What a failed call does with the attach handle that it has allocated.",
  },
  idleDrain: {
    id: "J94",
    values: choice({
      waits: "It waits for the requests that are there.",
      skipped: "It returns at once (VT-d of 7.3.4).",
    }),
    sentence: "What a drain does where page faults are enabled for no attachment.",
  },
};

export const pasidTablesSizeKnobs: KnobTable<PasidTablesSizes> = {
  pasidCount: { id: "bound", values: integer(1, 2), sentence: "Number of PASIDs of the device." },
  queueTables: { id: "bound", values: integer(1, 2), sentence: "Number of page tables that have the fault queue." },
  plainTable: { id: "bound", values: flag, sentence: "Whether there is also a page table without a fault queue." },
  tableCallsFail: { id: "bound", values: flag, sentence: "Whether an attach and a replace may fail." },
  userAnswers: { id: "bound", values: flag, sentence: "Whether user space reads and answers faults." },
};
