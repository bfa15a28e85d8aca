/**
 * The operations of a trace that threads do to what they share, with the windows in which each takes effect: look up and store
 * an attach handle, read groups of a fault queue, and answer them. Everything else that the machines do is left out: these
 * decide what the lines show.
 */
import type { Operation } from "../../../checker/explore/observed/linearization.ts";
import type { Observation } from "../../../checker/explore/observed/observed.ts";
import { HANDLE_CALLS } from "./device-groups.ts";
import { BEGINS, ENABLES, LAST_PAGE, PASID_VALID, type SpeakingLine } from "./trace-lines.ts";
import { RECORD } from "./trace-marks.ts";
import { identity } from "./words.ts";

/** A group that is answered: what the line says of it. */
export interface Answer {
  readonly index: number;
  readonly key: string;
  /** Of the response to the hardware; absent: no line of it. */
  readonly device?: string;
  readonly cookie: number;
}

/** A group that a handler appends to the list of a fault queue, within a window. */
export interface Appended {
  readonly lane: string;
  readonly opens: number;
  readonly closes: number;
  /** The line of its thread that comes next when it is appended. */
  readonly next: number | undefined;
  /** The device that stands for its IOMMU group, and the one that asked. */
  readonly device: string;
  readonly from: string;
  readonly key: string;
  readonly records: number;
  /** Cookies with which it may be answered, 0: unread; undefined: any. */
  cookies: ReadonlySet<number> | undefined;
}

/** Whether the lines of the answer say of its group what those of the group say. */
export const isNamed = (group: Appended, { key, device }: Answer): boolean =>
  group.key === key && (device === undefined || group.from === device);

interface Placed extends Operation {
  /** The line of its thread that comes next when it takes effect, and the first line of the call. */
  readonly next: number | undefined;
  readonly call: number;
}

export type TraceOperation = Placed &
  (
    | {
        readonly kind: "looks-up";
        readonly device: string;
        readonly pasid: number | null;
        readonly finds?: boolean;
        readonly appends?: Appended;
      }
    | { readonly kind: "reads"; readonly records: number; readonly room: number }
    | { readonly kind: "writes"; readonly answers: readonly Answer[] }
    | { readonly kind: "stores"; readonly device: string; readonly to: "queue" | "no-queue" | "nothing" }
    /** `isCut`: the lines of its thread end within it, so that groups may be left. */
    | { readonly kind: "answers"; readonly answers: readonly Answer[]; readonly isCut: boolean }
    /** The mutex of the queue is dropped. */
    | { readonly kind: "ends" }
  );

type Line = SpeakingLine & { readonly index: number };

/** Lines of one call. */
const MOST_LINES = 10_000;
const OF_ANSWER: ReadonlySet<string> = new Set(["group_response", "page_response", "free_group"]);

/** Operations that hold the mutex of a queue. */
const SECTIONS: ReadonlySet<string> = new Set(["reads", "writes", "answers", "ends"]);

/**
 * Whether it may matter that the other operation comes first: they are about one device, or may be about one queue. A group is
 * looked up before it is appended, and a queue that has it may be read before the window of the look-up closes.
 */
export function depends(operation: TraceOperation, other: TraceOperation): boolean {
  if (operation.kind === "ends") return false;
  if (!SECTIONS.has(operation.kind))
    return "device" in operation && "device" in other && operation.device === other.device;
  if (other.kind === "looks-up") return other.appends !== undefined && other.appends.opens < operation.closes;
  return SECTIONS.has(other.kind) || other.kind === "stores";
}

/** IOMMU groups of devices, by name. */
export interface Standing {
  /** The device that stands for the group of a device. */
  readonly of: (device: string) => string;
  readonly isShared: (device: string) => boolean;
  /** Whether page faults of the device are enabled all the time between two lines. */
  readonly isEnabled: (device: string, from: number, to: number) => boolean;
}

/** By device: the lines that enable and disable its page faults. */
export function enabledIn(lines: readonly SpeakingLine[]): Standing["isEnabled"] {
  const changes = new Map<string, { readonly index: number; readonly enables: boolean }[]>();
  for (const [index, { word, event }] of lines.entries()) {
    if (word !== "queue_add_device" && word !== "queue_remove_device") continue;
    const device = String(event.fields["dev"]);
    const known = changes.get(device) ?? [];
    changes.set(device, known);
    known.push({ index, enables: word === "queue_add_device" });
  }
  return (device, from, to) => {
    const last = changes.get(device)?.findLast(({ index }) => index < to);
    return last !== undefined && last.enables && last.index < from;
  };
}

export function operationsOf(
  lines: readonly SpeakingLine[],
  observed: readonly Observation[],
  standing: Standing,
): readonly TraceOperation[] {
  const lanes = new Map<string, Line[]>();
  for (const [index, line] of lines.entries()) {
    const known = lanes.get(line.lane);
    if (known) known.push({ ...line, index });
    else lanes.set(line.lane, [{ ...line, index }]);
  }
  const operations = [...lanes.values()].flatMap((those) => new OfLane(those, observed, standing).operations());
  foresee(operations);
  return operations;
}

/** The operations of one thread. */
class OfLane {
  readonly #lines: readonly Line[];
  readonly #observed: readonly Observation[];
  readonly #found: TraceOperation[] = [];
  readonly #standing: Standing;

  constructor(lines: readonly Line[], observed: readonly Observation[], standing: Standing) {
    this.#lines = lines;
    this.#observed = observed;
    this.#standing = standing;
  }

  operations(): readonly TraceOperation[] {
    let call = 0;
    for (const [at, { word }] of this.#lines.entries()) {
      const isOfIoctl = ENABLES.has(this.#lines[at - 1]?.word ?? "") && HANDLE_CALLS.has(word);
      if (BEGINS.has(word) && !isOfIoctl) call = at;
      if (word === "report_fault") this.#report(at);
      else if (word === "fops_read") this.#read(at);
      else if (word === "fops_write") this.#write(at);
      else if (word === "iommufd_auto_response") this.#answer(at, call);
      else if (HANDLE_CALLS.has(word)) this.#store(at, call);
    }
    return this.#found;
  }

  /** The moment in which the window of the line closes. */
  #closes(at: number): number {
    const line = this.#lines[at];
    return line ? this.#observed[line.index]!.closes : this.#observed.length;
  }

  #place(from: number, closes: number, next: number, call: number) {
    const { lane, index } = this.#lines[from]!;
    return { lane, opens: index, closes, next: this.#lines[next]?.index, call: this.#lines[call]!.index };
  }

  /** Lines of the call behind its first one. */
  #ofCall(at: number): readonly Line[] {
    const rest: Line[] = [];
    for (let next = at + 1; next < this.#lines.length && rest.length < MOST_LINES; next++) {
      if (BEGINS.has(this.#lines[next]!.word)) break;
      rest.push(this.#lines[next]!);
    }
    return rest;
  }

  #report(at: number): void {
    const { fields } = this.#lines[at]!.event;
    const device = this.#standing.of(String(fields["dev"]));
    const lines = this.#ofCall(at);
    const returned = lines.find(({ word }) => word === "report_fault_ret");
    const handled = lines.findLastIndex(({ word }) => word === "iommufd_handler" || word === "group_dequeue");
    const isRejected = returned && returned.event.fields["ret"] !== 0;
    // One that is rejected in a shared group may have found the handle: page faults are enabled for each device.
    const { isShared, isEnabled } = this.#standing;
    const name = String(fields["dev"]);
    const isOpen =
      !returned || (isRejected && isShared(name) && !isEnabled(name, this.#lines[at]!.index, returned.index));
    const finds = handled >= 0 ? true : isOpen ? undefined : !isRejected;
    const isAppended = handled >= 0 && (Number(fields["flags"]) & LAST_PAGE) !== 0;
    this.#found.push({
      kind: "looks-up",
      ...this.#place(at, this.#closes(at + 1), at + 1, at),
      device,
      pasid: Number(fields["flags"]) & PASID_VALID ? Number(fields["pasid"]) : null,
      ...(finds === undefined ? {} : { finds }),
      ...(isAppended ? { appends: this.#append(at, at + 1 + handled, device) } : {}),
    });
  }

  #append(at: number, begins: number, device: string): Appended {
    const { lane, opens, closes, next } = this.#place(begins, this.#closes(begins), begins + 1, at);
    const { pasid, grpid, addr, count } = {
      ...this.#lines[at + 1]!.event.fields,
      ...this.#lines[begins]!.event.fields,
    };
    const key = identity(pasid, grpid, addr);
    const from = String(this.#lines[at]!.event.fields["dev"]);
    return { lane, opens, closes, next, device, from, key, records: Number(count ?? 1), cookies: undefined };
  }

  #read(at: number): void {
    const returned = this.#lines[at + 1];
    const records = returned?.word === "fops_read_ret" ? Number(returned.event.fields["ret"]) / RECORD : 0;
    if (!(records > 0)) return;
    const room = Math.floor(Number(this.#lines[at]!.event.fields["count"]) / RECORD);
    this.#found.push({ kind: "reads", ...this.#place(at, this.#closes(at + 1), at + 1, at), records, room });
  }

  #write(at: number): void {
    const { answers, last } = this.#answersBehind(at);
    if (answers.length === 0) return;
    this.#found.push({ kind: "writes", ...this.#place(at, this.#closes(at + 1), at + 1, at), answers });
    this.#found.push({ kind: "ends", ...this.#place(last, this.#closes(last + 1), last + 1, at) });
  }

  #answer(at: number, call: number): void {
    const { answers, last } = this.#answersBehind(at);
    const isCut = last === this.#lines.length - 1;
    this.#found.push({ kind: "answers", ...this.#place(at, this.#closes(at), at, call), answers, isCut });
    this.#found.push({ kind: "ends", ...this.#place(last, this.#closes(last + 1), last + 1, call) });
  }

  /** Groups that are answered with the mutex held, and the last line of that. */
  #answersBehind(at: number): { readonly answers: readonly Answer[]; readonly last: number } {
    const lines = this.#ofCall(at);
    const end = lines.findIndex(({ word }) => !OF_ANSWER.has(word));
    const inside = end < 0 ? lines : lines.slice(0, end);
    const answers = inside.flatMap(({ word, index, event: { fields } }, place): readonly Answer[] => {
      if (word !== "group_response") return [];
      const next = inside[place + 1];
      const device = next?.word === "page_response" ? next.event.fields["dev"] : undefined;
      const key = identity(fields["pasid"], fields["grpid"], fields["addr"]);
      return [
        { index, key, cookie: Number(fields["cookie"]), ...(device !== undefined && { device: String(device) }) },
      ];
    });
    return { answers, last: at + inside.length };
  }

  #store(at: number, call: number): void {
    const { word } = this.#lines[at]!;
    const lines = this.#ofCall(at);
    const named = lines.find(({ word: of }) => of === "attach_device_to_domain");
    if (!named) return;
    const isEnabled = this.#lines[call]!.word === "iopf_enable";
    const has = (wanted: string): boolean => lines.some(({ word: of }) => of === wanted);
    const isMoved = has("iommufd_auto_response") && !has("iopf_disable");
    const to = word === "detach_group_handle" ? "nothing" : isEnabled || isMoved ? "queue" : "no-queue";
    const switched = lines.findIndex(({ word: of }) => of !== "attach_device_to_domain");
    const last = at + 1 + (switched < 0 ? lines.length : switched);
    const closes = this.#closes(word === "attach_group_handle" ? at : last);
    const device = this.#standing.of(String(named.event.fields["device"]));
    this.#found.push({ kind: "stores", ...this.#place(at, closes, at, call), device, to });
  }
}

/**
 * With which cookies each group may be answered: those of later answers to groups that look the same, as long as such groups
 * wait for an answer.
 */
function foresee(operations: readonly TraceOperation[]): void {
  const answers = operations.flatMap((one) => (one.kind === "writes" || one.kind === "answers" ? one.answers : []));
  const untold = new Set(answers.flatMap(({ key, device }) => (device === undefined ? [key] : [])));
  const looks = (key: string, device: string | undefined): string => (untold.has(key) ? key : `${key} ${device}`);
  const groups = operations.flatMap((one) => (one.kind === "looks-up" && one.appends ? [one.appends] : []));
  const moments = [
    ...groups.map((group) => ({ at: group.opens, look: looks(group.key, group.from), group, cookie: undefined })),
    ...answers.map(({ index, key, device, cookie }) => ({
      at: index,
      look: looks(key, device),
      group: undefined,
      cookie,
    })),
  ].sort((a, b) => a.at - b.at);
  const waiting = new Map<string, { groups: Appended[]; cookies: Set<number>; left: number }>();
  for (const { look, group, cookie } of moments) {
    const alike = waiting.get(look) ?? { groups: [], cookies: new Set(), left: 0 };
    if (group) {
      waiting.set(look, alike);
      alike.groups.push(group);
      alike.left += 1;
    } else if (alike.left > 0) {
      alike.cookies.add(cookie);
      alike.left -= 1;
      if (alike.left > 0) continue;
      for (const one of alike.groups) one.cookies = alike.cookies;
      waiting.delete(look);
    }
  }
}
