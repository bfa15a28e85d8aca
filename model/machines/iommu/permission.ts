/** What an entry of a page table, or a copy of it in a cache, allows: nothing, reads, or reads and writes. */
export type Permission = "none" | "read" | "write";

export type Access = "read" | "write";

/** The permission to write is one to read (hardware facts, P1). */
export const allows = (permission: Permission, access: Access): boolean =>
  permission === "write" || (permission === "read" && access === "read");

/** What a cache or table holds of the page: `frame` is the memory behind it. */
export interface Entry {
  readonly permission: Permission;
  readonly frame: number;
}
