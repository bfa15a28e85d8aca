/** Questions about a handler of page faults that does not return, and who waits for it. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const hung = (set: Set = {}, host = "intended") => study("hung-handler", host, set);

export const hungHandlerScenarios: readonly Scenario[] = [
  {
    id: "hung-handler-beside-working-one",
    question: "Does a handler that hangs for one device stop the page faults of the others?",
    askedBy: "IOPF core facts, L7 (one slow reader cannot block faults of other devices)",
    rows: [],
    given: "Two devices behind one IOMMU. Whoever the handler of the first one waits for does not come.",
    when: "the second one faults.",
    answer:
      "It depends on who runs the handler. If the thread that reports calls it, as in RFC v1, one hung fault stops all devices of the IOMMU. The workqueue of an IOPF queue is unbound, so that other work goes on, as long as fewer works hang than may run at once: 256 in Linux 6.1.192 and 6.12.117, which one function with its 512 group indices can fill, and 1,024 in 7.3.4. With a queue for each device a device can fill its own only. User space that does not answer holds no work: iommufd's work returns at once.",
    evidence: {
      kind: "derived",
      where:
        "iopf_queue_alloc(), iommu_sva_handle_iopf() and WQ_DFL_ACTIVE of 6.1.192, 6.12.117 and 7.3.4; patch 2 of RFC v1; by reading and by the model",
    },
    runs: [
      {
        label: "more works than groups that hang",
        request: hung({ activeWorks: 3 }, "linux-6.12.117"),
        expect: { "HNG-1": "holds", "HNG-2": "witnessed" },
      },
      {
        label: "as many groups as works",
        request: hung({ activeWorks: 2 }, "linux-6.12.117"),
        expect: { "HNG-1": "violated" },
      },
      { label: "a queue for each device", request: hung(), expect: { "HNG-1": "holds", "HNG-2": "witnessed" } },
      {
        label: "user space is silent",
        request: hung({}, "linux-6.12.117-iommufd"),
        expect: { "HNG-1": "holds", "HNG-2": "witnessed" },
      },
      { label: "the thread that reports", request: hung({}, "rfc-v1"), expect: { "HNG-1": "violated" } },
    ],
    chart: { run: 1, property: "HNG-1" },
  },
  {
    id: "detach-waits-for-other-device",
    question: "Does the detach of a device wait for the page faults of another one?",
    askedBy: "iopf_queue_flush_dev()",
    rows: [],
    given: "The handler of one device hangs. Another device of the same IOMMU has no fault.",
    when: "the other device is detached.",
    answer:
      "Yes, in every kernel that was read. iopf_queue_flush_dev() takes a device, and flushes the whole workqueue of its IOMMU, without a time limit. A detach thus waits for any handler that hangs behind the same IOMMU. With an IOPF queue for each device it waits for its own work only. In iommufd the work returns at once, and nothing is waited for.",
    evidence: {
      kind: "derived",
      where: "iopf_queue_flush_dev() of 6.1.192, 6.12.117 and 7.3.4; by reading and by the model",
    },
    runs: [
      {
        label: "one queue",
        request: hung({ activeWorks: 3 }, "linux-6.12.117"),
        expect: { "HNG-3": "violated", "HNG-4": "witnessed" },
      },
      {
        label: "a queue for each device",
        request: hung({ queueOf: "device", flushHolds: "nothing" }, "linux-6.12.117"),
        expect: { "HNG-3": "holds", "HNG-4": "witnessed", "HNG-5": "violated" },
      },
      { label: "iommufd", request: hung({}, "linux-6.12.117-iommufd"), expect: { "HNG-3": "holds" } },
    ],
    chart: { run: 0, property: "HNG-3" },
  },
  {
    id: "unbind-under-global-lock",
    question: "Who else waits while the unbind of a process waits for a page fault?",
    askedBy: "iommu_sva_unbind_device()",
    rows: [],
    given:
      "iommu_sva_unbind_device() of Linux 6.12.117 and 7.3.4 holds iommu_sva_lock. On VT-d it drains and flushes under it.",
    when: "a handler hangs, for instance in handle_mm_fault() for a page of a file whose server does not answer.",
    answer:
      "Every bind and unbind of every device in the system: there is one iommu_sva_lock. Whoever serves the file decides when they go on. Linux 6.1.192 drops pasid_mutex around the flush. With a queue for each device the lock is still held if the hung fault is one of the device that is unbound. A flush after the lock was dropped, or a handler that the unbind can interrupt, would free the others.",
    evidence: {
      kind: "derived",
      where:
        "iommu_sva_unbind_device(), intel_iommu_drain_pasid_prq(), iopf_queue_flush_dev() and iommu_sva_handle_mm() of 6.12.117 and 7.3.4; by reading and by the model, not shown on a machine",
    },
    runs: [
      {
        label: "Linux 6.12.117",
        request: hung({}, "linux-6.12.117"),
        expect: { "HNG-7": "violated", "LCK-11": "violated", "HNG-8": "witnessed" },
      },
      {
        label: "a queue for each device",
        request: hung({ queueOf: "device" }, "linux-6.12.117"),
        expect: { "HNG-7": "violated" },
      },
      {
        label: "no lock",
        request: hung({ flushHolds: "nothing" }, "linux-6.12.117"),
        expect: { "HNG-7": "holds", "HNG-8": "witnessed" },
      },
      {
        label: "interrupted handlers, and a queue for each device",
        request: hung({ flushHolds: "sva-lock" }),
        expect: { "HNG-7": "holds", "HNG-8": "witnessed", "LCK-11": "holds" },
      },
    ],
    chart: { run: 0, property: "HNG-7" },
  },
  {
    id: "flush-under-report-lock",
    question: "May a flush hold the lock that a report of the same device takes?",
    askedBy: "iopf_queue_flush_dev() of Linux 6.1",
    rows: [],
    given: "A PASID of a device is unbound while a handler hangs. The device goes on to fault with its other PASIDs.",
    when: "the thread that reports takes a fault of that device from the queue.",
    answer:
      "No: the thread waits for param->lock, which the flush holds, and no device of the IOMMU is served any more, although works could run. It needs a device with several PASIDs, because the drain before the flush waits until no request of the PASID is in the queue. Linux 6.12.117 flushes without the lock.",
    evidence: {
      kind: "derived",
      where: "iopf_queue_flush_dev() and iommu_report_device_fault() of 6.1.192; by reading and by the model",
    },
    runs: [
      {
        label: "Linux 6.1.192, with works left",
        request: hung({ activeWorks: 3 }, "linux-6.1.192"),
        expect: { "HNG-1": "violated", "HNG-10": "witnessed" },
      },
      {
        label: "the whole device is detached",
        request: hung({ activeWorks: 3, detachOf: "device" }, "linux-6.1.192"),
        expect: { "HNG-1": "holds" },
      },
      {
        label: "no lock",
        request: hung({ activeWorks: 3, flushHolds: "nothing" }, "linux-6.1.192"),
        expect: { "HNG-1": "holds", "HNG-10": "witnessed" },
      },
    ],
    chart: { run: 0, property: "HNG-1" },
  },
  {
    id: "detach-of-hung-device",
    question: "Can a device be detached whose page fault nobody will ever resolve?",
    askedBy: "IOPF core facts, L5 (a detach ends even if user space never answers)",
    rows: [],
    given: "A page fault of the device waits for somebody who does not come.",
    when: "the device is detached.",
    answer:
      "From iommufd, yes: the detach answers what user space has not answered. From SVA, no: flush_workqueue() waits without a limit and without a signal, as long as handle_mm_fault() or mmap_lock makes the work wait. A handler that waits so that a detach can interrupt it would end it.",
    evidence: {
      kind: "derived",
      where:
        "iommufd_auto_response_faults(), iommu_sva_handle_mm() and iopf_queue_flush_dev() of 6.12.117 and 7.3.4; by reading and by the model",
    },
    runs: [
      {
        label: "iommufd",
        request: hung({}, "linux-6.12.117-iommufd"),
        expect: { "HNG-5": "holds", "HNG-11": "holds" },
      },
      { label: "SVA", request: hung({}, "linux-6.12.117"), expect: { "HNG-5": "violated", "HNG-6": "witnessed" } },
      {
        label: "handlers that are interrupted",
        request: hung(),
        expect: { "HNG-5": "holds", "HNG-9": "holds", "HNG-11": "holds", "HNG-6": "witnessed" },
      },
    ],
    chart: { run: 1, property: "HNG-5" },
  },
];
