/** From the events of a trace to observations: which lines speak of the machines, in which lane, and what they say. */
import { observations, type Observation, type Pattern } from "../../../checker/explore/observed/observed.ts";
import type { Json } from "../../../checker/json.ts";
import { addedOf, deviceGroups, deviceNameOf, laneOf, SwitchCalls, type DeviceGroups } from "./device-groups.ts";
import type { TraceLine } from "./trace-line.ts";
import { LEFT_OUT, wordOf, WORDS, type ProbeSet } from "./words.ts";

/** A line that the machines must explain. */
export interface SpeakingLine {
  readonly event: TraceLine;
  /** The word of the table. */
  readonly word: string;
  readonly lane: string;
}

export interface Sorted {
  readonly lines: readonly SpeakingLine[];
  readonly observed: readonly Observation[];
  /** Devices whose first line adds them to their IOMMU group. */
  readonly added: ReadonlySet<string>;
  readonly groups: DeviceGroups;
  /** Lines that are understood and say nothing of the machines, by name. */
  readonly leftOut: { readonly [name: string]: number };
  /** Lines that are not understood, by name. */
  readonly unknown: { readonly [name: string]: number };
  /** Sets of probes without a line. */
  readonly notRecorded: readonly ProbeSet[];
}

/** Lines with which a call begins. */
export const BEGINS: ReadonlySet<string> = new Set([
  "report_fault",
  "fops_read",
  "fops_write",
  "iopf_enable",
  "attach_group_handle",
  "detach_group_handle",
  "replace_group_handle",
  "fault_destroy",
  "queue_discard_partial",
  "add_device_to_group",
  "remove_device_from_group",
]);

/** Lines behind which an ioctl that has enabled page faults goes on with a call that switches the domain. */
export const ENABLES: ReadonlySet<string> = new Set(["iopf_enable", "queue_add_device_ret"]);

/** Lines of the domain of a device that iommufd did not switch: a probe of the device, or another user of it. */
class DomainLines {
  readonly #groups: DeviceGroups;
  readonly #calls = new SwitchCalls();
  readonly #attached = new Set<string>();
  readonly #previous = new Map<string, string>();

  constructor(groups: DeviceGroups) {
    this.#groups = groups;
  }

  /** Whether the line is one of iommufd. */
  isOurs(event: TraceLine): boolean {
    const lane = laneOf(event);
    const before = this.#previous.get(lane);
    if (Object.hasOwn(WORDS, wordOf(event.name))) this.#previous.set(lane, event.name);
    const call = this.#calls.after(event);
    if (event.name !== "attach_device_to_domain") return true;
    const device = String(deviceNameOf(event));
    if (call && this.#groups.of(device) === this.#groups.of(call.devices[0]!)) {
      if (call.name === "detach_group_handle") this.#attached.delete(device);
      else this.#attached.add(device);
      return true;
    }
    return before !== "add_device_to_group" && this.#attached.has(device);
  }
}

const OF_BUS: ReadonlySet<string> = new Set(["add_device_to_group", "remove_device_from_group"]);

/** Without lines of devices that join and leave groups, and are in no other line. */
function withoutStrangers(lines: readonly SpeakingLine[]): readonly SpeakingLine[] {
  const known = new Set(lines.flatMap(({ word, event }) => (OF_BUS.has(word) ? [] : [deviceNameOf(event)])));
  return lines.filter(({ word, event }) => !OF_BUS.has(word) || known.has(deviceNameOf(event)));
}

const countOf = (counts: Record<string, number>, name: string): void => {
  counts[name] = (counts[name] ?? 0) + 1;
};

/** `without`: lines of these names were not recorded. */
export function sortLines(events: readonly TraceLine[], without: readonly string[]): Sorted {
  const sets = new Set(
    events.flatMap(({ name }) => (Object.hasOwn(WORDS, wordOf(name)) ? [WORDS[wordOf(name)]!.set] : [])),
  );
  const leftOut: Record<string, number> = {};
  const unknown: Record<string, number> = {};
  const spoken: SpeakingLine[] = [];
  const groups = deviceGroups(events);
  const domains = new DomainLines(groups);
  for (const event of events) {
    const word = wordOf(event.name);
    const lane = laneOf(event);
    const isOurs = domains.isOurs(event);
    if (without.includes(event.name)) countOf(leftOut, event.name);
    else if (Object.hasOwn(WORDS, word) && isOurs) spoken.push({ event, word, lane });
    else if (Object.hasOwn(WORDS, word) || Object.hasOwn(LEFT_OUT, word)) countOf(leftOut, event.name);
    else countOf(unknown, event.name);
  }
  const lines = withoutStrangers(spoken);
  const ours = new Set(lines);
  for (const line of spoken) if (!ours.has(line)) countOf(leftOut, line.event.name);
  const all = [...new Set(Object.values(WORDS).map(({ set }) => set))];
  return {
    lines,
    observed: observations(
      lines.map(({ event, word, lane }) => ({ lane, edge: WORDS[word]!.edge, shows: patternOf(word, event) })),
    ),
    added: addedOf(events),
    groups,
    leftOut,
    unknown,
    notRecorded: all.filter((set) => !sets.has(set)),
  };
}

/** IOMMU_FAULT_PAGE_REQUEST_PASID_VALID and IOMMU_FAULT_PAGE_REQUEST_LAST_PAGE; the model has no other flag. */
export const PASID_VALID = 1;
export const LAST_PAGE = 2;

/** The fields of the line that the table knows. One that the probe does not carry is not compared. */
function patternOf(word: string, { fields }: TraceLine): Pattern {
  const known: Record<string, Json> = {};
  for (const field of WORDS[word]!.fields) {
    const value = fields[field];
    if (value !== undefined) known[field] = value;
  }
  if (word === "report_fault" && typeof known["flags"] === "number") {
    if (!(known["flags"] & PASID_VALID) && "pasid" in known) known["pasid"] = 0;
    known["flags"] = known["flags"] & (PASID_VALID | LAST_PAGE);
  }
  return { name: word, fields: known };
}
