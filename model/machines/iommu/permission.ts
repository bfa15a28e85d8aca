/** What a page table entry, or its copy in a cache, permits: nothing, reads, or reads and writes. */
export type Permission = "none" | "read" | "write";

export type Access = "read" | "write";

/** Write permission includes read permission (hardware fact P1, the fault condition of each kind of access). */
export const allows = (permission: Permission, access: Access): boolean =>
  permission === "write" || (permission === "read" && access === "read");

/** An entry of a page table or cache for one page; `frame` is the memory behind it. */
export interface Entry {
  readonly permission: Permission;
  readonly frame: number;
}
