/** Questions about page tables of PASIDs that are attached, replaced and detached while the device faults under them. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const SURE = { tableCallsFail: false, userAnswers: false } as const;
const ONE_QUEUE = { ...SURE, queueTables: 1, plainTable: true } as const;
const tables = (set: Set = {}, host = "intended") => study("pasid-tables", host, { ...SURE, ...set });

export const pasidTablesScenarios: readonly Scenario[] = [
  {
    id: "fault-of-replaced-pasid",
    question: "Who answers a fault of a PASID whose page table is replaced, and under which attach handle is it read?",
    askedBy: "iommufd facts, J74 (the order of a replace)",
    rows: [],
    given: "A PASID is attached to a page table with a fault queue, and the device has faulted.",
    when: "the page table is replaced by another one with the same fault queue.",
    answer:
      "A group keeps the attach handle that its report has found. Until the replace answers, user space may still read and answer it under the old page table. Then iommufd_auto_response_faults() answers what is left of the old handle with Invalid, and the thread that replaces frees the handle. That is right only if no report that found the old handle comes later: the entry is drained before the handle is stored, and set after that.",
    evidence: { kind: "verified", where: "iommufd_hwpt_replace_device() and iommufd_auto_response_faults() of 7.3.4" },
    runs: [
      {
        label: "drained, stored, set",
        request: tables({ userAnswers: true }),
        expect: { "PAS-1": "holds", "PAS-3": "holds", "PAS-13": "holds", "PAS-20": "witnessed" },
      },
      {
        label: "no drain",
        request: tables({ pasidReplace: "no-drain" }),
        expect: { "MEM-3": "violated", "PAS-1": "violated" },
      },
      {
        label: "freed before the answers",
        request: tables({ pasidReplace: "free-first" }),
        expect: { "PAS-1": "violated" },
      },
      {
        label: "answers of the new handle",
        request: tables({ pasidAnswers: "new-handle" }),
        expect: { "PAS-13": "violated", "PAS-18": "violated" },
      },
    ],
    chart: { run: 1, property: "MEM-3" },
  },
  {
    id: "request-between-set-and-store",
    question:
      "What does a request find between the switch of a PASID to its new page table and the store of the handle?",
    askedBy: "iommu_replace_device_pasid() of 7.3.4",
    rows: [],
    given: "A PASID is attached to a page table with a fault queue.",
    when: "it is replaced, and the device faults under the new page table before xa_store().",
    answer:
      "It finds the old handle. Most often the replace answers it with Invalid, and user space may read it as a fault of the old page table. If the report has loaded the handle and appends its group after the answers, the group names a freed handle, and nothing in iommu_report_device_fault() holds it. An attach has the same window with no handle: there the request is answered Invalid, so that no fault is queued for an attach that fails. A store before the drivers switch would have it queued (before 5e9f822c9c68).",
    evidence: {
      kind: "derived",
      where:
        "iommu_replace_device_pasid(), iommu_attach_device_pasid(), find_fault_handler() of 7.3.4; not seen on hardware",
    },
    runs: [
      {
        label: "replace of VT-d, 7.3.4",
        request: tables({ pasidReplace: "linux-7.3.4-vtd" }),
        expect: { "PAS-3": "violated", "MEM-3": "violated" },
      },
      {
        label: "new handle first",
        request: tables({ pasidReplace: "store-first" }),
        expect: { "PAS-3": "violated", "MEM-3": "holds" },
      },
      {
        label: "attach of 7.3.4",
        request: tables({ pasidAttach: "linux-7.3.4" }),
        expect: { "PAS-5": "violated", "PAS-1": "holds" },
      },
      {
        label: "attach, handle first, and it fails",
        request: tables({ pasidAttach: "store-first", tableCallsFail: true }),
        expect: { "PAS-1": "violated", "PAS-13": "violated" },
      },
    ],
    chart: { run: 0, property: "MEM-3" },
  },
  {
    id: "drain-after-disable",
    question: "Does a replace by a page table without a fault queue drain the old one?",
    askedBy: "iommufd facts, J94 (a drain returns at once where nothing is counted)",
    rows: [],
    given: "One PASID is attached to a page table with a fault queue, and nothing else of the device is.",
    when: "the page table is replaced by one without a fault queue.",
    answer:
      "Not over VT-d of 7.3.4. iopf_for_domain_replace() uncounts the old page table before the entry is torn down, iopf_refcount becomes 0, and intel_iommu_drain_pasid_prq() returns at once. A request that is being reported uses the freed handle, or a group that iopf_queue_remove_device() has freed. A detach tears the entry down first, and drains. SMMUv3 drains in neither. A request that has come under a page table without a fault queue is not drained either, and user space may get it under the next one.",
    evidence: {
      kind: "derived",
      where:
        "intel_iommu_set_dev_pasid(), blocking_domain_set_dev_pasid(), arm_smmu_set_pasid() of 7.3.4; not seen on hardware",
    },
    runs: [
      {
        label: "VT-d, 7.3.4",
        request: tables(ONE_QUEUE, "linux-7.3.4-vtd"),
        expect: { "MEM-1": "violated", "MEM-3": "violated" },
      },
      {
        label: "a request from under the page table without a fault queue",
        request: tables({ plainTable: true, idleDrain: "skipped" }),
        expect: { "PAS-3": "violated" },
      },
      {
        label: "disabled last",
        request: tables(ONE_QUEUE),
        expect: { "MEM-1": "holds", "MEM-3": "holds", "PAS-6": "witnessed" },
      },
      {
        label: "SMMUv3, 7.3.4",
        request: tables(ONE_QUEUE, "linux-7.3.4-smmuv3"),
        expect: { "MEM-1": "violated", "MEM-3": "violated" },
      },
    ],
    chart: { run: 0, property: "MEM-1" },
  },
  {
    id: "refcount-of-replaced-pasid",
    question:
      "In which order does a replace count page faults for the new page table and uncount them for the old one?",
    askedBy: "CVE-2026-90242",
    rows: [],
    given: "A PASID is attached to a page table with a fault queue.",
    when: "it is replaced by another one with a fault queue, and detached later.",
    answer:
      "The new one is counted first, so that the count never passes 0 and the device stays on its IOPF queue. With the old one first, iopf_queue_remove_device() drops what is pending in between. A replace that keeps the count of the old one, as VT-d did for the RID, leaves page faults enabled for ever; one that never counts the new one takes the device off its queue while it still faults.",
    evidence: { kind: "verified", where: "iopf_for_domain_replace() of 7.3.4" },
    runs: [
      {
        label: "new first",
        request: tables(),
        expect: { "PAS-7": "holds", "PAS-9": "holds", "PAS-19": "holds", "PAS-8": "witnessed" },
      },
      { label: "old first", request: tables({ iopfCounts: "old-first" }), expect: { "PAS-9": "violated" } },
      {
        label: "the old one is kept",
        request: tables({ iopfCounts: "kept" }),
        expect: { "PAS-7": "violated", "PAS-19": "violated" },
      },
    ],
    chart: { run: 2, property: "PAS-7" },
  },
  {
    id: "detach-beside-other-pasid",
    question: "Which faults does a detach answer, if another PASID shares the fault queue?",
    askedBy: "iommufd facts, J76 (answers go by handle)",
    rows: [],
    given: "Two PASIDs are attached to a page table with a fault queue, and both have faults in it.",
    when: "one PASID is detached.",
    answer:
      "Those of its own attach handle alone. If it answered all of the queue, the other PASID would get Invalid for pages that its user is about to map, and the detach could go on for as long as the other PASID faults.",
    evidence: { kind: "verified", where: "iommufd_auto_response_faults() of 7.3.4" },
    runs: [
      {
        label: "by handle",
        request: tables({ pasidCount: 2, queueTables: 1 }),
        expect: { "PAS-14": "holds", "PAS-17": "holds", "PAS-15": "witnessed" },
      },
      {
        label: "the whole queue",
        request: tables({ pasidCount: 2, queueTables: 1, pasidAnswers: "whole-queue" }),
        expect: { "PAS-14": "violated", "PAS-17": "violated" },
      },
    ],
    chart: { run: 1, property: "PAS-14" },
  },
];
