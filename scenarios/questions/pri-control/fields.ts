/** Questions about fields of a page request that a driver must heed. */
import type { Scenario } from "../../scenario.ts";
import { control, UNANSWERED } from "./requests.ts";

export const requestFieldScenarios: readonly Scenario[] = [
  {
    id: "private-data-of-a-request",
    question: "What happens if the response to a page request does not return its private data?",
    askedBy:
      "IOPF core facts, B35 (a bit of the answer came from the wrong field) and B37 (private data was lost before the answer)",
    rows: [6],
    given: "VT-d, one device whose requests carry private data, and one whose requests carry none.",
    when: "the driver clears the data, or tests for a PASID in place of private data.",
    answer:
      "The response does not match the request. The second mistake also sends private data to a device that never sent any. No specification says what a device does with such a response. In the model the device ignores it, and the group waits for ever.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts, I4 (an answer carries index, requester and, if needed, PASID of its request)",
    },
    runs: [
      {
        label: "the data is returned",
        request: control({ privateData: true }),
        expect: { "PCL-31": "holds", "PCL-13": "holds" },
      },
      {
        label: "the data is cleared",
        request: control({ privateData: true, answerData: "cleared" }),
        expect: { "PCL-31": "violated", "PCL-13": "violated" },
      },
      {
        label: "the driver tests for a PASID",
        request: control({ privateData: true, answerData: "by-pasid" }),
        expect: { "PCL-31": "violated", "PCL-13": "violated" },
      },
    ],
    chart: { run: 2, property: "PCL-31" },
  },
  {
    id: "privileged-page-request",
    question: "May a driver treat a privileged page request, or one to execute, like any other?",
    askedBy: "IOPF core facts, B34 (privileged and execute requests were taken as ordinary)",
    rows: [6],
    given: "A fault handler that resolves reads and writes of user space.",
    when: "a device sends a request in privileged mode, or one to execute.",
    answer:
      "No. The handler would resolve it with the permissions of another access. The driver must refuse the last request of such a group, and answer it. prq_event_thread() of 6.12.117 refuses a request to execute only if it is one to read too: a last request to execute alone looks like a stop marker and is dropped, so that the device waits for its response. iommu_call_iopf_notifier() of AMD in 6.12.117 refuses neither mode, and reports both.",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.12.117: prq_event_thread(), iommu_call_iopf_notifier(), ppr_is_valid(); the dropped request is recorded",
    },
    runs: [
      {
        label: "the driver refuses them",
        request: control({ oddModes: true }),
        expect: { "PCL-33": "holds", "PCL-13": "holds" },
      },
      {
        label: "the driver does not check the mode",
        request: control({ oddModes: true, checksModes: false }),
        expect: { "PCL-33": "violated" },
      },
      {
        label: "the driver drops them without a response",
        request: control({ oddModes: true, driverAnswers: "none", ...UNANSWERED }),
        expect: { "PCL-33": "holds", "PCL-13": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-33" },
  },
];
