/** Questions about pins, charges, and DMA_UNMAP beside drivers that have pages pinned. */
import type { Request } from "../../properties/build.ts";
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const ask = (host: string, set: Request["set"] = {}): Request => study("accounting", host, set);
/** An IOMMU-backed group alone. */
const ALONE = { groups: "iommu", mdevDrivers: 0 };

export const accountingScenarios: readonly Scenario[] = [
  {
    id: "pinned-pages-fault",
    question: "Do pages that are pinned with vfio_pin_pages() never fault?",
    askedBy: "Lu Baolu, 2021-03-19 (M17); Keqian Zhu, 2021-03-19 (M18)",
    rows: [47, 69, 70, 71, 72],
    given: "A container with an IOMMU-backed group, and a driver that pins pages of it.",
    when: "the device touches a page that the driver has pinned.",
    answer:
      "It depends on whether the page is mapped. In type1 they never fault, because DMA_MAP has mapped the page before. With page faults nothing has mapped it: vfio_pin_pages() pins and records only, and the device faults on a pinned page. If the call also maps, pinned pages never fault.",
    evidence: { kind: "verified", where: "VFIO facts 2.7, mails M17 to M19" },
    runs: [
      {
        label: "type1 of 6.1.192",
        request: ask("linux-6.1.192"),
        expect: { "ACC-14": "holds", "ACC-21": "witnessed" },
      },
      { label: "RFC v1", request: ask("rfc-v1"), expect: { "ACC-14": "violated", "ACC-33": "witnessed" } },
      { label: "a pin that also maps", request: ask("intended"), expect: { "ACC-14": "holds", "ACC-21": "witnessed" } },
    ],
    chart: { run: 1, property: "ACC-33" },
  },
  {
    id: "all-pages-are-charged",
    question:
      "May vfio_pin_pages() still skip the charge where the container has a domain, if pages are pinned by faults?",
    askedBy: "VFIO facts 2.2, the note at accounting",
    rows: [28, 72],
    given: "In type1 a driver's pin is charged only where there is no domain, because DMA_MAP has charged all pages.",
    when: "a driver pins a page on which no fault has come yet.",
    answer:
      "No. The page is pinned and not charged, so RLIMIT_MEMLOCK is exceeded. When the domain is detached, the account can even fall below zero. The rule is right again if the pin also maps the page, because the page is then charged where it is mapped.",
    evidence: { kind: "derived", where: "VFIO facts 2.2" },
    runs: [
      { label: "type1 of 6.1.192", request: ask("linux-6.1.192"), expect: { "ACC-2": "holds", "ACC-5": "holds" } },
      {
        label: "RFC v1",
        request: ask("rfc-v1", { pages: 2 }),
        expect: { "ACC-2": "violated", "ACC-5": "violated" },
      },
      {
        label: "charged unless it is mapped",
        request: ask("intended", { lockdown: "pins" }),
        expect: { "ACC-2": "holds", "ACC-3": "holds", "ACC-5": "holds" },
      },
      {
        label: "charged only without a domain, and a pin also maps",
        request: ask("intended", { mdevCharges: "without-domain" }),
        expect: { "ACC-2": "holds", "ACC-3": "holds", "ACC-5": "holds" },
      },
    ],
    chart: { run: 1, property: "ACC-2" },
  },
  {
    id: "fault-on-a-pinned-page",
    question: "How often is a page charged if a driver has pinned it and a device then faults on it?",
    askedBy: "VFIO facts, D-16 (v1: a page that a driver has pinned is charged again)",
    rows: [20, 22],
    given: "A page in the driver's pfn_list that is not mapped yet.",
    when: "a fault pins, charges and maps it.",
    answer:
      "Once, if the fault handler checks pfn_list as DMA_MAP does. RFC v1 does not check; it charges once only because it does not charge the driver's pin, and charges twice as soon as that is repaired.",
    evidence: { kind: "derived", where: "VFIO facts D-16 (v1: a page that a driver has pinned is charged again)" },
    runs: [
      { label: "RFC v1", request: ask("rfc-v1", { rlimit: 2 }), expect: { "ACC-3": "holds" } },
      {
        label: "RFC v1, if the driver's pin is charged",
        request: ask("rfc-v1", { rlimit: 2, mdevCharges: "unless-mapped" }),
        expect: { "ACC-3": "violated" },
      },
      {
        label: "RFC v1, if the driver's pin is charged and the fault checks pfn_list",
        request: ask("rfc-v1", { rlimit: 2, mdevCharges: "unless-mapped", faultCharges: "unless-listed" }),
        expect: { "ACC-3": "holds", "ACC-2": "holds" },
      },
    ],
    chart: { run: 1, property: "ACC-3" },
  },
  {
    id: "unmap-under-a-pinning-driver",
    question: "Can a driver keep DMA_UNMAP from returning?",
    askedBy:
      "VFIO facts, I-16 (DMA_UNMAP returns only when no pin of a driver is left, or fails after a bounded number of tries), B-25 (a driver that pins again makes DMA_UNMAP stop the kernel after ten rounds), B-26 (a driver that does not unpin, although it must)",
    rows: [47],
    given: "DMA_UNMAP drops the lock, calls drivers to unpin, and checks again, up to a bound.",
    when: "a driver pins again meanwhile or does not unpin, or another thread maps the range again and a driver pins that.",
    answer:
      "Yes. A driver that pins again, or does not unpin, drives it into BUG_ON(++retries > 10), and the thread dies with iommu->lock held. Refusing pins of a mapping that is being removed is enough against a driver that pins again. It does not help against a driver that does not unpin. A second thread of user space can also keep DMA_UNMAP running, with the locks in either order: it unmaps and maps the range before the first UNMAP checks again, and a driver pins the new mapping. The first UNMAP then finds another struct vfio_dma, restarts its count, and continues as long as the second thread does. Refusing pins does not help here, because the new mapping is not being removed. By reading, the count compares pointers (dma_last == dma): a new mapping at the address of the freed one continues the count, which then ends in the BUG_ON. The model always restarts the count.",
    evidence: { kind: "verified", where: "vfio_dma_do_unmap(), VFIO facts 2.3" },
    runs: [
      {
        label: "the driver unpins",
        request: ask("linux-6.1.192"),
        expect: { "ACC-9": "holds", "ACC-16": "holds", "ACC-25": "witnessed" },
      },
      {
        label: "the driver pins again",
        request: ask("linux-6.1.192", { repins: true }),
        expect: { "ACC-9": "violated", "ACC-16": "violated", "LCK-10": "violated" },
      },
      {
        label: "the driver pins again, and pins are refused",
        request: ask("linux-6.1.192", { repins: true, pinDuringUnmap: "refused" }),
        expect: { "ACC-9": "holds", "ACC-16": "holds", "LCK-10": "holds" },
      },
      {
        label: "the driver does not unpin, and pins are refused",
        request: ask("linux-6.1.192", { pinDuringUnmap: "refused", reaction: "ignores" }),
        expect: { "ACC-9": "violated", "ACC-16": "violated" },
      },
      {
        label: "a second thread maps the range again, device_list_lock outside of iommu->lock",
        request: ask("linux-6.1.192", { unmappers: 2, listLock: "apart" }),
        expect: { "ACC-9": "holds", "ACC-16": "violated", "LCK-10": "holds", DEADLOCK: "holds" },
      },
      {
        label: "a second thread maps the range again, and pins are refused",
        request: ask("linux-6.1.192", { unmappers: 2, listLock: "apart", pinDuringUnmap: "refused" }),
        expect: { "ACC-9": "holds", "ACC-16": "violated" },
      },
    ],
  },
  {
    id: "a-driver-pins-mmio",
    question: "May a driver of a mediated device pin memory that has no struct page?",
    askedBy:
      "VFIO facts, I-41 (reserved pages, device memory and the zero page are neither charged nor unpinned), B-14 (a page without struct page is pinned) and B-38 (memory without struct page is pinned by drivers)",
    rows: [],
    given: "A mapping whose last page is MMIO: mapped for devices, never pinned, never charged.",
    when: "a driver pins the whole mapping, and gets a struct page for each page.",
    answer:
      "No. vfio_pin_pages() must refuse it, and unpin the pages before it. Otherwise the driver gets a struct page that does not exist. The accounts do not show the mistake, because nothing is pinned or charged.",
    evidence: {
      kind: "verified",
      where:
        "VFIO facts section 9, B-14 (a page without struct page is pinned) and B-38 (memory without struct page is pinned by drivers)",
    },
    runs: [
      {
        label: "vfio_pin_pages() refuses it",
        request: ask("linux-6.1.192", { pages: 2, oddPage: "mmio" }),
        expect: { "ACC-34": "holds", "ACC-35": "witnessed", "ACC-1": "holds" },
      },
      {
        label: "the page is taken for RAM",
        request: ask("linux-6.1.192", { pages: 2, oddPage: "mmio", mmioPins: "as-ram" }),
        expect: { "ACC-34": "violated", "ACC-1": "holds", "ACC-3": "holds" },
      },
    ],
    chart: { run: 1, property: "ACC-34" },
  },
  {
    id: "exec-with-pinned-pages",
    question: "Which account is charged for pinned pages after the process has called exec()?",
    askedBy:
      "VFIO facts, B-02 (exec makes locked_vm underflow), B-03 (after exec and an update of addresses the new process is charged nothing), I-42 (when the address space is gone, faults are refused and nothing leaks)",
    rows: [],
    given: "Mapped pages are charged to the mm of the process, and exec() replaces that mm.",
    when: "the process unmaps, or updates the address of its memory (VFIO_DMA_MAP_FLAG_VADDR).",
    answer:
      "The account of the mm that was charged, as long as it lives. An uncharge of the current mm makes its account negative. After an update the charge must move to the new mm, or pages stay pinned without a charge.",
    evidence: {
      kind: "verified",
      where:
        "VFIO facts section 9, B-02 (exec() makes locked_vm underflow) and B-03 (after exec() and an update of addresses the new process is charged nothing)",
    },
    runs: [
      {
        label: "6.1.192",
        request: ask("linux-6.1.192", { ...ALONE, fate: "execs", vaddrUpdates: true }),
        expect: { "ACC-4": "holds", "ACC-5": "holds", "ACC-11": "holds", "ACC-27": "witnessed" },
      },
      {
        label: "uncharged from the current mm",
        request: ask("linux-6.1.192", { ...ALONE, fate: "execs", unchargesFrom: "current" }),
        expect: { "ACC-5": "violated" },
      },
      {
        label: "the charge does not move",
        request: ask("linux-6.1.192", { ...ALONE, fate: "execs", vaddrUpdates: true, transfersCharge: false }),
        expect: { "ACC-4": "violated" },
      },
    ],
    chart: { run: 1, property: "ACC-5" },
  },
  {
    id: "one-limit-two-containers",
    question: "Which limit does a user need if two containers map the same memory?",
    askedBy: "Alex Williamson, 2021-01-29 (M2)",
    rows: [27, 28],
    given: "Two containers of one process over the same pages, and RLIMIT_MEMLOCK of its mm.",
    when: "both map everything.",
    answer:
      "Room for each container: type1 charges a page once for each container, not once for the mm. The limit holds in every state, because test and charge are one step. Two containers that test first and charge later exceed it.",
    evidence: {
      kind: "derived",
      where:
        "VFIO facts 2.4, I-06 (a page is charged once, whatever the number of its holders), I-07 (what is charged stays within RLIMIT_MEMLOCK at every step)",
    },
    runs: [
      {
        label: "6.1.192, a limit of three pages, two containers of two pages each",
        request: ask("linux-6.1.192", { ...ALONE, containers: 2, pages: 2, rlimit: 3 }),
        expect: { "ACC-3": "holds", "ACC-6": "holds", "ACC-23": "witnessed", "ACC-29": "witnessed" },
      },
      {
        label: "tested first, charged later",
        request: ask("linux-6.1.192", { ...ALONE, containers: 2, chargeTest: "before-charge" }),
        expect: { "ACC-6": "violated" },
      },
    ],
    chart: { run: 0, property: "ACC-29" },
  },
  {
    id: "limit-looks-like-a-violation",
    question: "Can a device distinguish a page that exceeds the limit from an access that is forbidden?",
    askedBy: "VFIO facts, D-23 (all: a lack of memory is reported to the device as Invalid); row 28",
    rows: [28],
    given: "A fault on mapped memory, with RLIMIT_MEMLOCK exhausted.",
    when: "the handler answers.",
    answer:
      "Not in the RFC. Both get Invalid, so a guest that is short of memory looks like a guest with a bug. The core has another code for this, Failure; with PRI it also ends the page requests of the device.",
    evidence: {
      kind: "verified",
      where: "VFIO facts 1.1, F7 (it pins the page and charges it; v2 and v3 take up to 512 pages ahead)",
    },
    runs: [
      {
        label: "RFC v1: answers Invalid",
        request: ask("rfc-v1", { ...ALONE, rlimit: 0 }),
        expect: { "ACC-13": "violated" },
      },
      {
        label: "answers Failure",
        request: ask("rfc-v1", { ...ALONE, rlimit: 0, shortage: "failure" }),
        expect: { "ACC-13": "holds", "ACC-18": "holds" },
      },
    ],
    chart: { run: 0, property: "ACC-13" },
  },
  {
    id: "undo-through-the-list",
    question: "Does vfio_unpin_page_external() undo the pin of a fault whose iommu_map() failed?",
    askedBy:
      "VFIO facts, D-01 (v1: when mapping fails, the pin and its charge leak), B-09 (a failed insertion leaks the pin)",
    rows: [20, 22],
    given: "RFC v1's handler undoes a pin with the function that drivers unpin with, which looks in pfn_list.",
    when: "mapping the page fails.",
    answer:
      "No. The page is not in pfn_list, so nothing is found, and the pin and its charge stay for ever. type1 had made the same mistake for drivers' pins before.",
    evidence: { kind: "derived", where: "VFIO facts D-01 (v1: when mapping fails, the pin and its charge leak)" },
    runs: [
      {
        label: "undone through pfn_list",
        request: ask("intended", { ...ALONE, recordFails: true, undo: "by-list-of-fault" }),
        expect: { "ACC-1": "violated", "ACC-3": "violated", "ACC-19": "violated" },
      },
      {
        label: "undone directly",
        request: ask("intended", { ...ALONE, recordFails: true }),
        expect: { "ACC-1": "holds", "ACC-3": "holds", "ACC-19": "holds" },
      },
    ],
    chart: { run: 0, property: "ACC-1" },
  },
];
