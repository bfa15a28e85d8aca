/**
 * Why no answer about a trace can be NOT EXPLAINED: runs that might show it and are not tried. Calls and states before the
 * first line are chosen by what lines say; where those lines are missing, or there are too many choices, some are left out.
 */
import { BEGINS, type Sorted } from "./trace-lines.ts";
import { missingField, WORDS } from "./words.ts";

/** Lines that say which call a thread made, besides those with which calls begin. */
const GUIDES = [
  "fops_read_ret",
  "fops_write_ret",
  "group_response",
  "queue_add_device",
  "queue_remove_device",
  "iommufd_auto_response",
  "attach_device_to_domain",
];

export interface Chosen {
  readonly without: readonly string[];
  readonly attachedBefore: readonly string[];
  /** Fault queues that the trace may use at the same time, and those that the system has. */
  readonly wanted: number;
  readonly queues: number;
  /** Words that are left out on purpose, with all that they tell of. */
  readonly omitted: readonly string[];
  /** The place of the line that was not explained. */
  readonly at: number;
}

/** The first reason; undefined: every run of the system is tried. */
export function limited({ lines, notRecorded, shared }: Sorted, chosen: Chosen): string | undefined {
  const { without, attachedBefore, wanted, queues, omitted, at } = chosen;
  const names = attachedBefore.join(", ");
  if (shared)
    return `line ${shared.line}: ${shared.devices.join(", ")} share an IOMMU group, and only devices with groups of their own were tried`;
  if (attachedBefore.length > 1)
    return `${names} may have been attached before the first line, and not every way in which they share fault queues was tried; record from before the attach`;
  // What a fault queue gave out before the trace decides which cookies it gives out in it.
  const cookie = lines.slice(0, at + 1).find(({ event }) => event.fields["cookie"] !== undefined);
  if (names !== "" && cookie)
    return `${names} may have been attached before the first line, and line ${cookie.event.line} has a cookie, which depends on those that the fault queue gave out before; record from before the attach`;
  if (wanted > queues)
    return `up to ${wanted} fault queues may exist at the same time, and no more than ${queues} were tried`;
  const isMissing = (word: string): boolean =>
    !omitted.includes(word) && (without.includes(word) || notRecorded.includes(WORDS[word]!.set));
  const missing = [...BEGINS, ...GUIDES].find(isMissing);
  if (missing !== undefined)
    return `${missing} was not recorded, so not every call that a thread may have made was tried`;
  for (const { word, event } of lines) {
    const field = missingField(word, event.fields);
    if (field !== undefined)
      return `line ${event.line} (${event.name}) has no field "${field}", so not every call that a thread may have made was tried`;
  }
  return undefined;
}
