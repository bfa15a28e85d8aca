/** The entry that tells an IOMMU which page table a device uses, changed in steps while hardware reads it. */
import { call, takesSteps, type Component, type Route } from "../../../checker/system.ts";
import type { Message } from "../../../checker/json.ts";
import type { KnobTable } from "../../knobs.ts";
import {
  type AttachPath,
  ENTRY_ATTACH_ORDERS,
  ENTRY_DETACH_ORDERS,
  ENTRY_REPLACE_ORDERS,
  type EntryAttachOrder,
  type EntryDetachOrder,
  type EntryReplaceOrder,
} from "../../machines/linux/iommu/intel/entry-orders.ts";
import {
  type DrainInvalidates,
  entryDriver,
  entryDriverSteps,
  type StallSettings,
} from "../../machines/linux/iommu/drivers/entries/entry-driver.ts";
import { pagingDomain, pagingDomainSteps } from "../../machines/linux/iommu/drivers/entries/paging-domain.ts";
import { tableEntry } from "../../machines/iommu/table-entry.ts";
import {
  translatingStream,
  translatingStreamSteps,
  type StallModel,
  type WithoutAts,
} from "../../machines/iommu/translating-stream.ts";
import { range } from "../configuration.ts";
import type { Study } from "../study.ts";

export interface TableEntriesDesign {
  readonly name: string;
  readonly entryAttach: EntryAttachOrder;
  readonly entryDetach: EntryDetachOrder;
  readonly entryReplace: EntryReplaceOrder;
  readonly stallSettings: StallSettings;
  readonly stallModel: StallModel;
  readonly attachPath: AttachPath;
  readonly drainInvalidates: DrainInvalidates;
  readonly deviceWithoutAts: WithoutAts;
}

export interface TableEntriesSizes {
  readonly name: string;
  readonly entryTables: number;
  readonly deviceHasAts: boolean;
  readonly deviceHasPri: boolean;
}

const choice = <const Choice extends string>(of: readonly Choice[]) => ({ kind: "choice", of }) as const;

const knobs: KnobTable<TableEntriesDesign> = {
  entryAttach: {
    id: "2.1",
    values: choice(Object.keys(ENTRY_ATTACH_ORDERS) as EntryAttachOrder[]),
    sentence: "The steps in which an entry is made, in order.",
  },
  entryDetach: {
    id: "B38",
    values: choice(Object.keys(ENTRY_DETACH_ORDERS) as EntryDetachOrder[]),
    sentence: "The steps in which an entry is taken away, in order.",
  },
  entryReplace: {
    id: "2.1",
    values: choice(Object.keys(ENTRY_REPLACE_ORDERS) as EntryReplaceOrder[]),
    sentence: "The steps in which an entry is changed to another table, in order.",
  },
  stallSettings: {
    id: "B40",
    values: choice(["mirrored", "first-stage-only", "always"]),
    sentence: "Whether the settings for stalls follow, in both stages, what the SMMU can.",
  },
  stallModel: {
    id: "3.2",
    values: choice(["optional", "forced", "terminate-only"]),
    sentence: "Whether the SMMU stalls a transaction that faults if it is told so, always, or never.",
  },
  attachPath: {
    id: "2.1",
    values: choice(["rid", "pasid", "nested"]),
    sentence: "Who attaches: the RID, which turns ATS on and off; a PASID, with ATS on; a nested domain, with ATS off.",
  },
  drainInvalidates: {
    id: "2.1",
    values: choice(["with-ats", "always"]),
    sentence: "Whether the drain of page requests invalidates the device's cache only while its ATS is on.",
  },
  deviceWithoutAts: {
    id: "1.2",
    values: choice(["silent", "completes"]),
    sentence: "Whether a device completes an invalidation while its ATS is off, as PCIe asks.",
  },
};

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

const driver = (design: TableEntriesDesign, sizes: TableEntriesSizes): Component => ({
  machine: entryDriver,
  input: {
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
      sentence: "The entry is made not present, invalidated, then changed; cache tags exist from before until after.",
      design: RIGHT,
    },
    /** B38 and B39 fixed. */
    "linux-6.12.117": {
      sentence:
        "VT-d in 6.12.117, a paging domain of the RID: cache tags come after the entry and go before it, also in a replace.",
      design: { ...LINUX_6_12, entryAttach: "tags-last", entryReplace: "detach-then-attach" },
    },
    /** The core refuses to attach a PASID that is attached: there is no replace. */
    "linux-6.12.117-pasid": {
      sentence:
        "VT-d in 6.12.117, a domain of a PASID, SVA included: cache tags come before the entry and go before it.",
      design: { ...LINUX_6_12, attachPath: "pasid" },
    },
    "linux-6.12.117-nested": {
      sentence:
        "VT-d in 6.12.117, a nested domain of the RID: cache tags come before the entry, go before it, and ATS is off.",
      design: { ...LINUX_6_12, attachPath: "nested", entryReplace: "detach-then-tag" },
    },
  },
  knobs,
  sizeKnobs: {
    entryTables: { id: "bound", values: { kind: "integer", from: 1, to: 4 }, sentence: "Page tables." },
    deviceHasAts: { id: "bound", values: { kind: "flag" }, sentence: "Whether the device has ATS, or may be stalled." },
    deviceHasPri: {
      id: "bound",
      values: { kind: "flag" },
      sentence: "Whether PRI is on, so that page requests are drained when an entry is torn down.",
    },
  },
  bounds: {
    small: { entryTables: 1, deviceHasAts: true, deviceHasPri: false },
    default: { entryTables: 3, deviceHasAts: true, deviceHasPri: false },
    deep: { entryTables: 4, deviceHasAts: true, deviceHasPri: false },
  },
  contradiction: ({ stallModel }, { deviceHasAts, deviceHasPri }) => {
    if (stallModel === "forced" && deviceHasAts)
      return "an SMMU that stalls always has no devices with ATS (deviceHasAts=false)";
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
            { machine: pagingDomain, input: { table }, role: "paging-domain", events: pagingDomainSteps },
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
