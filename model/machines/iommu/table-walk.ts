/** What a walk of a page table of one or two levels finds, and what a thread writes where its walk has led it. */

/** Where a walk begins. */
export interface Top {
  readonly root: string;
  readonly levels: number;
}

/** An entry names a table of the level below, or a page; null is not present. */
type Slot = { readonly table: string } | { readonly page: string } | null;

export type Tables = { readonly [name: string]: readonly Slot[] };

/** Index in the lower and in the upper table. */
const PLACES: { readonly [page: string]: readonly [lower: number, upper: number] } = {
  b: [1, 0],
  c: [0, 1],
  d: [0, 2],
};
const [LOWER, UPPER] = [0, 1] as const;
const at = (page: string, level: number): number => PLACES[page]![level === 1 ? LOWER : UPPER];

export const levelsFor = (page: string): number => (at(page, 2) === 0 ? 1 : 2);
const isUpper = (table: string): boolean => table.endsWith("upper");
/** The table that is made for a page that has none. */
export const lowestOf = (page: string): string => `table-${page}`;

const slotOf = (tables: Tables, table: string, page: string, level: number): Slot => tables[table]![at(page, level)]!;
const withSlot = (tables: Tables, table: string, index: number, slot: Slot): Tables => ({
  ...tables,
  [table]: tables[table]!.map((old, k) => (k === index ? slot : old)),
});

interface Found {
  /** The lowest table, where the walk has read it. */
  readonly table: string | null;
  readonly frame: string | null;
}
const NOTHING: Found = { table: null, frame: null };

/** A walk by the IOMMU. `from`: a lowest table that it remembers, whatever the levels above it are. */
export function walked(tables: Tables, { root, levels }: Top, page: string, from: string | null): Found {
  if (from === null && levels < levelsFor(page)) return NOTHING;
  const slot = slotOf(tables, root, page, levels);
  if (slot === null) return NOTHING;
  if ("page" in slot) return { table: from, frame: slot.page };
  return levels === 2 ? walked(tables, { root: slot.table, levels: 1 }, page, slot.table) : NOTHING;
}

/** A thread maps the page where a walk from here leads it; null if an entry on the way has another level. */
export function installed(tables: Tables, { root, levels }: Top, page: string): Tables | null {
  if (levels < levelsFor(page)) return null;
  const index = at(page, levels);
  const slot = tables[root]![index]!;
  if (levels === 1) {
    return slot !== null && "table" in slot ? null : withSlot(tables, root, index, { page });
  }
  if (slot !== null && "table" in slot) {
    return isUpper(slot.table) ? null : withSlot(tables, slot.table, at(page, 1), { page });
  }
  const lowest = { ...tables, [lowestOf(page)]: [null, null, null] };
  return withSlot(withSlot(lowest, lowestOf(page), at(page, 1), { page }), root, index, { table: lowestOf(page) });
}

interface Removed {
  readonly tables: Tables;
  readonly found: boolean;
  /** A table that the page has filled whole, and that is unlinked with it. */
  readonly emptied: string | null;
}

/** A thread clears what a walk from here leads it to. */
export function removed(tables: Tables, { root, levels }: Top, page: string, freesTables: boolean): Removed {
  const nothing: Removed = { tables, found: false, emptied: null };
  if (levels < levelsFor(page)) return nothing;
  const index = at(page, levels);
  const slot = tables[root]![index]!;
  if (slot === null) return nothing;
  if ("page" in slot) return { tables: withSlot(tables, root, index, null), found: true, emptied: null };
  if (levels === 1 || isUpper(slot.table)) return nothing;
  if (slotOf(tables, slot.table, page, 1) === null) return nothing;
  const cleared = withSlot(tables, slot.table, at(page, 1), null);
  return freesTables && slot.table === lowestOf(page)
    ? { tables: withSlot(cleared, root, index, null), found: true, emptied: slot.table }
    : { tables: cleared, found: true, emptied: null };
}

/** Some entry names the page. */
export const isNamed = (tables: Tables, page: string): boolean =>
  Object.values(tables).some((slots) => slots.some((slot) => slot !== null && "page" in slot && slot.page === page));
