/** Questions about responses: to which request, of which group, with which code. */
import type { Scenario } from "../../scenario.ts";
import { study } from "../request.ts";
import { control, TOGETHER, STILL, UNANSWERED, WITHOUT_PASID } from "./requests.ts";

export const responseScenarios: readonly Scenario[] = [
  {
    id: "failure-is-for-the-interface",
    question: "What does Response Failure do when the kernel has no memory for one group?",
    askedBy:
      "hardware facts, H5 (a lack of memory becomes Response Failure, which turns off PRI of the function and all that share it)",
    rows: [6],
    given: "Two users of one page request interface, each with a group.",
    when: "the kernel has no memory for one of the groups and answers Response Failure.",
    answer:
      "It disables the interface, and ends the page requests of all who share it. Invalid Request refuses the one group only.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, H5 (a lack of memory becomes Response Failure, which turns off PRI of the function and all that share it) and S28 (a device changes nothing for the groups of another, besides shared overflow and shared PRI)",
    },
    runs: [
      { label: "answers Invalid Request", request: control(TOGETHER), expect: { "PCL-8": "holds" } },
      {
        label: "answers Response Failure",
        request: control({ ...TOGETHER, withoutMemory: "failure" }),
        expect: { "PCL-8": "violated", "PCL-18": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-8" },
  },
  {
    id: "answer-to-a-stop-marker",
    question: "May software answer a stop marker like a last request?",
    askedBy: "hardware facts, H20 (a stop marker is answered as if it were a request)",
    rows: [6],
    given: "A user that stops and sends a stop marker behind its requests.",
    when: "the driver takes the stop marker for a request and answers it.",
    answer:
      "No. The response can meet a request from before the marker, a group that began after it, or no group at all.",
    evidence: {
      kind: "derived",
      where:
        "hardware facts, S10 (neither a request that is not the last nor a stop marker causes an answer) and H20 (a stop marker is answered as if it were a request)",
    },
    runs: [
      { label: "the marker is dropped", request: control(), expect: { "PCL-11": "holds", "PCL-1": "holds" } },
      {
        label: "the marker is answered",
        request: control({ markerRule: "answered" }),
        expect: { "PCL-11": "violated", "PCL-1": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-11" },
  },
  {
    id: "refused-requests",
    question: "Must every refused page request be answered?",
    askedBy:
      "hardware facts, H3 (on error paths a request that is not the last is answered, and the last one of its group as well) and H18 (a malformed request is logged and never answered)",
    rows: [6, 42],
    given:
      "A driver that refuses requests before it reports them, and a core that refuses requests that were reported.",
    when: "one of them answers each request that it refuses, or none of them.",
    answer:
      "No. A group gets one response, to its last request. A response to each refused request answers the group twice, and no response leaves the group waiting for ever. VT-d's handle_bad_prq_event() answers Invalid: in 6.12 to a last request only, in 6.1 to a last one or one with private data (if (!req->lpig && !req->priv_data_present) return). iommu_report_device_fault() of 6.12 answers Invalid to each request through iopf_error_response(), also with VT-d. That of 6.1 returns an error, its own or that of the handler, and VT-d then answers the last request. AMD's iommu_call_iopf_notifier() in 6.12 answers Failure (raw code 2) to each request that it refuses, last or not, which ends page requests for all who share the interface. It answers nothing to a record of unknown type, or of a device that it does not find. VT-d and AMD of 6.12 refuse every request without PASID.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.1.192 and 6.12.117: handle_bad_prq_event(), prq_event_thread(), iommu_report_device_fault(), iopf_error_response(), iommu_call_iopf_notifier()",
    },
    runs: [
      {
        label: "only the last request is answered",
        request: control({ refusals: true, ...STILL }),
        expect: { "PCL-1": "holds", "PCL-13": "holds" },
      },
      {
        label: "the core answers each request",
        request: control({ refusals: true, coreAnswers: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "the driver answers each request",
        request: control({ refusals: true, driverAnswers: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "the driver answers none",
        request: control({ refusals: true, driverAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-13": "violated" },
      },
      {
        label: "the core answers none",
        request: control({ refusals: true, coreAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-13": "violated" },
      },
      {
        label: "6.12 on VT-d",
        request: study("pri-control", "linux-6.12.117", { ...STILL, refusals: true }),
        expect: { "PCL-1": "violated", "PCL-2": "violated" },
      },
      {
        label: "6.12 on VT-d, if the core answered the last only",
        request: study("pri-control", "linux-6.12.117", { ...STILL, refusals: true, coreAnswers: "last" }),
        expect: { "PCL-1": "holds", "PCL-2": "holds" },
      },
      {
        label: "6.1 on VT-d",
        request: study("pri-control", "linux-6.1.192", { ...STILL, refusals: true }),
        expect: { "PCL-1": "holds", "PCL-2": "holds", "PCL-8": "holds" },
      },
      {
        label: "a refusal is a Failure, as on AMD",
        request: control({ ...TOGETHER, ...STILL, refusals: true, driverRefusal: "failure" }),
        expect: { "PCL-8": "violated" },
      },
      {
        label: "6.12 on VT-d, requests without PASID",
        request: study("pri-control", "linux-6.12.117", { ...WITHOUT_PASID, pasid: false }),
        expect: { "PCL-37": "violated", "PCL-13": "holds" },
      },
    ],
    chart: { run: 1, property: "PCL-1" },
  },
  {
    id: "one-index-in-two-address-spaces",
    question: "Is the group index enough to tell groups of two PASIDs apart?",
    askedBy: "hardware facts, H1b (members of two PASIDs with one index become one group)",
    rows: [6],
    given: "A device that uses one group index for two PASIDs at the same time.",
    when: "the core joins partial faults by their index alone, as iopf_group_alloc() does.",
    answer: "No. A request of one address space becomes part of a group that is resolved in the other.",
    evidence: { kind: "verified", where: "Linux 6.12, iopf_group_alloc(), which compares the index only" },
    runs: [
      {
        label: "joined by PASID and index",
        request: control({ ...TOGETHER, partialKey: "pasidAndPrgi" }),
        expect: { "PCL-4": "holds" },
      },
      {
        label: "joined by index only",
        request: control({ ...TOGETHER, partialKey: "prgi" }),
        expect: { "PCL-4": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-4" },
  },
  {
    id: "response-by-index-alone",
    question: "May a page response be matched to its request by the group index alone?",
    askedBy: "a recording of Linux 6.1.192, iommu_page_response()",
    rows: [],
    given: "Two PASIDs of one function, and software that sends its page responses without a PASID.",
    when: "both PASIDs have a group outstanding, with one index or with two.",
    answer:
      "Only if an index is unique within the function. iommu_page_response() of 6.1 compares PASIDs only for a request with IOMMU_FAULT_PAGE_RESPONSE_NEEDS_PASID. Without the flag a response for PASID 2 answers the request of PASID 1 that has the index. A device that uses an index in two PASIDs at once needs the flag: no group matches a response without PASID, and the requester waits for ever.",
    evidence: { kind: "verified", where: "Linux 6.1.192, iommu_page_response(); recorded" },
    runs: [
      {
        label: "an index is unique within the function",
        request: control({ ...TOGETHER, ...STILL, answersWithPasid: false, prgiScope: "function" }),
        expect: { "PCL-1": "holds", "PCL-3": "holds", "PCL-13": "holds" },
      },
      {
        label: "an index is unique within a PASID",
        request: control({ ...TOGETHER, ...STILL, answersWithPasid: false }),
        expect: { "PCL-1": "violated", "PCL-13": "violated", "PCL-27": "witnessed" },
      },
    ],
    chart: { run: 1, property: "PCL-1" },
  },
];
