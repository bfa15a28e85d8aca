/**
 * A plan of a trace: in which order threads may have looked up and stored attach handles, appended groups to fault queues, and
 * read and answered them, so that their lines come out. A walk through the whole system follows it.
 */
import { linearization, type Placed } from "../../../checker/explore/observed/linearization.ts";
import type { Turn } from "../../../checker/explore/observed/inclusion-world.ts";
import type { Passing } from "../../../checker/explore/observed/observed-system.ts";
import type { GlobalState } from "../../../checker/simulation.ts";
import type { System } from "../../../checker/system.ts";
import { PlanMachine } from "./plan-machine.ts";
import type { Chosen, OnList } from "./plan-state.ts";
import { enabledIn, operationsOf, type TraceOperation } from "./plan-operations.ts";
import type { Sorted } from "./trace-lines.ts";
import type { TraceSize } from "./trace-size.ts";
import { missingField } from "./words.ts";

export interface TracePlan {
  readonly turns: readonly Turn[];
  /** By the first line of a call: the queue of what it attaches, reads or writes. */
  readonly queues: ReadonlyMap<number, number>;
  /** The HWPT of what it attaches. */
  readonly hwpts: ReadonlyMap<number, number>;
  /** The whole trace was planned. */
  readonly isComplete: boolean;
}

const KINDS: { readonly [type: string]: string } = {
  "handle.looks-up": "looks-up",
  "deliver.appends": "appends",
  "lock.acquires": "locks",
  "deliver.fetches": "fetches",
};
const STORES: ReadonlySet<string> = new Set(["handle.inserts", "handle.replaces", "handle.erases"]);

/** The name of the message in a plan. A thread does a thing before its next line; a group has one thread that stores. */
export function turnOf({ message, from }: Passing, lane: string, next: number | undefined): string | undefined {
  const { type } = message;
  if (STORES.has(type)) return `stores ${from!.slice(from!.indexOf("-") + 1)}`;
  const kind = KINDS[type];
  return kind === undefined ? undefined : `${kind} ${next ?? lane}`;
}

const DEVICE_FIELDS: ReadonlySet<string | undefined> = new Set(["dev", "device"]);

export function planOf(
  { lines, observed, groups }: Pick<Sorted, "lines" | "observed" | "groups">,
  system: System,
  size: TraceSize,
  devices: readonly string[],
): (initial: GlobalState) => TracePlan {
  // A line that does not tell its device is in no call (trace-calls.ts), so the walk ends there with any plan.
  if (lines.some(({ word, event }) => DEVICE_FIELDS.has(missingField(word, event.fields))))
    return () => ({ turns: [], queues: new Map(), hwpts: new Map(), isComplete: false });
  const sharing = (name: string): readonly string[] => devices.filter((other) => groups.of(other) === groups.of(name));
  const standing = {
    of: (name: string) => sharing(name)[0] ?? name,
    isShared: (name: string) => sharing(name).length > 1,
    isEnabled: enabledIn(lines),
  };
  const operations = operationsOf(lines, observed, standing);
  const machine = new PlanMachine(system, size, devices, operations);
  return (initial) => {
    const { order, state, stuck } = linearization(operations, machine, machine.initial(initial));
    const turns = new Turns(devices);
    for (const placed of order) turns.place(placed);
    if (!stuck) turns.leave(machine.left(state));
    const queues = order.flatMap(({ operation: { kind, call }, choice: { queue } }) =>
      queue === undefined || kind === "answers" ? [] : [[call, queue] as const],
    );
    const hwpts = order.flatMap(({ operation: { call }, choice: { hwpt } }) =>
      hwpt === undefined ? [] : [[call, hwpt] as const],
    );
    return { turns: turns.all, queues: new Map(queues), hwpts: new Map(hwpts), isComplete: !stuck };
  };
}

/** By name: a number that grows. */
class Counts {
  readonly #counts = new Map<string, number>();
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }
  raise(name: string, to = this.of(name) + 1): void {
    this.#counts.set(name, to);
  }
}

class Turns {
  readonly all: Turn[] = [];
  readonly #devices: readonly string[];
  /** By chain: its turns. */
  readonly #counts = new Counts();
  /** By queue, or by queue and handle: turns of the queue before which nothing is appended any more. */
  readonly #ends = new Counts();

  constructor(devices: readonly string[]) {
    this.#devices = devices;
  }

  #add(name: string, lane: string, chain: string, after: Turn["after"] = []): void {
    this.all.push({ name, lane, chain, after: after.filter(([, count]) => count > 0) });
    this.#counts.raise(chain);
  }

  #append({ group, handle }: OnList, queue: number, chain: string): void {
    const end = Math.max(this.#ends.of(`queue ${queue}`), this.#ends.of(`${queue} ${handle}`));
    const list = `list ${queue}`;
    const behind: Turn["after"] = chain === list ? [] : [[list, this.#counts.of(list)]];
    const after: Turn["after"] = [[`queue ${queue}`, end], ...behind];
    this.#add(`appends ${group.next ?? group.lane}`, group.lane, chain, after);
  }

  place({ operation, choice }: Placed<TraceOperation, Chosen>): void {
    const { kind, lane, next } = operation;
    if (kind === "looks-up" || kind === "stores") {
      const device = this.#devices.indexOf(operation.device);
      this.#add(kind === "stores" ? `stores ${device}` : `looks-up ${next ?? lane}`, lane, `device ${device}`);
    }
    const { queue, appended = [], sawEnd } = choice;
    if (queue === undefined || kind === "stores") return;
    const [list, gathered] = [`list ${queue}`, `gathered ${queue} ${sawEnd}`];
    const before = this.#counts.of(list);
    for (const one of appended) this.#append(one, queue, kind === "reads" ? list : gathered);
    const locks = kind === "answers" ? [[gathered, this.#counts.of(gathered)] as const] : [];
    this.#add(`locks ${next ?? lane}`, lane, `queue ${queue}`, locks);
    if (kind === "reads") {
      for (const place of appended.keys())
        this.#add(`fetches ${next ?? lane}`, lane, `queue ${queue}`, [[list, before + place + 1]]);
      this.#add(`fetches ${next ?? lane}`, lane, `queue ${queue}`);
    }
    if (sawEnd !== undefined)
      this.#ends.raise(sawEnd === "all" ? `queue ${queue}` : `${queue} ${sawEnd}`, this.#counts.of(`queue ${queue}`));
  }

  /** Groups that nobody reads or answers. */
  leave(groups: readonly (OnList & { readonly queue: number })[]): void {
    for (const one of groups) this.#append(one, one.queue, `left ${one.queue}`);
  }
}
