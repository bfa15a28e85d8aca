/** The names that user space gets for the groups of a guest: cookies of an xarray, or group indices. */
import type { Fault } from "../../../include/iommu.ts";
import { lowestFree, zeroAfterErase, type AllocatingXarray } from "../../../lib/allocating-xarray.ts";
import type { GuestFaultQueueContext as Queue } from "./guest-fault-queue-context.ts";

export const responses = ({ outstanding, zeroIsFree }: Queue): AllocatingXarray => ({
  used: outstanding.map(({ id }) => id),
  zeroIsFree,
});
/** xa_erase() of these, one after the other. Cookies that are unique are in no xarray. */
export function withoutCookies(queue: Queue, ids: readonly number[]): Partial<Queue> {
  if (queue.rules.cookies === "unique") return {};
  const left = ids.reduce<AllocatingXarray>(
    (array, id) => ({ used: array.used.filter((one) => one !== id), zeroIsFree: zeroAfterErase(array, id) }),
    responses(queue),
  );
  return { zeroIsFree: left.zeroIsFree };
}

/** The name that user space gets for a group. */
export function nameOf(queue: Queue, { grp, instance = 0 }: Fault): number {
  const { answersBy, cookies, instances } = queue.rules;
  if (answersBy === "group-index") return grp;
  return cookies === "unique" ? grp * instances + instance : lowestFree(responses(queue));
}
