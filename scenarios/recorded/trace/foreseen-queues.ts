/**
 * Which fault queue an attach goes to, and which one a write answers, as far as the whole trace tells. No line names a queue,
 * but a write answers groups of one queue: what it answers was reported by devices that were attached to that queue. Writes
 * and attaches that are tied together in this way are one class, and get one queue.
 *
 * This only guides the search: every queue is tried, the likeliest first.
 */
import type { Observation } from "../../../checker/explore/observed.ts";
import { assignReads, type QueuedGroup, type Read } from "./foreseen-reads.ts";
import { BEGINS, type SpeakingLine } from "./trace-lines.ts";
import { RECORD } from "./trace-marks.ts";
import { identity } from "./words.ts";

/** A device, from one change of its domain to the next. */
interface Epoch {
  readonly device: string;
  /** The lines between which the domain changes. */
  readonly begins: number;
  readonly changed: number;
}

/** A group that a handler got, and the epochs of its device in which that may have been. */
interface Group {
  readonly device: string;
  readonly epochs: readonly Epoch[];
  readonly delivered: number;
  readonly until: number;
  readonly records: number;
  cookie?: number;
  returns?: readonly [number, number];
}

/** Reads, for each class, up to which queues are tried for a class. */
const MOST_TRIED = 20_000;

const CONTROLS: ReadonlySet<string> = new Set([
  "iopf_enable",
  "attach_group_handle",
  "detach_group_handle",
  "replace_group_handle",
]);

/** Sets of lines that belong together: the first line of an attach, or of a write. */
class Classes {
  readonly #parents = new Map<number, number>();

  of(one: number): number {
    let root = one;
    for (let parent = this.#parents.get(root); parent !== undefined; parent = this.#parents.get(root)) root = parent;
    return root;
  }

  /** The earlier line stands for both. */
  join(one: number, other: number): void {
    const [a, b] = [this.of(one), this.of(other)];
    if (a !== b) this.#parents.set(Math.max(a, b), Math.min(a, b));
  }
}

export class ForeseenQueues {
  readonly #lines: readonly SpeakingLine[];
  readonly #observed: readonly Observation[];
  readonly #classes = new Classes();
  /** By device: its epochs in order. */
  readonly #epochs = new Map<string, Epoch[]>();
  readonly #groups: Group[] = [];
  /** By class: its queue. */
  readonly #queues = new Map<number, number>();
  /** By the first line of a read: its queue. */
  readonly #reads: ReadonlyMap<number, number>;

  constructor(lines: readonly SpeakingLine[], observed: readonly Observation[]) {
    this.#lines = lines;
    this.#observed = observed;
    this.#findEpochs();
    this.#joinAnswered();
    this.#numberQueues();
    this.#reads = assignReads(this.#queuedGroups(), this.#allReads()).queues;
  }

  /** The queue of the attach, the read or the write that begins on the line. */
  of(place: number): number | undefined {
    return this.#reads.get(place) ?? this.#queues.get(this.#classes.of(place));
  }

  #findEpochs(): void {
    const begun = new Map<string, number>();
    for (const [index, { lane, word, event }] of this.#lines.entries()) {
      if (CONTROLS.has(word)) begun.set(lane, begun.get(lane) ?? index);
      else if (BEGINS.has(word)) begun.delete(lane);
      const begins = begun.get(lane);
      if (word !== "attach_device_to_domain" || begins === undefined) continue;
      begun.delete(lane);
      const device = String(event.fields["device"]);
      this.#epochs.set(device, [...(this.#epochs.get(device) ?? []), { device, begins, changed: index }]);
    }
  }

  /** A write and the epochs of the groups that it answers, where a group can be of one epoch only. */
  #joinAnswered(): void {
    const waiting = new Map<string, Group[]>();
    const calls = new Map<string, number>();
    const answeredOf = this.#answeredDevices();
    for (const [index, { lane, word, event }] of this.#lines.entries()) {
      if (BEGINS.has(word)) calls.set(lane, index);
      const call = calls.get(lane);
      if (call === undefined) continue;
      const { word: begun, event: first } = this.#lines[call]!;
      const { pasid, grpid, addr } = event.fields;
      const key = identity(pasid, grpid, addr);
      const groups = waiting.get(key) ?? [];
      if (word === "iommufd_handler" && begun === "report_fault") {
        const until = this.#observed[index]!.closes;
        const device = String(first.fields["dev"]);
        const epochs = this.#epochsWithin(device, call, until);
        const group = { device, epochs, delivered: index, until, records: Number(event.fields["count"] ?? 1) };
        waiting.set(key, [...groups, group]);
        this.#groups.push(group);
      } else if (word === "group_response" && begun !== "report_fault") {
        const device = answeredOf.get(index);
        const those = groups.filter((group) => device === undefined || group.device === device);
        const [group] = those;
        const epochs = new Set(those.flatMap((one) => one.epochs));
        // Of several devices it is not known which one was answered: their groups stay.
        if (!group || those.some((one) => one.device !== group.device)) continue;
        if (begun === "fops_write" && epochs.size === 1) this.#classes.join(call, group.epochs[0]!.begins);
        group.cookie = Number(event.fields["cookie"]);
        group.returns = [call, this.#observed[index]!.closes];
        waiting.set(
          key,
          groups.filter((one) => one !== group),
        );
      }
    }
  }

  /** By the line of a response: the device that is answered, where the next line of the thread is that of its driver. */
  #answeredDevices(): ReadonlyMap<number, string> {
    const last = new Map<string, number>();
    const devices = new Map<number, string>();
    for (const [index, { lane, word, event }] of this.#lines.entries()) {
      const before = last.get(lane);
      last.set(lane, index);
      if (word === "page_response" && before !== undefined && this.#lines[before]!.word === "group_response")
        devices.set(before, String(event.fields["dev"]));
    }
    return devices;
  }

  #epochsWithin(device: string, from: number, until: number): readonly Epoch[] {
    const epochs = this.#epochs.get(device) ?? [];
    return epochs.filter(({ begins }, k) => begins < until && (epochs[k + 1]?.changed ?? Infinity) > from);
  }

  /** Each class gets the queue with which reads fit best: one of its own if that makes no difference. */
  #numberQueues(): void {
    const ends = new Map<number, number>();
    for (const epochs of this.#epochs.values())
      for (const [k, { begins }] of epochs.entries()) {
        const root = this.#classes.of(begins);
        ends.set(root, Math.max(ends.get(root) ?? 0, epochs[k + 1]?.changed ?? Infinity));
      }
    const reads = this.#allReads();
    const used = new Set(this.#groups.map(({ epochs }) => this.#classes.of(epochs.at(-1)?.begins ?? -1)));
    const roots = [...ends.keys()].filter((root) => used.has(root)).sort((a, b) => a - b);
    const busyUntil: number[] = [];
    for (const root of roots) {
      const end = ends.get(root)!;
      const free = busyUntil.findIndex((until) => until < root);
      const alone = free < 0 ? busyUntil.length : free;
      const past = reads.filter(({ returns }) => returns < end);
      let best = { queue: alone, score: -Infinity };
      for (const queue of [alone, ...[...busyUntil.keys()].filter((other) => other !== alone)]) {
        this.#queues.set(root, queue);
        const { score } =
          roots.length * reads.length < MOST_TRIED ? assignReads(this.#queuedGroups(), past) : { score: 0 };
        if (score > best.score) best = { queue, score };
      }
      this.#queues.set(root, best.queue);
      busyUntil[best.queue] = Math.max(busyUntil[best.queue] ?? 0, end);
    }
  }

  /** Groups that may have been read: what is answered without a cookie was not. */
  #queuedGroups(): readonly QueuedGroup[] {
    return this.#groups.flatMap(({ epochs, ...group }) => {
      const queue = this.#queues.get(this.#classes.of(epochs.at(-1)?.begins ?? -1));
      return queue === undefined || group.cookie === 0 ? [] : [{ queue, ...group }];
    });
  }

  #allReads(): readonly Read[] {
    const begun = new Map<string, number>();
    return this.#lines.flatMap(({ lane, word, event }, returns): readonly Read[] => {
      if (word === "fops_read") begun.set(lane, returns);
      const begins = begun.get(lane);
      if (word !== "fops_read_ret" || begins === undefined) return [];
      const room = Math.floor(Number(this.#lines[begins]!.event.fields["count"]) / RECORD);
      return [{ begins, returns, room, records: Math.max(0, Number(event.fields["ret"])) / RECORD }];
    });
  }
}
