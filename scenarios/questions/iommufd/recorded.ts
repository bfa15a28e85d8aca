/** Questions that recordings of the fault queue raise: what the kernel does, and a reader of the interface does not expect. */
import type { Scenario } from "../../scenario.ts";
import { queue, silent } from "./requests.ts";

/** Two groups at a time, and nobody answers. */
const UNREAD = { slots: 2, writeCookies: 0 } as const;

export const recordedQueueScenarios: readonly Scenario[] = [
  {
    id: "detach-answers-newest-first",
    question: "In which order does a detach answer the groups that user space has not read?",
    askedBy: "a recording of Linux 6.12.117, iommufd_auto_response_faults()",
    rows: [],
    given: "Two groups of one device on the deliver list of a fault queue.",
    when: "the device is detached.",
    answer:
      "The newest first: list_move() puts each group at the head of a list on the stack, which is then walked from its head. iommufd_fault_destroy() walks the deliver list itself, the oldest first. PCIe gives responses of different groups no order, and each group is answered either way.",
    evidence: {
      kind: "verified",
      where: "Linux 6.12.117, iommufd_auto_response_faults(), iommufd_fault_destroy(); recorded",
    },
    runs: [
      {
        label: "the detach answers",
        request: queue(UNREAD),
        expect: { "IFD-1": "holds", "IFD-20": "holds", "IFD-23": "holds", "IFD-40": "witnessed" },
      },
      {
        label: "the detach does not answer",
        request: queue({ ...UNREAD, hwptDetach: "no-answer" }),
        expect: { "IFD-23": "violated" },
      },
    ],
    chart: { run: 1, property: "IFD-23" },
  },
  {
    id: "cookie-zero",
    question: "Can a read of the fault queue give out cookie 0?",
    askedBy: "a recording of Linux 6.12.117, iommufd_fault_fops_write()",
    rows: [],
    given: "A group that was read and has cookie 1, the lowest that a new XA_FLAGS_ALLOC1 array gives out.",
    when: "user space writes a response for cookie 0.",
    answer:
      "Yes. iommufd_fault_fops_write() refuses the response, but xa_erase() of index 0 marks the index as free, and a later read returns a group with cookie 0. A response to it is taken like any other. A program that takes cookie 0 for an error leaves that group unanswered.",
    evidence: {
      kind: "verified",
      where: "Linux 6.12.117, iommufd_fault_fops_write(), __xa_erase() with xas_init_marks(); recorded",
    },
    runs: [
      {
        label: "user space writes cookies from 1 on",
        request: queue(),
        expect: { "IFD-1": "holds", "IFD-15": "witnessed", "IFD-19": "witnessed" },
      },
      {
        label: "user space also writes cookie 0",
        request: queue({ writesZero: true }),
        expect: { "IFD-1": "holds", "IFD-18": "holds", "IFD-42": "witnessed" },
      },
    ],
    chart: { run: 1, property: "IFD-42" },
  },
  {
    id: "partial-fault-of-the-old-page-table",
    question: "What becomes of a partial fault when the device moves to another page table?",
    askedBy: "a recording of Linux 6.12.117, iopf_group_alloc()",
    rows: [],
    given: "Groups of two requests, and a device that moves between two page tables with a fault queue each.",
    when: "the first request of a group is reported under the old page table, and the last one under the new one.",
    answer:
      "It stays in fault_param->partial and joins the group that the handler of the new page table gets. iommu_report_device_fault() looks up the attach handle for each request, but only the group of the last one keeps it. Neither attach nor replace discards partial faults; iopf_queue_remove_device() does.",
    evidence: {
      kind: "verified",
      where: "Linux 6.12.117, iommu_report_device_fault(), report_partial_fault(), iopf_group_alloc(); recorded",
    },
    runs: [
      { label: "groups of one request", request: silent(), expect: { "IFD-10": "holds" } },
      { label: "groups of two requests", request: silent({ itemPages: 2 }), expect: { "IFD-10": "violated" } },
    ],
    chart: { run: 1, property: "IFD-10" },
  },
];
