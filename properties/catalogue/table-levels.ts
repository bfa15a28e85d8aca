/** LVL: a page table that gets another level, and loses emptied tables, while it is used. */
import { all, always, canAlways, each, sometimes, type Seen } from "../../checker/property.ts";
import type { LevelledTableContext } from "../../model/machines/iommu/levelled-table.ts";
import type { PageWalkerContext } from "../../model/machines/iommu/page-walker.ts";
import { isNamed, levelsFor, walked } from "../../model/machines/iommu/table-walk.ts";
import type { TableUserContext } from "../../model/machines/linux/iommu/drivers/tables/table-user.ts";
import type { TableLevelsDesign, TableLevelsSizes } from "../../model/systems/studies/table-levels-design.ts";
import { inStudy } from "./parameters.ts";
import { hardwareRule } from "./sources.ts";

type Condition = (host: TableLevelsDesign, bounds: TableLevelsSizes) => boolean;
const here = (condition?: Condition) => inStudy<TableLevelsDesign, TableLevelsSizes>("table-levels", condition);
const grows: Condition = (_, { threads }) => threads > 1;
const growsTwice: Condition = (_, { threads }) => threads > 2;
const frees: Condition = ({ freesTables }, { threads }) => freesTables !== "never" && threads > 1;

const user = each<TableUserContext>("table-user");
const users = all<TableUserContext>("table-user");
const table = each<LevelledTableContext>("levelled-table");
const walker = each<PageWalkerContext>("page-walker");

type Walker = Seen<PageWalkerContext>;
type Table = Seen<LevelledTableContext>;

/** What the IOMMU reaches by the address of this page, beside its IOTLB. */
const reached = ({ context: w }: Walker, { context: t }: Table, page: string): string | null => {
  const from = w.walkCache.find((one) => one.page === page)?.table ?? null;
  const top = from === null ? (w.copy ?? t.entry) : { root: from, levels: 1 };
  return walked(t.tables, top, page, from).frame;
};
const keeps = ({ context }: Walker, frame: string): boolean => context.iotlb.some((one) => one.frame === frame);
const isUnmapped = ({ state }: Seen<TableUserContext>): boolean => state === "unmapped";
const isMapped = ({ state }: Seen<TableUserContext>): boolean => state === "mapped";

export const lvl = [
  always({
    id: "LVL-1",
    name: "unmap-clears-entry",
    statement: "After an unmap has returned, no entry of the page table names the page.",
    source: { document: "CVE-2025-39961", clause: "iommu_v1_unmap_pages(), fetch_pte()" },
    witness: "LVL-2",
    applies: here(grows),
    reads: { user, table },
    holds: ({ user: u, table: { context } }) => !isUnmapped(u) || !isNamed(context.tables, u.context.page),
  }),
  sometimes({
    id: "LVL-2",
    name: "unmap-during-growth",
    statement: "An unmap has not cleared its entry yet while another thread adds a level.",
    source: { document: "CVE-2025-39961", clause: "increase_address_space()" },
    applies: here(grows),
    reads: { users, table },
    holds: ({ users: every, table: { context } }) =>
      context.lock !== null &&
      every.some(({ state, context: u }) => state === "unmapping" && u.left.includes("clear") && u.root !== ""),
  }),
  always({
    id: "LVL-3",
    name: "no-reach-after-unmap",
    statement: "After an unmap has returned, the IOMMU reaches the page neither by a walk nor by its IOTLB.",
    source: hardwareRule("I1, I7"),
    witness: "LVL-4",
    applies: here(),
    reads: { user, users, table, walker },
    parts: {
      "no walk leads to the page": ({ user: u, users: every, table: t, walker: w }) =>
        !isUnmapped(u) || every.every((other) => reached(w, t, other.context.page) !== u.context.page),
      "the IOTLB has no entry of it": ({ user: u, walker: w }) => !isUnmapped(u) || !keeps(w, u.context.page),
    },
  }),
  sometimes({
    id: "LVL-4",
    name: "cached-entry-cleared",
    statement: "The IOTLB has a page whose entry was cleared.",
    source: hardwareRule("I1"),
    applies: here(),
    reads: { walker, table },
    holds: ({ walker: w, table: { context } }) => w.context.iotlb.some(({ frame }) => !isNamed(context.tables, frame)),
  }),
  always({
    id: "LVL-5",
    name: "no-freed-table-cached",
    statement: "The walk cache of the IOMMU has no table that was freed.",
    source: hardwareRule("I7"),
    witness: "LVL-6",
    applies: here(frees),
    reads: { table, walker },
    holds: ({ table: { context }, walker: w }) =>
      w.context.walkCache.every((one) => !context.freed.includes(one.table)),
  }),
  sometimes({
    id: "LVL-6",
    name: "unlinked-table-cached",
    statement: "The walk cache of the IOMMU has a table that an unmap has unlinked.",
    source: hardwareRule("I7"),
    applies: here(frees),
    reads: { users, walker },
    holds: ({ users: every, walker: w }) =>
      every.some(({ context: { emptied } }) => w.context.walkCache.some((one) => one.table === emptied)),
  }),
  always({
    id: "LVL-7",
    name: "mapping-stays",
    statement: "After a map has returned, the page table of software leads to the page until it is unmapped.",
    source: { document: "Linux 7.3.4, drivers/iommu/generic_pt/iommu_pt.h", clause: "increase_top()" },
    witness: "LVL-2",
    applies: here(grows),
    reads: { user, table },
    holds: ({ user: u, table: { context } }) =>
      !isMapped(u) ||
      context.lock !== null ||
      walked(context.tables, context, u.context.page, null).frame === u.context.page,
  }),
  always({
    id: "LVL-8",
    name: "other-page-unreached",
    statement: "By the address of one page the IOMMU reaches no other page.",
    source: hardwareRule("S2"),
    witness: "LVL-4",
    applies: here(),
    reads: { user, table, walker },
    holds: ({ user: { context }, table: t, walker: w }) =>
      [null, context.page].includes(reached(w, t, context.page)) &&
      w.context.iotlb.every(({ page, frame }) => page === frame),
  }),
  always({
    id: "LVL-9",
    name: "iommu-follows-map",
    statement: "After a map has returned, a walk by the IOMMU leads to the page.",
    source: { document: "Linux 7.3.4, drivers/iommu/generic_pt/iommu_pt.h", clause: "increase_top()" },
    witness: "LVL-10",
    applies: here(grows),
    reads: { user, table, walker },
    holds: ({ user: u, table: t, walker: w }) => !isMapped(u) || reached(w, t, u.context.page) === u.context.page,
  }),
  sometimes({
    id: "LVL-10",
    name: "old-entry-cached",
    statement: "The IOMMU has a copy of the entry of the device from before a level was added.",
    source: hardwareRule("I1"),
    applies: here(grows),
    reads: { table, walker },
    holds: ({ table: { context }, walker: w }) => w.context.copy?.levels === 1 && context.entry.levels === 2,
  }),
  always({
    id: "LVL-11",
    name: "map-is-not-refused",
    statement: "A map finds entries of the level that it expects, and is not refused.",
    source: { document: "Linux 6.12.117, drivers/iommu/amd/io_pgtable.c", clause: "alloc_pte()" },
    witness: "LVL-13",
    applies: here(grows),
    reads: { user },
    holds: ({ user: u }) => !u.context.refused,
  }),
  canAlways({
    id: "LVL-12",
    name: "table-calls-end",
    statement: "From each state, the calls of all threads can end.",
    source: { document: "Linux 6.12.117, drivers/iommu/amd/io_pgtable.c", clause: "increase_address_space()" },
    witness: "LVL-13",
    applies: here(grows),
    reads: { users },
    holds: ({ users: every }) => every.every((one) => isMapped(one) || isUnmapped(one)),
  }),
  sometimes({
    id: "LVL-13",
    name: "map-during-growth",
    statement: "A thread is about to enter its page while another one adds a level.",
    source: { document: "Linux 6.12.117, drivers/iommu/amd/io_pgtable.c", clause: "alloc_pte()" },
    applies: here(grows),
    reads: { users, table },
    holds: ({ users: every, table: { context } }) =>
      context.lock !== null &&
      every.some(
        ({ state, context: u }) => state === "mapping" && u.page !== context.lock && u.left.at(-1) === "install",
      ),
  }),
  sometimes({
    id: "LVL-14",
    name: "two-add-a-level",
    statement: "Two threads are about to add the same level.",
    source: { document: "Linux 7.3.4, drivers/iommu/generic_pt/iommu_pt.h", clause: "increase_top()" },
    applies: here(growsTwice),
    reads: { users },
    holds: ({ users: every }) =>
      every.filter(({ context: { page, left } }) => levelsFor(page) === 2 && left.includes("build")).length > 1,
  }),
];
