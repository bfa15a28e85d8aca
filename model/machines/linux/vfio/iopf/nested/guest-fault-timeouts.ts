/**
 * The time limit for user space's response to a group of its guest: which group has run out of time, and what is left of it.
 * A time-out may come at any time while a group waits: how long is too long is no question of the model.
 */
import type { Fault } from "../../../include/iommu.ts";
import { withoutCookies } from "./guest-fault-cookies.ts";
import type { GuestFaultQueueContext as Queue } from "./guest-fault-queue-context.ts";

/** A recall has no members. */
const groupOf = (members: readonly Fault[]): string => {
  const { device, grp, instance = 0 } = members.at(-1) ?? { device: null, grp: null };
  return [device, grp, instance].join(" ");
};

/** With the timer of a group that user space has read: one timer for each use of an index, sorted, because it is a set. */
export const started = (timers: Queue["timers"], members: readonly Fault[]): Queue["timers"] =>
  [...timers.filter((other) => groupOf(other) !== groupOf(members)), members].sort((a, b) =>
    groupOf(a) < groupOf(b) ? -1 : 1,
  );

/** Groups with a last request that user space has not read yet. */
const unread = ({ queued }: Queue) => queued.filter((members) => members.at(-1)?.last);

/** The groups whose time may be over, oldest first. */
function late(queue: Queue): readonly (readonly Fault[])[] {
  const read = queue.outstanding.map(({ members }) => members);
  switch (queue.rules.groupTimeout) {
    case "none":
      return [];
    case "by-index":
      return queue.timers;
    case "from-read":
    case "keeps-group":
      return read;
    case "drops-group":
      return [...read, ...unread(queue)];
  }
}

export const mayTimeOut = (queue: Queue): boolean => late(queue).length > 0;

/** The group that gets the response, and what the kernel still has of it. A timer by index does not know the group. */
export function timeOut(queue: Queue): { readonly members: readonly Fault[]; readonly left: Partial<Queue> } {
  const { rules, outstanding, queued, timers } = queue;
  const members = late(queue)[0]!;
  if (rules.groupTimeout === "by-index") return { members, left: { timers: timers.slice(1) } };
  if (rules.groupTimeout === "keeps-group") return { members, left: {} };
  const named = outstanding.filter((group) => group.members === members);
  const left = {
    outstanding: outstanding.filter((group) => group.members !== members),
    queued: queued.filter((group) => groupOf(group) !== groupOf(members)),
    ...withoutCookies(
      queue,
      named.map(({ id }) => id),
    ),
  };
  return { members, left };
}
