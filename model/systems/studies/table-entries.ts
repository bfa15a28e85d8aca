/** The entry that tells an IOMMU which page table a device uses, changed in steps while hardware reads it. */
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import {
  entryDriver,
  entryDriverSteps,
  type EntryOwner,
} from "../../machines/linux/iommu/drivers/entries/entry-driver.ts";
import { pagingDomain, pagingDomainSteps } from "../../machines/linux/iommu/drivers/entries/paging-domain.ts";
import { tableEntry } from "../../machines/iommu/table-entry.ts";
import { translatingStream, translatingStreamSteps } from "../../machines/iommu/translating-stream.ts";
import { range } from "../configuration.ts";
import type { Study } from "../study.ts";
import type { TableEntriesDesign, TableEntriesSizes } from "./table-entries-design.ts";
import { tableEntriesKnobs, tableEntriesSizeKnobs } from "./table-entries-knobs.ts";

const RIGHT: Omit<TableEntriesDesign, "name"> = {
  entryAttach: "standard",
  entryDetach: "standard",
  entryReplace: "break-then-make",
  stallSettings: "mirrored",
  stallModel: "optional",
  attachPath: "rid",
  drainInvalidates: "with-ats",
  deviceWithoutAts: "silent",
};

/** The order of device_block_translation() and intel_iommu_remove_dev_pasid(); the drain does not look at ATS. */
const LINUX_6_12: Omit<TableEntriesDesign, "name"> = {
  ...RIGHT,
  entryDetach: "tags-first",
  drainInvalidates: "always",
};

const CUT =
  "The page table has one page, and the device is its cache. Attaching is one thread, because it holds the lock of " +
  "the group; unmapping runs beside it, as in iommufd. Faults are left out: an entry that is not present refuses. " +
  "Hidden: two devices under one table, and steps that fail (in attachments).";

/** Stalls are of SMMUv3, and a device without ATS is there for their sake; the drain of Linux 6.12 is of VT-d. */
function ownerOf(
  { stallSettings, stallModel, drainInvalidates }: TableEntriesDesign,
  { deviceHasAts }: TableEntriesSizes,
): EntryOwner {
  if (drainInvalidates === "always") return "vtd";
  return stallSettings !== "mirrored" || stallModel !== "optional" || !deviceHasAts ? "smmuv3" : "vtd";
}

const driver = (design: TableEntriesDesign, sizes: TableEntriesSizes): Component => ({
  machine: entryDriver,
  input: {
    owner: ownerOf(design, sizes),
    attachOrder: design.entryAttach,
    detachOrder: design.entryDetach,
    replaceOrder: design.entryReplace,
    stallSettings: design.stallSettings,
    stallModel: design.stallModel,
    hasAts: sizes.deviceHasAts,
    hasPri: sizes.deviceHasPri,
    path: design.attachPath,
    drainInvalidates: design.drainInvalidates,
  },
  role: "entry-driver",
  events: [
    ...range(sizes.entryTables).map((table) => ({ type: "driver.attaches", table })),
    ...(sizes.entryTables > 1 && design.attachPath !== "pasid"
      ? range(sizes.entryTables).map((table) => ({ type: "driver.replaces", table }))
      : []),
    { type: "driver.detaches" },
    ...entryDriverSteps,
  ],
});

const domainOf = (message: Message): string => `domain${message["table"] as number}`;

const ROUTES: readonly Route[] = [
  call("entry-driver", ["entry.writes-first", "entry.writes-second", "entry.clears-present"], "entry"),
  call("entry-driver", ["entry.invalidates"], "stream", "block"),
  call("entry-driver", ["ats.turns-on", "ats.turns-off", "drain.submits"], "stream"),
  call("translating-stream", ["drain.completes", "drain.times-out"], "driver"),
  call("entry-driver", ["table.drops", "tag.assigns", "tag.unassigns"], domainOf),
  /** Whoever asks for a table finds it, or does not begin. */
  call("entry-driver", ["table.takes"], domainOf, "block"),
  call("translating-stream", ["entry.reads-first", "entry.reads-second"], "entry"),
  call("translating-stream", ["table.walks"], domainOf),
  call("table-entry", ["entry.first", "entry.second"], "stream"),
  call("paging-domain", ["table.walked", "iotlb.flushes"], "stream"),
  call("paging-domain", ["devtlb.flushes"], "stream", "block"),
];

export const tableEntries: Study<TableEntriesDesign, TableEntriesSizes> = {
  name: "table-entries",
  sentence: "The entry of a device in the tables of its IOMMU, set up, changed and torn down while hardware reads it.",
  cut: CUT,
  hosts: {
    intended: {
      sentence: "An entry is cleared and invalidated before it changes, and cache tags cover all of its use.",
      design: RIGHT,
    },
    /** B38 and B39 fixed. */
    "linux-6.12.117": {
      sentence:
        "VT-d of Linux 6.12.117, a paging domain of the RID: tags are assigned after the entry, and removed before it.",
      design: { ...LINUX_6_12, entryAttach: "tags-last", entryReplace: "detach-then-attach" },
    },
    /** The core refuses to attach a PASID that is attached: there is no replace. */
    "linux-6.12.117-pasid": {
      sentence:
        "VT-d of Linux 6.12.117, a domain of a PASID: tags are assigned before the entry, and removed before it.",
      design: { ...LINUX_6_12, attachPath: "pasid" },
    },
    "linux-6.12.117-nested": {
      sentence: "VT-d of Linux 6.12.117, a nested domain of the RID: tags as for a PASID, and ATS stays disabled.",
      design: { ...LINUX_6_12, attachPath: "nested", entryReplace: "detach-then-tag" },
    },
  },
  knobs: tableEntriesKnobs,
  sizeKnobs: tableEntriesSizeKnobs,
  bounds: {
    small: { entryTables: 1, deviceHasAts: true, deviceHasPri: false },
    default: { entryTables: 3, deviceHasAts: true, deviceHasPri: false },
    deep: { entryTables: 4, deviceHasAts: true, deviceHasPri: false },
  },
  contradiction: ({ stallModel }, { deviceHasAts, deviceHasPri }) => {
    if (stallModel === "forced" && deviceHasAts)
      return "devices behind an SMMU that always stalls have no ATS (deviceHasAts=false)";
    return deviceHasPri && !deviceHasAts ? "PRI needs ATS (deviceHasPri=false)" : undefined;
  },
  compose: (design, sizes) => {
    const domains = range(sizes.entryTables);
    return {
      components: {
        driver: driver(design, sizes),
        entry: { machine: tableEntry, role: "table-entry" },
        stream: {
          machine: translatingStream,
          input: {
            stallModel: design.stallModel,
            ats: sizes.deviceHasAts && design.attachPath === "pasid",
            withoutAts: design.deviceWithoutAts,
          },
          role: "translating-stream",
          events: translatingStreamSteps,
        },
        ...Object.fromEntries(
          domains.map((table) => [
            `domain${table}`,
            {
              machine: pagingDomain,
              input: { table, owner: ownerOf(design, sizes) },
              role: "paging-domain",
              events: pagingDomainSteps,
            },
          ]),
        ),
      },
      routes: ROUTES,
      fairness: {
        threads: [
          takesSteps("driver", "weak", ["driver.steps"]),
          ...domains.map((table) => takesSteps(`domain${table}`, "weak", ["owner.flushes"])),
        ],
        hardware: [takesSteps("stream", "weak", ["hardware.reads-on"])],
        /** The device asks for translations, again and again. */
        devices: [takesSteps("stream", "strong", ["hardware.reads"])],
        lock: [],
      },
    };
  },
};
