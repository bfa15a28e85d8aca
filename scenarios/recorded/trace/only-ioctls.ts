/**
 * The ioctls of a trace, and devices that join and leave their groups, without its faults. No ioctl waits for a fault, or
 * returns something else because of one: a run stays a run when faults, reads and writes are left out of it. Without them no
 * cookie is given out, so that it does not matter which cookies a fault queue gave out before the first line.
 */
import type { TraceLine } from "./trace-line.ts";
import { wordOf, WORDS } from "./words.ts";

const OF_IOCTLS: ReadonlySet<string> = new Set([
  "attach_group_handle",
  "detach_group_handle",
  "replace_group_handle",
  "attach_device_to_domain",
  "add_device_to_group",
  "remove_device_from_group",
  "iopf_enable",
  "iopf_disable",
  "queue_add_device",
  "queue_add_device_ret",
  "queue_remove_device",
  "iommufd_auto_response",
  "fault_destroy",
]);

/** Words of faults, reads and writes. */
export const OF_FAULTS: readonly string[] = Object.keys(WORDS).filter((word) => !OF_IOCTLS.has(word));

export const withoutFaults = (events: readonly TraceLine[]): readonly TraceLine[] =>
  events.filter(({ name }) => !OF_FAULTS.includes(wordOf(name)));
