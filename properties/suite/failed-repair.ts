/** Runs of the focused model of restores that fail. */
import { because, studyRun, type SuiteRun } from "./run.ts";

const POISONED =
  "amdgpu_vm_handle_fault() writes an entry with AMDGPU_VM_NORETRY_FLAGS after any error of svm_range_restore_pages() but -EAGAIN";

export const failedRepairRuns = (bounds: string): readonly SuiteRun[] => [
  studyRun("failed-repair", "intended", bounds),
  studyRun("failed-repair", "linux-7.3.4-amdgpu", bounds, { known: because(POISONED, "RPR-3") }),
  studyRun("failed-repair", "linux-7.3.4-rocm", bounds),
];
