/** The cost of one fault in look-ups and locks, counted along paths of the model. */
import type { Scenario } from "../scenario.ts";
import { at, study } from "./request.ts";

const posted = (version: "rfc-v1" | "rfc-v2" | "rfc-v3") => study("rfc", version, { unmaps: false });

export const lookUpScenarios: readonly Scenario[] = [
  {
    id: "look-ups-per-fault",
    question: "How many look-ups and locks does one fault cost, from the report to the answer?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [23],
    given: "One device, one mapping, and no other thread.",
    when: "one fault of one page is reported, served and answered with Success.",
    answer:
      "RFC v1 and v2: 5 look-ups and 5 locks; two of the look-ups and vfio.group_lock serve only to find the container. RFC v3: 4 look-ups and 5 locks; a tree of its own replaces them, and its node is followed without a reference (handler-after-free). The handler of RFC v1 on Linux 6.12.117: 4 look-ups and 4 locks; the attached page table names the handler, so no look-up of the container is needed. iommufd of 6.12.117: 4 look-ups and 11 locks, because user space reads and answers the fault by system calls. A call counts once, however long the list or tree is. Some locks are not counted: those of the IOMMU driver around a report, and those inside of wake-ups and workqueues, such as the waitqueue lock of wake_up_interruptible(&fault->wait_queue) in iommufd.",
    evidence: {
      kind: "verified",
      where:
        "RFC v1, patch 2, and v2, patch 3, vfio_iommu_dev_fault_handler(); Linux 6.1.192, iommu_report_device_fault(), iommu_page_response(), vfio_group_get_from_iommu(); Linux 6.12.117, io-pgfault.c, iommufd/fault.c, iommu_attach_handle_get()",
    },
    runs: [
      { label: "RFC v1", request: posted("rfc-v1"), expect: { "LFC-30": "witnessed" } },
      { label: "RFC v2", request: posted("rfc-v2"), expect: { "LFC-30": "witnessed" } },
      { label: "RFC v3", request: posted("rfc-v3"), expect: { "LFC-30": "witnessed" } },
      {
        label: "6.12.117, the handler of RFC v1 on groups",
        request: at("pri-flat", "vtd", {}, "rfc-v1-on-groups"),
        expect: { "RSP-5": "witnessed" },
      },
      {
        label: "6.12.117, iommufd",
        request: study("iommufd", "linux-6.12.117"),
        expect: { "IFD-41": "witnessed" },
      },
    ],
    countsTo: ["LFC-30", "LFC-30", "LFC-30", "RSP-5", "IFD-41"],
  },
];
