/**
 * Mutants of a trace: a line dropped, doubled, swapped with the next one of its thread, or with one field changed. What is
 * expected of each follows from what its line says, and from what the other lines of the thread say:
 *
 * - A prefix of a behaviour is one: the last line may be missing.
 * - A fault queue that nobody uses may be destroyed or not, and another one too: fault_destroy says nothing else.
 *   It may come before or after a device that joins its group or leaves it: no call is under way then.
 * - A report with PASID 0 looks up what one without a PASID does.
 * - Of a fault that is not the last of its group only the device and the PRGI are in other lines, and only if it is not discarded.
 *   A page request thread reports nothing but page requests.
 * - A device that no earlier line adds to its group may have been there. Where no later line is about it, it may have gone, or
 *   another one may have come. The order in which devices come shows only where a later call switches them.
 * - Of devices that share a group one may be detached for another, for which page faults were not enabled.
 * - What a fault asked for (`perm`) is in no other line. The address of a fault that was rejected is in no other line; its type
 *   matters only for such a fault.
 * - The lines of a detach may come twice: when its owner releases it, the device may go on to its default domain.
 * - The name of a device that is in no other line may be that of one which was attached before. It moved between domains
 *   without a fault queue if nothing else of the call says which device that was. It was detached if nothing later does
 *   either.
 * - All other lines are printed once for each time that the function runs, in the order of the code, and all other fields are
 *   in another line too, or follow from what happened before.
 */
import { deviceNameOf, HANDLE_CALLS } from "./device-groups.ts";
import { parseLine, isEvent, type TraceLine } from "./trace-line.ts";
import { LAST_PAGE, sortLines, type SpeakingLine } from "./trace-lines.ts";
import { WORDS } from "./words.ts";

export interface Mutant {
  readonly kind: "dropped" | "doubled" | "swapped" | "field changed" | "not ours";
  /** The line of the trace, and what was done to it. */
  readonly line: number;
  readonly what: string;
  readonly text: string;
  readonly expected: "explained" | "rejected";
}

/** A value that no other line has. */
function changed(field: string, value: number | string): string {
  if (typeof value === "string") return value.startsWith("0x") ? "0x1" : `"${value}9"`;
  if (field === "addr") return `0x${(value + 0x777000).toString(16)}`;
  if (field === "flags") return String(value & 1 ? value - 1 : value + 1);
  if (field === "type") return "2";
  if (field === "perm") return value === 1 ? "0x2" : "0x1";
  return String(field === "cookie" || field === "grpid" || field === "pasid" ? value + 1000 : value + 1);
}

const withField = (text: string, field: string, to: string): string =>
  text.replace(new RegExp(`\\b${field}=(?:"[^"]*"|\\S+)`), `${field}=${to}`);
/** What the line says, behind its time. */
const DETAILS = /^(?<head>.*?\d\.\d+:)(?<said>.*)$/;

export function mutantsOf(text: string): readonly Mutant[] {
  const texts = text.split("\n");
  const events = texts
    .map((content, index) => parseLine(content, index + 1))
    .filter((line): line is TraceLine => isEvent(line));
  const { lines, groups } = sortLines(events, []);
  const devices = new Set(lines.flatMap(({ event }) => deviceNameOf(event) ?? []));
  const isShared = new Set([...devices].map(groups.of)).size < devices.size;
  const ours = new Set(lines.map(({ event }) => event.line));
  const put = (changes: readonly (readonly [line: number, to: readonly string[]])[]): string =>
    texts.flatMap((content, index) => changes.find(([line]) => line === index + 1)?.[1] ?? [content]).join("\n");
  const notOurs = events
    .filter(({ line }) => !ours.has(line))
    .map(({ line, name }): Mutant => ({
      kind: "not ours",
      line,
      what: name,
      text: put([[line, []]]),
      expected: "explained",
    }));
  return [...lines.flatMap((_, index) => mutantsOfLine(lines, index, texts, put, isShared)), ...notOurs];
}

function mutantsOfLine(
  lines: readonly SpeakingLine[],
  index: number,
  texts: readonly string[],
  put: (changes: readonly (readonly [number, readonly string[]])[]) => string,
  isShared: boolean,
): readonly Mutant[] {
  const { event, word, lane } = lines[index]!;
  const text = texts[event.line - 1]!;
  const following = lines.slice(index + 1).filter((other) => other.lane === lane);
  const next = following[0];
  // An object that nobody uses: no group was answered in the call.
  const isFree = word === "fault_destroy" && next?.word !== "group_response";
  const call = lines.slice(0, index).filter((other) => other.lane === lane);
  const begins = call.findLast((other) => other.word !== "attach_device_to_domain");
  const isDetached = word === "attach_device_to_domain" && begins?.word === "detach_group_handle";
  const isBus = isOfBus(word);
  const name = deviceNameOf(event);
  const isOf = (other: SpeakingLine): boolean => deviceNameOf(other.event) === name;
  const later = lines.slice(index + 1);
  const before = lines.slice(0, index);
  // One that was in the group already comes before those that join it.
  const isNew =
    word === "add_device_to_group" && !before.some((line) => isOf(line) || (isShared && line.word === word));
  const isKept = word === "queue_remove_device" && !later.some((line) => isOf(line) && line.word.startsWith("queue_"));
  const isMissed = isBus ? !isNew && later.some(isOf) : !(isShared && isKept);
  const of = (kind: Mutant["kind"], what: string, mutated: string, isHarmless: boolean): Mutant => ({
    kind,
    line: event.line,
    what: `${word} ${what}`.trim(),
    text: mutated,
    expected: isHarmless ? "explained" : "rejected",
  });
  const swapped = (): readonly Mutant[] => {
    if (!next) return [];
    const other = texts[next.event.line - 1]!;
    const [a, b] = [DETAILS.exec(text)!.groups!, DETAILS.exec(other)!.groups!];
    const mutated = put([
      [event.line, [`${a["head"]}${b["said"]}`]],
      [next.event.line, [`${b["head"]}${a["said"]}`]],
    ]);
    const areSwitched = later.some((line) => HANDLE_CALLS.has(line.word));
    const isBusOnly = isBus && isOfBus(next.word) && !isOf(next) && !areSwitched;
    const isNextFree = next.word === "fault_destroy" && following[1]?.word !== "group_response";
    const isApart = (isNextFree && isBus) || (isFree && isOfBus(next.word));
    return [of("swapped", `with ${next.word}`, mutated, a["said"] === b["said"] || isBusOnly || isApart)];
  };
  return [
    of("dropped", "", put([[event.line, []]]), isFree || !isMissed || index === lines.length - 1),
    of("doubled", "", put([[event.line, [text, text]]]), isFree || isDetached),
    ...swapped(),
    ...WORDS[word]!.fields.flatMap((field): readonly Mutant[] => {
      const value = event.fields[field];
      if (value === undefined) return [];
      const mutated = put([[event.line, [withField(text, field, changed(field, value))]]]);
      const isOther = field === "device" && (isBus ? !isMissed : mayBeOther(call, following, later, value));
      return [of("field changed", field, mutated, isFreeField(word, field, event, following) || isOther)];
    }),
  ];
}

const isOfBus = (word: string): boolean => word === "add_device_to_group" || word === "remove_device_from_group";

function isFreeField(word: string, field: string, event: TraceLine, following: readonly SpeakingLine[]): boolean {
  const isDelivered = following[0]?.word === "iommufd_handler";
  if (word === "report_fault") {
    if (field === "perm") return true;
    if (field === "flags" && event.fields["pasid"] === 0) return true;
    const isRequest = following.some((line) => line.word === "queue_discard_partial");
    if (field === "type") return isDelivered && !isRequest;
    if ((Number(event.fields["flags"]) & LAST_PAGE) === 0)
      return field !== "dev" && field !== "grpid" ? true : isDiscarded(event, following);
    if (field === "addr") return !isDelivered;
    // Bits of the PASID: without the flag it is shown as 0.
    if (field === "pasid") return (Number(event.fields["flags"]) & 1) === 0;
  }
  // A buffer of no whole records gives ESPIPE, and one byte more leaves it so.
  if (word === "fops_read" || word === "fops_write") return following[0]?.event.fields["ret"] === -29;
  return false;
}

/** Whether the partial fault is discarded before its group is complete. */
function isDiscarded({ fields }: TraceLine, following: readonly SpeakingLine[]): boolean {
  const end = following.find(
    ({ word, event }) =>
      word === "queue_discard_partial" ||
      (word === "report_fault" &&
        event.fields["grpid"] === fields["grpid"] &&
        Number(event.fields["flags"]) & LAST_PAGE),
  );
  return end?.word === "queue_discard_partial";
}

/** Whether an ioctl may be of another device, which was attached before: its call is `call` and the lines that follow. */
function mayBeOther(
  call: readonly SpeakingLine[],
  following: readonly SpeakingLine[],
  later: readonly SpeakingLine[],
  device: unknown,
): boolean {
  const [before, begin] = [call.at(-2)?.word, call.at(-1)?.word];
  // The call switches the other devices of a group too.
  if (following[0]?.word === "attach_device_to_domain") return false;
  // The other lines of a call that enables, moves or disables page faults.
  if (before === "queue_add_device_ret" || following[0]?.word === "iommufd_auto_response") return false;
  if (begin === "replace_group_handle") return true;
  return begin === "detach_group_handle" && !later.some(({ event }) => deviceNameOf(event) === device);
}
