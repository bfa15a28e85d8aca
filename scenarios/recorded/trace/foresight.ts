/**
 * What later lines of a trace say of a step that shows no line itself: with which cookie a group is answered, and how many
 * records a read returns. This only guides the search: no run is an explanation, or none, because of it.
 */
import type { Memory, Passing, Watched, When } from "../../../checker/explore/observed/observed-system.ts";
import type { Json, Message } from "../../../checker/json.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { FaultReaderContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-reader-messages.ts";
import { LAST_PAGE, PASID_VALID, type SpeakingLine } from "./trace-lines.ts";
import type { Observation } from "../../../checker/explore/observed/observed.ts";
import { RECORD } from "./trace-marks.ts";
import { identity } from "./words.ts";

interface Answered {
  readonly closes: number;
  readonly cookie: Json | undefined;
  readonly key: string;
}

/** Names of things that a message is about: a group, or a device whose domain changes. */
export function aboutOf({ type, device, group }: Message): readonly string[] {
  if (type.startsWith("control.")) return device === undefined ? [] : [`device ${Number(device)}`];
  return typeof group === "number" && typeof device === "number" ? [`${device}:${group}`] : [];
}

/** How many of the ascending numbers are below the limit. */
function countBelow<T>(those: readonly T[], numberOf: (one: T) => number, limit: number): number {
  let [low, high] = [0, those.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numberOf(those[middle]!) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Groups that look so. */
const named = (memory: Memory, key: string): readonly string[] =>
  Object.keys(memory).filter((name) => {
    const { pasid, grpid, addr } = memory[name] as { readonly [field: string]: Json };
    return identity(pasid, grpid, addr) === key;
  });

export class Foresight {
  readonly #lines: readonly SpeakingLine[];
  /** By what lines say of a group: moments of its reports, and its answers. */
  readonly #reports = new Map<string, number[]>();
  readonly #answers = new Map<string, Answered[]>();
  readonly #byCookie = new Map<Json | undefined, Answered[]>();

  constructor(lines: readonly SpeakingLine[], observed: readonly Observation[]) {
    this.#lines = lines;
    for (const [index, { word, event }] of lines.entries()) {
      const { pasid, grpid, addr, flags, cookie } = event.fields;
      if (word === "group_response") {
        const key = identity(pasid, grpid, addr);
        this.#answers.set(key, [...(this.#answers.get(key) ?? []), { closes: observed[index]!.closes, cookie, key }]);
      } else if (word === "report_fault" && Number(flags) & LAST_PAGE) {
        const key = identity(Number(flags) & PASID_VALID ? pasid : 0, grpid, addr);
        this.#reports.set(key, [...(this.#reports.get(key) ?? []), index]);
      }
    }
    for (const answered of [...this.#answers.values()].flat())
      this.#byCookie.set(answered.cookie, [...(this.#byCookie.get(answered.cookie) ?? []), answered]);
    for (const answers of [...this.#answers.values(), ...this.#byCookie.values()])
      answers.sort((a, b) => a.closes - b.closes);
  }

  /** The group that the line tells of, if it is there. */
  meant({ memory }: Watched, place: number): readonly string[] {
    const { word, event } = this.#lines[place]!;
    const { pasid, grpid, addr } = event.fields;
    return word === "group_response" ? named(memory, identity(pasid, grpid, addr)) : [];
  }

  doubts({ message, from, after }: Passing, memory: Memory, { next, moment }: When): readonly string[] {
    if (message.type !== "deliver.fetched") return [];
    const by = String(message["by"]);
    const faults = message["faults"] as readonly Fault[];
    const isGroup = message["outcome"] === "group";
    const doubted: string[] = [];
    const wanted = this.#recordsOf(next);
    const { counted } = after.snapshots.get(by)!.context as FaultReaderContext;
    if (wanted !== undefined && (isGroup ? counted + faults.length > wanted : counted < wanted)) doubted.push(by);
    if (!isGroup) return doubted;
    const { pasid, grp, page } = faults.at(-1)!;
    const cookies = this.#cookiesOf(identity(pasid ?? 0, grp, page), moment);
    if (cookies && !cookies.includes(message["cookie"])) {
      const { entries } = after.snapshots.get(from!)!.context as FaultQueueContext;
      const { device, group } = entries.find(({ cookie }) => cookie === message["cookie"])!;
      const others = this.#byCookie.get(message["cookie"]) ?? [];
      const other = others[countBelow(others, ({ closes }) => closes, moment)];
      doubted.push(`${device}:${group}`, `device ${device}`, ...(other ? named(memory, other.key) : []));
    }
    return doubted;
  }

  /** Records that the read under way returns. */
  #recordsOf(next: number | undefined): number | undefined {
    const line = next === undefined ? undefined : this.#lines[next];
    const ret = line?.word === "fops_read_ret" ? Number(line.event.fields["ret"]) : -1;
    return ret >= 0 ? ret / RECORD : undefined;
  }

  /** Cookies with which groups that look like this one are answered next: as many as there are now. */
  #cookiesOf(key: string, moment: number): readonly (Json | undefined)[] | undefined {
    const answers = this.#answers.get(key) ?? [];
    const past = countBelow(answers, ({ closes }) => closes, moment);
    const present = countBelow(this.#reports.get(key) ?? [], (index) => index, moment) - past;
    const coming = answers.slice(past, past + Math.max(1, present)).map(({ cookie }) => cookie);
    return coming.length === 0 || coming.includes(undefined) ? undefined : coming;
  }
}
