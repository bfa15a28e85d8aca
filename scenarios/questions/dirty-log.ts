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
    question: "Does the dirty log still report what a device wrote if faults have mapped its pages?",
    askedBy: "VFIO facts, D-07 (v1, v2: the dirty log misses faulted pages, because its rule asks for static mappings)",
    rows: [73],
    given: "A device whose driver pins nothing, so that all of its mappings should be reported.",
    when: "a page is mapped by a fault, written, and the log is read.",
    answer:
      "No, in RFC v1 and v2: the log reports everything only if DMA_MAP has mapped the range, which is never so with faults, and the page is reported clean. With the condition that RFC v3 adds everything is reported, which is correct and coarse.",
    evidence: { kind: "derived", where: "VFIO facts D-07" },
    runs: [
      { label: "type1 as it stands", request: ask("linux-6.1.192", WIDE), expect: { "DRT-1": "holds" } },
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
      "Yes: pages that are not pinned are left out of the report, and no write is lost. This rests on the device: beside another device in the group, which no driver confines, the scope must not narrow.",
    evidence: { kind: "verified", where: "VFIO facts 2.5, B-08" },
    runs: [
      {
        label: "one device",
        request: ask("linux-6.1.192", { pages: 2 }),
        expect: { "DRT-1": "holds", "DRT-13": "witnessed" },
      },
      { label: "two, not narrowed", request: ask("linux-6.1.192", { groupDevices: 2 }), expect: { "DRT-1": "holds" } },
      {
        label: "two, narrowed",
        request: ask("linux-6.1.192", { groupDevices: 2, narrows: "any-group" }),
        expect: { "DRT-1": "violated" },
      },
    ],
    chart: { run: 0, property: "DRT-13" },
  },
  {
    id: "narrowing-forgets",
    question: "Which report has the pages that a device wrote before its driver pinned for the first time?",
    askedBy: "VFIO facts 2.5, the scope rule",
    rows: [73],
    given: "The log is on; a group may write everything until its driver pins once.",
    when: "its device writes one page, and then the driver pins another.",
    answer:
      "No report has them. After the first pin the group does not make the report full any more, and nothing marks the pages at that moment. Detach had the same gap, and was fixed by marking everything; the same would help here.",
    evidence: { kind: "shown" },
    runs: [
      {
        label: "Linux 6.1, a device that writes early",
        request: ask("linux-6.1.192", { earlyWrites: true, pages: 2 }),
        expect: { "DRT-1": "violated" },
      },
      { label: "a device that never does", request: ask("linux-6.1.192", { pages: 2 }), expect: { "DRT-1": "holds" } },
      {
        label: "everything is marked then",
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
    given: "A page that a driver pins and unpins while the log is read now and then.",
    when: "its device writes it at any moment in between.",
    answer:
      "After the unpin, and one report later: each report marks a pinned page again, and an unpinned one is reported once more. If any of the three marks is missing, at the pin, after the report, or after the unpin, a write is lost.",
    evidence: { kind: "verified", where: "VFIO facts 2.5" },
    runs: [
      { label: "Linux 6.1", request: ask("linux-6.1.192"), expect: { "DRT-1": "holds", "DRT-5": "holds" } },
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
    question: "Who reports the writes of a device that was detached before the log was read?",
    askedBy: "VFIO facts, B-06 (detaching a group hides what it wrote)",
    rows: [73],
    given: "A group that may write everything, and a log that is on.",
    when: "the group is detached between a write and the report.",
    answer:
      "No report has them, unless the detach marks everything: the report was full only because the group was attached.",
    evidence: { kind: "verified", where: "VFIO facts section 9, B-06" },
    runs: [
      { label: "everything is marked", request: ask("linux-6.1.192", WIDE), expect: { "DRT-1": "holds" } },
      {
        label: "nothing is",
        request: ask("linux-6.1.192", { ...WIDE, detachFills: false }),
        expect: { "DRT-1": "violated" },
      },
    ],
    chart: { run: 1, property: "DRT-1" },
  },
];
