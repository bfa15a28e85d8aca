/** ENT: the entry of a device in the tables of its IOMMU, its cache tags, and what hardware keeps of both. */
import { all, always, canAlways, each, leadsTo, parameters, sometimes } from "../../checker/property.ts";
import type { EntryDriverContext } from "../../model/machines/linux/iommu/drivers/entries/entry-driver.ts";
import type { PagingDomainContext } from "../../model/machines/linux/iommu/drivers/entries/paging-domain.ts";
import type { TableEntryContext } from "../../model/machines/iommu/table-entry.ts";
import type { TranslatingStreamContext } from "../../model/machines/iommu/translating-stream.ts";
import type { TableEntriesDesign, TableEntriesSizes } from "../../model/systems/studies/table-entries-design.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule } from "./sources.ts";

type Condition = (host: TableEntriesDesign, bounds: TableEntriesSizes) => boolean;
const here = (condition?: Condition) => inStudy<TableEntriesDesign, TableEntriesSizes>("table-entries", condition);
/** ATS is on at some time. */
const usesAts: Condition = ({ attachPath }, { deviceHasAts }) => deviceHasAts && attachPath !== "nested";
/** A detach turns ATS off, and the next attach turns it on again. */
const turnsAtsOff: Condition = ({ attachPath }, { deviceHasAts }) => deviceHasAts && attachPath === "rid";
const hasPri: Condition = (_, { deviceHasPri }) => deviceHasPri;

const driver = each<EntryDriverContext>("entry-driver");
const stream = each<TranslatingStreamContext>("translating-stream");
const domain = each<PagingDomainContext>("paging-domain");
const entry = each<TableEntryContext>("table-entry");
const domains = all<PagingDomainContext>("paging-domain");
const sizes = parameters<StudyParameters<TableEntriesDesign, TableEntriesSizes>>();

export const ent = [
  always({
    id: "ENT-1",
    name: "no-torn-entry",
    statement: "Hardware never uses an entry of which it read one part before a change and another part after it.",
    source: coreRule("I29; B38"),
    witness: "ENT-2",
    applies: here(),
    reads: { stream },
    given: { "the IOMMU has the entry": ({ stream: { context: s } }) => s.entry !== null },
    parts: { "all its words are of one version": ({ stream: { context: s } }) => s.entry!.whole },
  }),
  sometimes({
    id: "ENT-2",
    name: "entry-half-read",
    statement: "The driver changes an entry of which hardware has read the first word.",
    source: coreRule("B38"),
    applies: here(),
    reads: { stream, driver },
    holds: ({ stream: { context: s }, driver: d }) => s.reading !== null && d.state === "working",
  }),
  always({
    id: "ENT-3",
    name: "no-illegal-entry",
    statement: "No entry has settings that the architecture forbids.",
    source: coreRule("B40"),
    witness: "ENT-4",
    applies: here(),
    reads: { stream },
    given: { "the IOMMU has the entry": ({ stream: { context: s } }) => s.entry !== null },
    parts: { "it is legal": ({ stream: { context: s } }) => s.entry!.legal },
  }),
  sometimes({
    id: "ENT-4",
    name: "entry-read",
    statement: "Hardware has read an entry.",
    source: hardwareRule("4.1"),
    applies: here(),
    reads: { stream },
    holds: ({ stream: { context: s } }) => s.entry !== null,
  }),
  always({
    id: "ENT-5",
    name: "tags-match-attachments",
    statement: "While no call is under way, a page table has exactly the cache tags of its attachments.",
    source: coreRule("B39"),
    witness: "ENT-8",
    applies: here(),
    reads: { domain, driver },
    holds: ({ domain: { context: p }, driver: { state, context: d } }) => {
      const tags = d.attached !== p.table ? [] : d.ats ? ["devtlb", "iotlb"] : ["iotlb"];
      return state !== "idle" || p.tags.join() === tags.join();
    },
    values: ({ domain: { context: p }, driver: { context: d } }) => ({
      "page table": p.table,
      attached: d.attached,
      ats: d.ats,
      tags: [...p.tags],
    }),
  }),
  always({
    id: "ENT-6",
    name: "no-tag-on-freed-table",
    statement: "No cache tag names a freed page table.",
    source: coreRule("I11; B39"),
    witness: "ENT-7",
    applies: here(),
    reads: { domain },
    given: { "the domain is freed": ({ domain: p }) => p.state === "freed" },
    parts: { "it has no cache tag": ({ domain: p }) => p.context.tags.length === 0 },
  }),
  sometimes({
    id: "ENT-7",
    name: "table-freed",
    statement: "A page table is freed.",
    source: coreRule("3.3"),
    applies: here(),
    reads: { domain },
    holds: ({ domain: p }) => p.state === "freed",
  }),
  sometimes({
    id: "ENT-8",
    name: "cached-page-unmapped",
    statement: "A page is unmapped while the device or its IOMMU has it in a cache.",
    source: coreRule("2.1"),
    applies: here(),
    reads: { domains, stream, sizes },
    holds: ({ domains: every, stream: { context: s }, sizes: { host, bounds } }) =>
      every.some(
        ({ state, context: { table } }) =>
          state === "unmapping" && (usesAts(host, bounds) ? s.atc : s.iotlb).includes(table),
      ),
  }),
  always({
    id: "ENT-9",
    name: "no-flush-without-ats",
    statement: "No flush waits for a device whose ATS is off.",
    source: coreRule("B39"),
    witness: "ENT-8",
    applies: here(usesAts),
    reads: { domain, stream },
    given: {
      "the domain unmaps": ({ domain: p }) => p.state === "unmapping",
      "ATS is off": ({ stream: { context: s } }) => !s.ats,
    },
    parts: { "it has no tag of a device TLB": ({ domain: p }) => !p.context.tags.includes("devtlb") },
  }),
  always({
    id: "ENT-10",
    name: "unmapped-page-uncached",
    statement: "A page that was unmapped and given to another owner is in no cache.",
    source: hardwareRule("I7"),
    witness: "ENT-11",
    applies: here(),
    reads: { domain, stream },
    given: { "the table is given out again": ({ domain: p }) => p.state === "given-out" },
    parts: {
      "the IOTLB has nothing of it": ({ domain: p, stream: { context: s } }) => !s.iotlb.includes(p.context.table),
      "the ATC has nothing of it": ({ domain: p, stream: { context: s } }) => !s.atc.includes(p.context.table),
    },
  }),
  sometimes({
    id: "ENT-11",
    name: "unmap-during-attach",
    statement: "A page is unmapped while its page table is attached or detached.",
    source: coreRule("2.1"),
    applies: here(),
    reads: { domains, driver },
    holds: ({ domains: every, driver: { state, context: d } }) =>
      state === "working" && every.some((p) => p.state === "unmapping" && p.context.table === d.table),
  }),
  always({
    id: "ENT-12",
    name: "detached-entry-forgotten",
    statement: "When a device is detached, hardware holds no part of its entry or its page table.",
    source: coreRule("I29"),
    witness: "ENT-11",
    applies: here(),
    reads: { driver, stream },
    given: { "the device is detached": ({ driver: { state, context: d } }) => state === "idle" && d.attached === null },
    parts: {
      "the IOMMU has no entry and reads none": ({ stream: { context: s } }) => s.entry === null && s.reading === null,
      "the IOTLB is empty": ({ stream: { context: s } }) => s.iotlb.length === 0,
      "the ATC is empty": ({ stream: { context: s } }) => s.atc.length === 0,
    },
  }),
  leadsTo({
    id: "ENT-13",
    name: "unmap-ends",
    statement: "An unmap ends, whatever is attached or detached in the meantime.",
    source: coreRule("L5; B39"),
    witness: "ENT-8",
    applies: here(),
    reads: { domain },
    when: ({ domain: p }) => p.state === "unmapping",
    eventually: ({ domain: p }) => p.state !== "unmapping",
    assumes: ["threads", "hardware"],
  }),
  leadsTo({
    id: "ENT-14",
    name: "removed-entry-forgotten",
    statement: "Hardware forgets an entry that was taken away.",
    source: coreRule("2.1"),
    witness: "ENT-17",
    applies: here(),
    reads: { driver, stream },
    when: ({ driver: { context: d }, stream: { context: s } }) => s.entry !== null && s.entry.table !== d.attached,
    eventually: ({ driver: { context: d }, stream: { context: s } }) =>
      s.entry === null || s.entry.table === d.attached,
    assumes: ["threads", "hardware"],
  }),
  leadsTo({
    id: "ENT-15",
    name: "attached-device-translated",
    statement: "An attached device that asks gets a translation from its page table.",
    source: coreRule("B40"),
    witness: "ENT-4",
    applies: here(),
    reads: { driver, stream },
    when: ({ driver: { state, context: d } }) => state === "idle" && d.attached !== null,
    eventually: ({ driver: { state, context: d }, stream: { context: s } }) =>
      state !== "idle" || (s.entry !== null && s.entry.legal && s.entry.table === d.attached),
    assumes: ["threads", "hardware", "devices"],
  }),
  canAlways({
    id: "ENT-16",
    name: "table-can-be-freed",
    statement: "Every page table can be freed again.",
    source: coreRule("L5"),
    witness: "ENT-7",
    applies: here(),
    reads: { domain },
    holds: ({ domain: p }) => p.state === "freed",
  }),
  sometimes({
    id: "ENT-17",
    name: "absent-entry-cached",
    statement: "Hardware keeps an entry that is no longer present.",
    source: hardwareRule("4.1"),
    applies: here(),
    reads: { entry, stream },
    holds: ({ entry: { context: e }, stream: { context: s } }) => s.entry !== null && !e.first.present,
  }),
  leadsTo({
    id: "ENT-18",
    name: "attach-and-detach-end",
    statement: "Attach and detach end.",
    source: coreRule("L3, L5"),
    witness: "ENT-17",
    applies: here(),
    reads: { driver },
    when: ({ driver: { state } }) => state !== "idle",
    eventually: ({ driver: { state } }) => state === "idle",
    assumes: ["threads", "hardware"],
  }),
  always({
    id: "ENT-19",
    name: "no-drain-without-ats",
    statement: "No drain of page requests invalidates the ATC of a device whose ATS is off.",
    source: coreRule("2.1; L3"),
    witness: "ENT-20",
    applies: here(hasPri),
    reads: { stream },
    holds: ({ stream: { context: s } }) => !s.askedWithoutAts,
  }),
  sometimes({
    id: "ENT-20",
    name: "drain-after-teardown",
    statement: "An entry was torn down, and the page requests of the device are to be drained.",
    source: coreRule("2.1"),
    applies: here(hasPri),
    reads: { driver },
    holds: ({ driver: { context: d } }) => d.left[0] === "drain-prq",
  }),
  always({
    id: "ENT-21",
    name: "detached-device-ats-off",
    statement: "While no call is under way and nothing is attached, ATS of the device is off.",
    source: coreRule("2.1; I16"),
    witness: "ENT-22",
    applies: here(turnsAtsOff),
    reads: { driver, stream },
    given: { "the device is detached": ({ driver: { state, context: d } }) => state === "idle" && d.attached === null },
    parts: {
      "the driver has ATS off": ({ driver: { context: d } }) => !d.ats,
      "the entry has ATS off": ({ stream: { context: s } }) => !s.ats,
    },
  }),
  sometimes({
    id: "ENT-22",
    name: "detach-with-ats-on",
    statement: "A device with ATS on is being detached.",
    source: coreRule("2.1"),
    applies: here(turnsAtsOff),
    reads: { driver, stream },
    holds: ({ driver: { state, context: d }, stream: { context: s } }) =>
      state === "working" && s.ats && d.attached === null,
  }),
  // intel_pasid_tear_down_entry() warns if the first word of an entry without Present is not zero.
  always({
    id: "ENT-23",
    name: "detached-entry-is-zero",
    statement: "While no call is under way and nothing is attached, the entry is zero.",
    source: coreRule("2.1; B38"),
    witness: "ENT-24",
    applies: here(),
    reads: { driver, entry },
    given: { "the device is detached": ({ driver: { state, context: d } }) => state === "idle" && d.attached === null },
    parts: {
      "its first word is not present and names no table": ({ entry: { context: e } }) =>
        !e.first.present && e.first.table === null,
      "its second word names none": ({ entry: { context: e } }) => e.second === null,
    },
  }),
  sometimes({
    id: "ENT-24",
    name: "entry-torn-down",
    statement: "The Present bit of an entry was cleared, and its words are not yet zero.",
    source: coreRule("2.1"),
    applies: here(({ entryDetach }) => entryDetach !== "zero-first"),
    reads: { driver, entry },
    holds: ({ driver: { state, context: d }, entry: { context: e } }) =>
      state === "working" && d.attached === null && !e.first.present && e.first.table !== null && e.second !== null,
  }),
] as const;
