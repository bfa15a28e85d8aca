/** Questions about the response to a group: who sends it, how often, and to which group it belongs. */
import type { Scenario } from "../../scenario.ts";
import { at } from "../request.ts";
import { overflow } from "./requests.ts";

/** Two PASIDs of a device use one group index, each with one request at a time. */
const SHARED = { pasids: 2, slots: 2, pages: 1, itemPages: 1, prgiScope: "functionAndPasid" } as const;

export const responseScenarios: readonly Scenario[] = [
  {
    id: "device-gives-up",
    question:
      "A device gives a faulting access up without a reset, while its group waits. What do software and hardware owe it?",
    askedBy: "hardware facts, G2 (a group index lives until its response) and G6 (no response to a free index)",
    rows: [],
    given: "A device that stops waiting after its last page request, and no reset.",
    when: "the response arrives, after the device has kept the group index or used it again.",
    answer:
      "Software needs to know nothing if the device keeps the index: each group still gets one response, which returns its credits. If the device takes the index for free, the response reaches a free index, an open group or the next use, and no software can tell.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "the index stays in use",
        request: at("pri-flat", "vtd", { givesUp: "keepsIndex" }),
        expect: { "RSP-1": "holds", "RSP-2": "holds", "RSP-4": "holds", "LIV-2": "holds", "RSP-16": "witnessed" },
      },
      {
        label: "the index stays in use, and the queue overflows",
        request: overflow({ givesUp: "keepsIndex", pages: 2 }),
        expect: { "RSP-3": "holds", "RSP-12": "holds", "CRD-2": "holds" },
      },
      {
        label: "the index is free at once",
        request: at("pri-flat", "vtd", { givesUp: "freesIndex", instances: 2 }),
        expect: { "RSP-1": "violated", "RSP-2": "violated", "RSP-3": "violated" },
      },
    ],
    chart: { run: 2, property: "RSP-3" },
  },
  {
    id: "index-shared-by-pasids",
    question: "Two PASIDs of a device fault with one group index. What must software and hardware tell apart?",
    askedBy: "reading PCIe, VT-d and the IOPF core",
    rows: [],
    given:
      "Group indices that are unique within a PASID (PRG Response PASID Required), and one page table for both PASIDs.",
    when: "both PASIDs have a group with index 0, and the queue overflows or a partial fault waits.",
    answer:
      "The IOPF core must compare the PASID too: iopf_group_alloc() joins partial faults by the index alone, so a group gets a request of the other PASID. An automatic response must carry the PASID, or the device finds no group for it and waits for ever.",
    evidence: {
      kind: "verified",
      where: "Linux 6.1.192, iommu_queue_iopf(); Linux 6.12.117 and 7.3.4, iopf_group_alloc()",
    },
    runs: [
      {
        label: "automatic responses with the PASID",
        request: overflow({ ...SHARED }),
        expect: { "RSP-14": "holds", "RSP-12": "holds", "RSP-15": "witnessed" },
      },
      {
        label: "automatic responses without the PASID",
        request: overflow({ ...SHARED, autoRespPasid: "none" }),
        expect: { "RSP-14": "violated", "RSP-12": "violated" },
      },
      {
        label: "partial faults joined by the index",
        request: at("pri-flat", "vtd", { ...SHARED, pages: 2, itemPages: 2, creditsPerDev: 4, partialKey: "prgi" }),
        expect: { "GRP-1": "violated" },
      },
    ],
    chart: { run: 2, property: "GRP-1" },
  },
  {
    id: "core-out-of-memory",
    question: "What happens if the IOPF core has no memory for its copy of the last request of a group?",
    askedBy: "IOPF core facts, B26 (without a handler nobody answered)",
    rows: [8],
    given: "Linux 6.1: iommu_report_device_fault() copies the last request before the handler sees the group.",
    when: "kmemdup() fails.",
    answer:
      "In Linux 6.1 the partial requests of the group stay on iopf_device_param.partial and join the next group of the index. iommu_report_device_fault() returns before iommu_queue_iopf() is called, and the driver answers the group. The rewrite for 6.9 removed this. Linux 6.12 takes the partial requests into a group on the stack and answers that with Failure, which disables page requests of the device (S18: after Response Failure the interface is stopped).",
    evidence: {
      kind: "verified",
      where:
        "Linux 6.1.192, iommu_report_device_fault(), iommu_queue_iopf(); Linux 6.12.117, iopf_group_alloc() with its abort_group",
    },
    runs: [
      {
        label: "Linux 6.1, memory runs out",
        request: overflow({ core: "6.1", allocations: "may-fail", pages: 2 }),
        expect: { "GRP-10": "violated" },
      },
      { label: "Linux 6.1 with memory", request: overflow({ core: "6.1" }), expect: { "GRP-10": "holds" } },
      {
        label: "Linux 6.12, memory runs out",
        request: overflow({ allocations: "may-fail", pages: 2 }),
        expect: { "GRP-1": "holds", "GRP-3": "holds", "RSP-8": "violated" },
      },
    ],
    chart: { run: 0, property: "GRP-10" },
  },
  {
    id: "second-answer-from-a-worker",
    question: "What does a second answer to a group do in the IOPF core of Linux 6.1?",
    askedBy: "IOPF core facts, D5 (in 6.1 a second answer can free what an error path then unlinks)",
    rows: [],
    given: "The core finds the copy of a last request by index and PASID.",
    when: "a worker answers a group a second time, while the next request with its index is being reported.",
    answer:
      "It answers the next group of the index before its pages are mapped, and the device asks again. Where the handler refuses that group, its reporter unlinks a copy that was freed.",
    evidence: {
      kind: "derived",
      where: "IOPF core facts, D5 (in 6.1 a second answer can free what an error path then unlinks)",
    },
    runs: [
      {
        label: "one response, memory may run out",
        request: at("pri-flat", "vtd", { core: "6.1", allocations: "may-fail" }),
        expect: { "MEM-6": "holds", "RSP-4": "holds" },
      },
      {
        label: "two responses",
        request: at("pri-flat", "vtd", { core: "6.1", answersTwice: true }),
        expect: { "MEM-6": "holds", "RSP-4": "holds" },
      },
      {
        label: "two responses, memory may run out",
        request: at("pri-flat", "vtd", { core: "6.1", answersTwice: true, allocations: "may-fail" }),
        expect: { "MEM-6": "violated", "RSP-4": "violated", "RSP-8": "violated" },
      },
    ],
    chart: { run: 2, property: "MEM-6" },
  },
  {
    id: "index-reuse",
    question: "Can a response for one group ever reach a later group that reuses its index?",
    askedBy:
      "PCIe 6.0, 10.4.2; hardware facts G2 (a group index is taken from the first member to the answer; one group for each index of a function, or of a function and PASID), G3 (one answer for each group, after its last request; only Failure may come at any time)",
    rows: [6],
    given: "A device that reuses a group index as soon as its response has arrived.",
    when: "software answers slowly, and hardware answers groups that overflowed.",
    answer:
      "No: software or hardware answers each group once, and every response arrives at the use of the index that it was made for.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "one response to each group",
        request: overflow(),
        expect: { "RSP-1": "holds", "RSP-2": "holds", "RSP-3": "holds" },
      },
    ],
  },
  {
    id: "answer-per-request",
    question: "What happens if the handler of RFC v1 gets page requests and answers each of them within its report?",
    askedBy: "RFC v1, patch 2, vfio_iommu_type1_dynamic_dma_map(); VFIO facts 1.1, notes",
    rows: [58],
    given:
      "RFC v1 as posted, called by iommu_report_device_fault() with dev->iommu->lock held; groups of two requests; a limit of one page.",
    when: "the handler refuses the first request of a group and serves the last one.",
    answer:
      "The refusal is lost, and the device asks for the refused page again and again. iommu_page_response() looks for a pending fault, and iommu_report_device_fault() keeps a copy of a last request only; the group gets the Success of its last request. The error does not show while every page can be mapped, nor with stalls, where each fault is the last of its group. A handler that takes whole groups does not have it.",
    evidence: {
      kind: "derived",
      where: "RFC v1, patch 2; Linux 6.1.192, iommu_report_device_fault() and iommu_page_response()",
    },
    runs: [
      {
        label: "a response to each request, with a limit of pinned pages",
        request: at("pin-limit", "vtd", { itemPages: 2 }, "rfc-v1"),
        expect: { "RSP-13": "violated", "RSP-8": "violated", "RSP-7": "witnessed" },
      },
      {
        label: "a response to each request, without a limit",
        request: at("pri-flat", "vtd", { itemPages: 2 }, "rfc-v1"),
        expect: { "RSP-8": "holds", "LIV-8": "holds" },
      },
      {
        label: "a response to each stalled transaction, with a limit",
        request: at("pin-limit", "smmu-stall", { itemPages: 2 }, "rfc-v1"),
        expect: { "RSP-13": "holds" },
      },
      {
        label: "one response to each group, with a limit",
        request: at("pin-limit", "vtd", { itemPages: 2 }),
        expect: { "RSP-8": "holds", "RSP-7": "witnessed" },
      },
    ],
    chart: { run: 0, property: "RSP-13" },
  },
];
