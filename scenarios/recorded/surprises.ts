/** What recorded kernels do that a reader of the interface would not expect, each with the line of a recording that shows it. */
import type { Json } from "../../checker/json.ts";

export interface Surprise {
  readonly what: string;
  readonly tree: "6.1.192" | "6.12.117";
  /** The kernel function that does it. */
  readonly function: string;
  /** Name of a recording, without ".jsonl.gz". */
  readonly recording: string;
  /** From 1. */
  readonly line: number;
  /** Index of the operation, from 0. */
  readonly operation: number;
  /** Events of the operation, in order and some fields of each; `never`: an event that it does not have. */
  readonly events: readonly { readonly [field: string]: Json }[];
  readonly never?: string;
  /** The scenario that shows it in the model. Without one, the replay of the recording shows it. */
  readonly scenario?: string;
}

const HARNESS_61 = "linux-6.1-harness";
const HARNESS_612 = "linux-6.12-harness";
const BOOTED_612 = "linux-6.12-booted-iommufd";

const response = (grp: number, code: string, more: { readonly [field: string]: Json } = {}) => ({
  ev: "response",
  grp,
  code,
  ...more,
});
const ret = (val: number | null) => ({ ev: "ret", val });

export const surprises: readonly Surprise[] = [
  {
    what: "A detach answers the groups that user space has not read newest first: group 2 before group 1.",
    tree: "6.12.117",
    function: "iommufd_auto_response_faults",
    recording: HARNESS_612,
    line: 23,
    operation: 10,
    events: [response(2, "INVALID"), response(1, "INVALID")],
    scenario: "detach-answers-newest-first",
  },
  {
    what: "A write for cookie 0, which nobody had, is refused (operation 23) and makes 0 a cookie: a later read hands it out.",
    tree: "6.12.117",
    function: "iommufd_fault_fops_write",
    recording: HARNESS_612,
    line: 268,
    operation: 30,
    events: [{ ev: "read", val: 1 }],
    scenario: "cookie-zero",
  },
  {
    what: "Without a handler, a request that is not the last of its group gets a response, and so does the last one.",
    tree: "6.12.117",
    function: "iommu_report_device_fault",
    recording: HARNESS_612,
    line: 5,
    operation: 3,
    events: [response(1, "INVALID", { last: false }), ret(-22)],
    scenario: "refused-requests",
  },
  {
    what: "The VT-d driver sends that response to the device, as a page group response with LPIG = 0.",
    tree: "6.12.117",
    function: "intel_iommu_page_response",
    recording: HARNESS_612,
    line: 28,
    operation: 4,
    events: [response(1, "INVALID", { last: false }), { ev: "qi_pgrp_resp", prg: 1, code: 1, lpig: false }],
    scenario: "refused-requests",
  },
  {
    what: "Partial faults outlive the handler: the next one gets a page that was reported before it was attached.",
    tree: "6.12.117",
    function: "iopf_group_alloc",
    recording: HARNESS_612,
    line: 6,
    operation: 9,
    events: [{ ev: "deliver", grp: 1, count: 2 }],
    scenario: "partial-fault-of-the-old-page-table",
  },
  {
    what: "Partial faults join by the group index alone: a group of PASID 2 is delivered with a page of PASID 1.",
    tree: "6.12.117",
    function: "iopf_group_alloc",
    recording: HARNESS_612,
    line: 2,
    operation: 7,
    events: [{ ev: "deliver", grp: 3, pasid: 2, count: 3 }],
    scenario: "one-index-in-two-address-spaces",
  },
  {
    what: "Without memory for the group, abort_group on the stack is answered with Failure, and the report returns 0.",
    tree: "6.12.117",
    function: "iopf_group_alloc",
    recording: HARNESS_612,
    line: 10,
    operation: 7,
    events: [{ ev: "alloc_fail", in: "iopf_group_alloc" }, response(1, "FAILURE"), ret(0)],
    scenario: "core-out-of-memory",
  },
  {
    what: "In 6.1 the partial faults stay when memory is short (operation 9), and the next group of the index has them.",
    tree: "6.1.192",
    function: "iommu_report_device_fault",
    recording: HARNESS_61,
    line: 2,
    operation: 12,
    events: [{ ev: "deliver", grp: 1, count: 2 }],
    scenario: "core-out-of-memory",
  },
  {
    what: "A handler of 6.1 that returns an error for the last request: the core returns the error and sends no response.",
    tree: "6.1.192",
    function: "iommu_report_device_fault",
    recording: HARNESS_61,
    line: 123,
    operation: 19,
    events: [{ ev: "handler", grp: 3, last: true }, ret(-5)],
    never: "response",
    scenario: "refused-requests",
  },
  {
    what: "In 6.1 a response for PASID 2 goes to the request of PASID 1, if the requests do not need a PASID in the response.",
    tree: "6.1.192",
    function: "iommu_page_response",
    recording: HARNESS_61,
    line: 5,
    operation: 9,
    events: [response(1, "SUCCESS", { pasid: 1, resp_pasid: null })],
    scenario: "response-by-index-alone",
  },
  {
    what: "The removal of a device answers and frees a group whose work is still queued.",
    tree: "6.12.117",
    function: "iopf_queue_remove_device",
    recording: HARNESS_612,
    line: 12,
    operation: 5,
    events: [response(1, "INVALID"), { ev: "freed_while_work_queued", g: 1 }],
    scenario: "remove-device-with-work",
  },
  {
    what: "The removal of a device frees a group that its handler still holds.",
    tree: "6.12.117",
    function: "iopf_queue_remove_device",
    recording: HARNESS_612,
    line: 140,
    operation: 53,
    events: [response(0, "INVALID"), { ev: "freed_while_held", g: 5 }],
    scenario: "two-lists-one-group",
  },
  {
    what: "A group that its handler took off the pending list outlives the removal, and is answered after the device was added again.",
    tree: "6.12.117",
    function: "iopf_group_response",
    recording: HARNESS_612,
    line: 11,
    operation: 8,
    events: [response(1, "SUCCESS")],
    scenario: "answer-after-turning-off",
  },
  {
    what: "The second device of an IOMMU group gets no page faults: its fault hits a WARN_ON() and is refused.",
    tree: "6.12.117",
    function: "iommufd_fault_domain_attach_dev",
    recording: HARNESS_612,
    line: 23,
    operation: 6,
    events: [{ ev: "warn_on", in: "iommu_report_device_fault" }, response(1, "INVALID", { dev: 1 })],
    scenario: "iopf-first-and-last",
  },
  {
    what: "The VT-d driver drops a last request that asks to execute and not to read, as it drops a stop marker: no report, no response.",
    tree: "6.12.117",
    function: "prq_event_thread",
    recording: HARNESS_612,
    line: 17,
    operation: 4,
    events: [ret(1)],
    never: "response",
    scenario: "privileged-page-request",
  },
  {
    what: "On a booted kernel, a write of three responses with a bad second one returns that one was taken.",
    tree: "6.12.117",
    function: "iommufd_fault_fops_write",
    recording: BOOTED_612,
    line: 8,
    operation: 41,
    events: [
      { ev: "response", code: "SUCCESS" },
      { ev: "write", val: 1 },
    ],
    scenario: "half-done-write",
  },
];
