/** Questions about handlers that cannot restore a page. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const repairs = (set: Set = {}, host = "intended") => study("failed-repair", host, set);
const AMDGPU = "amdgpu_vm_handle_fault() and svm_range_restore_pages() of 6.1.192, 6.12.117 and 7.3.4, by reading";

export const failedRepairScenarios: readonly Scenario[] = [
  {
    id: "failed-restore",
    question: "What may a handler write into the page table when it could not restore a page?",
    askedBy: "ROCm rocm-systems, pull request 10628 (2026-08)",
    rows: [],
    given:
      "A device retries an access of a page that has moved. The page can be had, but a restore fails once for want of memory.",
    when: "the handler leaves an entry for the retry.",
    answer:
      "Nothing, as for -EAGAIN: the retry then faults again, and the page is restored. amdgpu writes an entry without retries after any other error. The next access stops the device, although the page is there. Only for a page that is gone such an entry is right: with nothing written, the access is retried for ever. A dummy page lets the device go on with data that is not its own.",
    evidence: { kind: "derived", where: AMDGPU },
    runs: [
      {
        label: "an end only where the page is gone",
        request: repairs(),
        expect: { "RPR-1": "holds", "RPR-3": "holds", "RPR-4": "holds", "RPR-7": "witnessed", "RPR-8": "witnessed" },
      },
      {
        label: "amdgpu",
        request: repairs({}, "linux-7.3.4-amdgpu"),
        expect: { "RPR-3": "violated", "RPR-1": "holds", "RPR-6": "witnessed" },
      },
      { label: "nothing", request: repairs({ onFailure: "nothing" }), expect: { "RPR-4": "violated" } },
      { label: "the dummy page", request: repairs({ onFailure: "dummy" }), expect: { "RPR-1": "violated" } },
    ],
    chart: { run: 1, property: "RPR-3" },
  },
  {
    id: "always-mapped-memory",
    question: "Does GPU_ALWAYS_MAPPED keep a device from an entry that a failed restore has poisoned?",
    askedBy: "ROCm rocm-systems, pull request 10628 (2026-08)",
    rows: [],
    given: "A process locks memory for a GPU whose accesses are retried, and the kernel moves a page of it.",
    when: "the range has KFD_IOCTL_SVM_FLAG_GPU_ALWAYS_MAPPED, or does not have it.",
    answer:
      "Yes, as long as the page is mapped in the process: a move leaves it mapped for the GPU, and there is no fault to handle. Without the flag a lock is advisory, each move makes the GPU fault, and one restore that fails is enough. The model takes a move of such memory as one step; the restore worker of the kernel may fail, too.",
    evidence: { kind: "derived", where: `svm_range_evict(); ${AMDGPU}` },
    runs: [
      {
        label: "always mapped",
        request: repairs({}, "linux-7.3.4-rocm"),
        expect: { "RPR-3": "holds", "RPR-2": "witnessed", "RPR-8": "witnessed" },
      },
      { label: "advisory", request: repairs({}, "linux-7.3.4-amdgpu"), expect: { "RPR-3": "violated" } },
    ],
    chart: { run: 1, property: "RPR-3" },
  },
];
