/** What the table of objects keeps of each object, and the changes that its machine makes. */
import type { Named, ObjectKind } from "./object-messages.ts";

export interface Entry extends Named {
  readonly id: number;
  /** Its entry in the table: reserved by xa_alloc(), visible to look-ups, or gone while the object is being destroyed. */
  readonly place: "reserved" | "visible" | "gone";
  /** Who depends on it, and 1 for the table. */
  readonly users: number;
  /** Short users, and 1 for the table. */
  readonly waits: number;
}

export interface ObjectTableContext {
  /** Ascending by ID. */
  readonly entries: readonly Entry[];
  /** IDs that stay reserved until the context ends. Ascending. */
  readonly tombstones: readonly number[];
  /** A count went below zero, or an object was used that is not there. Never cleared. */
  readonly broken: boolean;
}

export const isOf =
  ({ kind, at }: Named) =>
  (entry: Entry): boolean =>
    entry.kind === kind && entry.at === at;

export const sorted = (entries: readonly Entry[]): readonly Entry[] => entries.toSorted((a, b) => a.id - b.id);

/** XA_FLAGS_ALLOC1: the lowest free ID from 1 on. Objects that are being destroyed have none. */
export function lowestId({ entries, tombstones }: ObjectTableContext): number {
  const used = [...entries.filter(({ place }) => place !== "gone").map(({ id }) => id), ...tombstones];
  let id = 1;
  while (used.includes(id)) id += 1;
  return id;
}

/** The memory that was named, or the next one of its kind that is free. */
export function freeMemory({ entries }: ObjectTableContext, { kind, at }: Named): number {
  let free = at;
  while (entries.some(isOf({ kind, at: free }))) free += 1;
  return free;
}

export const visible = ({ entries }: ObjectTableContext, id: number, kind: ObjectKind | null): Entry | undefined =>
  entries.find((entry) => entry.place === "visible" && entry.id === id && (kind === null || entry.kind === kind));

/** iommufd_lock_obj(): neither of an object that is being destroyed, nor of one whose short users were waited for. */
export const canLock = ({ users, waits }: Entry): boolean => users > 0 && waits > 0;

/** The object with other counts; a count never goes below zero. */
export function counted(
  context: ObjectTableContext,
  named: Named,
  { users = 0, waits = 0 }: { readonly users?: number; readonly waits?: number },
): Partial<ObjectTableContext> {
  const found = context.entries.find(isOf(named));
  if (!found || found.users + users < 0 || found.waits + waits < 0) return { broken: true };
  const entry = { ...found, users: found.users + users, waits: found.waits + waits };
  return { entries: context.entries.map((one) => (one === found ? entry : one)) };
}

/** The object leaves the table; its ID stays behind where `tombstone`. */
export function gone(context: ObjectTableContext, found: Entry, tombstone = false): Partial<ObjectTableContext> {
  const entry: Entry = { ...found, place: "gone", users: 0 };
  return {
    entries: context.entries.map((one) => (one === found ? entry : one)),
    ...(tombstone ? { tombstones: [...context.tombstones, found.id].toSorted((a, b) => a - b) } : {}),
  };
}
