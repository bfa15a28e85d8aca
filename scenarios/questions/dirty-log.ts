/** Questions about the dirty log of type1. */
import type { Request } from "../../properties/build.ts";
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const ask = (host: string, set: Request["set"] = {}): Request => study("dirty-log", host, set);
/** A group that may write everything. */
const WIDE = { driverPins: false };

export const dirtyLogScenarios: readonly Scenario[] = [
  {
    id: "dirty-log-with-faults",
    question: "Does the dirty log still report what a device wrote if its pages were mapped by faults?",
    askedBy: "VFIO facts, D-07 (v1, v2: the dirty log misses faulted pages, because its rule requires static mappings)",
    rows: [73],
    given: "A device whose driver pins nothing, so that all of its mappings should be reported.",
    when: "a page is mapped by a fault, written, and the log is read.",
    answer:
      "Not in RFC v1 and v2. The log reports everything only if DMA_MAP has mapped the range, which is never the case with faults, and the written page is reported clean. With the condition that RFC v3 adds, everything is reported, which is correct and coarse.",
    evidence: {
      kind: "derived",
      where: "VFIO facts D-07 (v1, v2: the dirty log misses faulted pages, because its rule requires static mappings)",
    },
    runs: [
      { label: "type1 of 6.1.192", request: ask("linux-6.1.192", WIDE), expect: { "DRT-1": "holds" } },
      { label: "RFC v1", request: ask("rfc-v1", WIDE), expect: { "DRT-1": "violated" } },
      { label: "RFC v2", request: ask("rfc-v2", WIDE), expect: { "DRT-1": "violated" } },
      { label: "RFC v3", request: ask("rfc-v3", WIDE), expect: { "DRT-1": "holds", "DRT-16": "witnessed" } },
    ],
    chart: { run: 1, property: "DRT-1" },
  },
  {
    id: "scope-of-pinned-pages",
    question: "Is the dirty scope limited to the pages that the driver of a group has pinned?",
    askedBy: "Shenming Lu, 2021-03-18 (M12); Keqian Zhu, 2021-03-19 (M18)",
    rows: [66, 72, 73],
    given: "An IOMMU-backed group whose driver pins what its device writes.",
    when: "the log is read while other pages are mapped.",
    answer:
      "Yes. Pages that are not pinned are left out of the report, and no write is lost. This needs a device that is alone in its group: no driver confines a second device in the group, so the scope must not narrow.",
    evidence: {
      kind: "verified",
      where: "VFIO facts 2.5, B-08 (one device's pin narrows the dirty scope of all in its group)",
    },
    runs: [
      {
        label: "one device in the group",
        request: ask("linux-6.1.192", { pages: 2 }),
        expect: { "DRT-1": "holds", "DRT-13": "witnessed" },
      },
      {
        label: "two devices, the scope does not narrow",
        request: ask("linux-6.1.192", { groupDevices: 2 }),
        expect: { "DRT-1": "holds" },
      },
      {
        label: "two devices, the scope narrows",
        request: ask("linux-6.1.192", { groupDevices: 2, narrows: "any-group" }),
        expect: { "DRT-1": "violated" },
      },
    ],
    chart: { run: 0, property: "DRT-13" },
  },
  {
    id: "narrowing-forgets",
    question: "Which report has the pages that a device wrote before the first vfio_pin_pages() of its group?",
    askedBy: "VFIO facts 2.5, the scope rule",
    rows: [73],
    given: "The log is enabled, and a group may write everything until its driver pins once.",
    when: "its device writes one page, and then the driver pins another.",
    answer:
      "No report has them. After the first pin the group no longer makes the report full, and nothing marks the pages at that moment. Detach had the same gap, which was fixed by marking all pages. The same mark at the first pin closes the gap in the model.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "6.1.192, the device writes before the first pin",
        request: ask("linux-6.1.192", { earlyWrites: true, pages: 2 }),
        expect: { "DRT-1": "violated" },
      },
      {
        label: "6.1.192, the device does not write before",
        request: ask("linux-6.1.192", { pages: 2 }),
        expect: { "DRT-1": "holds" },
      },
      {
        label: "all pages are marked at the first pin",
        request: ask("linux-6.1.192", { earlyWrites: true, pages: 2, narrowFills: true }),
        expect: { "DRT-1": "holds" },
      },
    ],
    chart: { run: 0, property: "DRT-1" },
  },
  {
    id: "dirty-while-pinned",
    question: "When does a pinned page stop being dirty?",
    askedBy: "Alex Williamson, 2021-01-14",
    rows: [72],
    given: "A driver pins and unpins a page while the log is read at any time.",
    when: "its device writes the page at any moment in between.",
    answer:
      "One report after the unpin: each report marks pinned pages again, and reports an unpinned page once more. If one of the three marks is missing, at the pin, after the report, or after the unpin, a write is lost.",
    evidence: { kind: "verified", where: "VFIO facts 2.5" },
    runs: [
      { label: "6.1.192", request: ask("linux-6.1.192"), expect: { "DRT-1": "holds", "DRT-5": "holds" } },
      {
        label: "no mark after a report",
        request: ask("linux-6.1.192", { getOrder: "clear-only" }),
        expect: { "DRT-1": "violated" },
      },
      {
        label: "no mark after an unpin",
        request: ask("linux-6.1.192", { unpinKeeps: false }),
        expect: { "DRT-1": "violated" },
      },
      {
        label: "no mark at a pin",
        request: ask("linux-6.1.192", { pinMarks: false }),
        expect: { "DRT-1": "violated" },
      },
    ],
  },
  {
    id: "detach-while-logging",
    question: "Which report has the writes of a device that was detached before the log was read?",
    askedBy: "VFIO facts, B-06 (detaching a group hides what it wrote)",
    rows: [73],
    given: "A group that may write everything, and a log that is enabled.",
    when: "the group is detached between a write and the report.",
    answer:
      "No report has them, unless the detach marks all pages: the report was full only because the group was attached.",
    evidence: { kind: "verified", where: "VFIO facts section 9, B-06 (detaching a group hides what it wrote)" },
    runs: [
      { label: "the detach marks all pages", request: ask("linux-6.1.192", WIDE), expect: { "DRT-1": "holds" } },
      {
        label: "the detach marks none",
        request: ask("linux-6.1.192", { ...WIDE, detachFills: false }),
        expect: { "DRT-1": "violated" },
      },
    ],
    chart: { run: 1, property: "DRT-1" },
  },
];
