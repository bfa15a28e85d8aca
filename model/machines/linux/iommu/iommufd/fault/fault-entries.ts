/** The groups that a fault queue holds (struct iommufd_fault: `deliver` and `response`), as functions of what it held before. */
import {
  lowestFree,
  takesMemory,
  zeroAfterAlloc,
  zeroAfterErase,
  type AllocatingXarray,
} from "../../../lib/allocating-xarray.ts";
import type { Fault } from "../../../include/iommu.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";
import type { QueueHandler } from "./fault-handler.ts";

/** A group (struct iopf_group): its device, and the number that the device gave it. */
export type Named = { readonly device: number; readonly group: number };

/**
 * Where a group is. "delivered": on the deliver list. "answering": a teardown has moved it to a list of its own. "reading":
 * it has a cookie, and its records are being copied. "outstanding": user space has its cookie.
 */
export type Place = "delivered" | "answering" | "reading" | "outstanding";

export type Entry = Named & {
  /** group->attach_handle. */
  readonly handle: AttachHandle;
  /** One for each record. */
  readonly faults: readonly Fault[];
  readonly place: Place;
  /** Null while it is on a list. */
  readonly cookie: number | null;
  /** The attach handle was freed. */
  readonly dangling: boolean;
};

/** What the functions below read and change. */
export interface Held {
  /** First the lists in order, then the groups with a cookie, by cookie. */
  readonly entries: readonly Entry[];
  /** The xarray of the responses gives out cookie 0 too. */
  readonly zeroIsFree: boolean;
}

/** The HWPT whose attach handle the group names. */
export const hwptOf = ({ handle }: Entry): number => (handle.domain.handler as QueueHandler).hwpt;
export const pagesOf = ({ faults }: Entry): readonly number[] => faults.map(({ page }) => page);

export const isSame =
  (a: Named) =>
  (b: Named): boolean =>
    a.device === b.device && a.group === b.group;
/** Handles are compared as pointers are: a handle of another group, HWPT or device is another one. */
export const isOf =
  (handle: AttachHandle) =>
  (entry: { readonly handle: AttachHandle }): boolean =>
    JSON.stringify(entry.handle) === JSON.stringify(handle);

export const ordered = (entries: readonly Entry[]): readonly Entry[] => [
  ...entries.filter(({ cookie }) => cookie === null),
  ...entries.filter(({ cookie }) => cookie !== null).sort((a, b) => a.cookie! - b.cookie!),
];
export const without = (entries: readonly Entry[], gone: Entry | undefined): readonly Entry[] =>
  entries.filter((entry) => entry !== gone);

const responses = ({ entries, zeroIsFree }: Held): AllocatingXarray => ({
  used: entries.flatMap(({ cookie }) => (cookie === null ? [] : [cookie])),
  zeroIsFree,
});

/** xa_alloc() for a group that was on the deliver list. */
export function withCookie(held: Held, found: Entry): Held & { readonly cookie: number } {
  const cookie = lowestFree(responses(held));
  return {
    cookie,
    zeroIsFree: zeroAfterAlloc(responses(held), cookie),
    entries: ordered([{ ...found, place: "reading", cookie }, ...without(held.entries, found)]),
  };
}

/** Whether xa_alloc() for the next cookie takes memory. */
export const cookieTakesMemory = (held: Held): boolean => takesMemory(responses(held), lowestFree(responses(held)));

/** xa_erase(): the group, if the cookie is in use, is in nobody's list any more. */
export function erased(held: Held, cookie: number): Held & { readonly found: Entry | undefined } {
  const found = held.entries.find((entry) => entry.cookie === cookie);
  return {
    found,
    zeroIsFree: zeroAfterErase(responses(held), cookie),
    entries: without(held.entries, found),
  };
}

/** list_del() of a group without a cookie, or xa_erase() of one with a cookie. */
export const taken = (held: Held, entry: Entry): Held =>
  entry.cookie === null
    ? { ...held, entries: without(held.entries, entry) }
    : { zeroIsFree: erased(held, entry.cookie).zeroIsFree, entries: without(held.entries, entry) };
