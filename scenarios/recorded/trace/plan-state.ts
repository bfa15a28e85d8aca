/**
 * The state of a plan: what threads share, each thing in its machine, and what threads keep meanwhile.
 */
import { step } from "../../../checker/kernel/step.ts";
import type { Message } from "../../../checker/json.ts";
import { NamedValues } from "../../../checker/named-values.ts";
import type { GlobalState } from "../../../checker/simulation.ts";
import type { System } from "../../../checker/system.ts";
import type { AttachHandle } from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import type { QueueHandler } from "../../../model/machines/linux/iommu/iommufd/fault/fault-handler.ts";

import type { Appended } from "./plan-operations.ts";

import type { TraceSize } from "./trace-size.ts";

type Snapshot = GlobalState["snapshots"] extends ReadonlyMap<string, infer One> ? One : never;
type Snapshots = NamedValues<Snapshot>;

/** What a thread keeps from one operation to a later one of its call. */
export interface Kept {
  readonly handle?: AttachHandle | null;
  /** A moment before which the handle was not stored. */
  readonly since?: number;
  readonly queue?: number;
}

/** A group on its way to the list of its queue. */
export interface Pending {
  readonly group: number;
  readonly queue: number;
  readonly handle: AttachHandle;
}

export interface Planned {
  readonly snapshots: Snapshots;
  readonly kept: ReadonlyMap<string, Kept>;
  readonly pending: readonly Pending[];
  /** By queue: a moment before which nothing more happens to it. */
  readonly since: readonly number[];
  /** By device: the same of its attach handle. */
  readonly sinceOf: readonly number[];
}

/** A group that was appended, and its attach handle in short. */
export interface OnList {
  readonly group: Appended;
  readonly handle: string;
}

/** What was chosen for an operation. */
export interface Chosen {
  readonly queue?: number;
  /** What it attaches. */
  readonly hwpt?: number;
  /** Groups that it appended, in order. */
  readonly appended?: readonly OnList[];
  /** It saw the end of the list, of "all" groups or of those of a handle: what is appended later comes after it. */
  readonly sawEnd?: string;
}

const MOST_TEXTS = 4_000;
const isShared = (component: string): boolean => /^(?:queue|mutex|handles)-/.test(component);

/** The attach handle in short: its device, and its HWPT. */
export const short = ({ iommuGroup, domain }: AttachHandle): string =>
  `${iommuGroup}:${(domain.handler as QueueHandler).hwpt}`;

/** Before the first operation. */
export function planned({ snapshots }: GlobalState, { queues, devices }: TraceSize): Planned {
  const shared = NamedValues.of([...snapshots].filter(([name]) => isShared(name)));
  const start = (length: number) => Array.from({ length }, () => -1);
  return { snapshots: shared, kept: new Map(), pending: [], since: start(queues), sinceOf: start(devices) };
}

/** What the component answers to the event, and the state then; undefined: it does not take it. */
export function tell(
  system: System,
  state: Planned,
  component: string,
  event: Message,
): { readonly to: Planned; readonly said: Message | undefined } | undefined {
  const { machine } = system.components[component]!;
  const outcome = step(machine, state.snapshots.get(component)!, event);
  if (!outcome) return undefined;
  const snapshots = state.snapshots.copy().set(component, outcome.snapshot);
  return { to: { ...state, snapshots }, said: outcome.emitted[0] };
}

/** The thread keeps this for a later operation, or nothing. */
export function keeps(state: Planned, lane: string, kept: Kept | undefined): Planned {
  const all = new Map(state.kept);
  if (kept) all.set(lane, kept);
  else all.delete(lane);
  return { ...state, kept: all };
}

/** The thing that happens to the queue opens at the moment. */
export const sinceThen = (state: Planned, queue: number, opens: number): Planned => ({
  ...state,
  since: state.since.with(queue, Math.max(state.since[queue]!, opens)),
});

/** Something that happens to the attach handle of the device opens at the moment. */
export const sinceThenOf = (state: Planned, device: number, opens: number): Planned => ({
  ...state,
  sinceOf: state.sinceOf.with(device, Math.max(state.sinceOf[device]!, opens)),
});

/** Texts of states. `sinceOf` follows from which operations were placed, in whatever order. */
export class PlannedTexts {
  readonly #texts = new Map<string, number>();
  readonly #known = new WeakMap<Snapshot, number>();
  #numbered = 0;

  of({ snapshots, kept, pending, since }: Planned): string {
    let text = `${since.join()} `;
    for (const snapshot of snapshots.values()) text += `${this.#numberOf(snapshot)},`;
    for (const { group, handle } of pending) text += ` ${group}:${short(handle)}`;
    for (const [lane, { handle, since = "", queue = "" }] of [...kept].sort(([a], [b]) => (a < b ? -1 : 1)))
      text += ` ${lane} ${queue} ${since} ${handle ? JSON.stringify(handle) : ""}`;
    return text;
  }

  /** Equal numbers for equal snapshots; not all equal ones are found. */
  #numberOf(snapshot: Snapshot): number {
    let number = this.#known.get(snapshot);
    if (number === undefined) {
      const text = JSON.stringify([snapshot.value, snapshot.context]);
      number = this.#texts.get(text) ?? this.#numbered++;
      if (this.#texts.size > MOST_TEXTS) this.#texts.clear();
      this.#texts.set(text, number);
      this.#known.set(snapshot, number);
    }
    return number;
  }
}
