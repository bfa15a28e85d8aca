/**
 * What the operations of a trace (plan-operations.ts) do to what threads share: the attach handles of devices, the fault queues,
 * and their mutexes. These are the machines of the traced system, without the threads; what an operation finds in them must be
 * what its lines say.
 *
 * A group is appended when it is read or answered: in which order groups are on a list shows only then.
 */
import type { Move, Sequential } from "../../../checker/explore/observed/linearization.ts";
import type { Message } from "../../../checker/json.ts";
import type { GlobalState } from "../../../checker/simulation.ts";
import type { System } from "../../../checker/system.ts";
import {
  attachHandle,
  type AttachHandle,
  type AttachHandlesContext,
  type Attachment,
  type Domain,
} from "../../../model/machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { takesAny } from "../../../model/machines/linux/iommu/iommufd/fault/auto-answer.ts";
import type { Entry } from "../../../model/machines/linux/iommu/iommufd/fault/fault-entries.ts";
import type { FaultQueueContext } from "../../../model/machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { Fault } from "../../../model/machines/linux/include/iommu.ts";
import { depends, isNamed, type Answer, type TraceOperation } from "./plan-operations.ts";
import { PlanGroups } from "./plan-groups.ts";
import { differing, domainsOf, handlerOf, hwptsOf, namedBy } from "./hwpts.ts";
import { groupsIn, type TraceSize } from "./trace-size.ts";
import {
  keeps,
  planned,
  PlannedTexts,
  short,
  sinceThen,
  sinceThenOf,
  tell,
  type Chosen,
  type Kept,
  type OnList,
  type Pending,
  type Planned,
} from "./plan-state.ts";

type Of<Kind extends TraceOperation["kind"]> = Extract<TraceOperation, { kind: Kind }>;

/** One after the other, as they are asked for: the first one nearly always does. */
type Moves = Iterable<Move<Planned, Chosen>>;

/** A state on the way through one operation, with the groups that were appended. */
interface Way {
  readonly state: Planned;
  readonly appended: readonly OnList[];
}

export class PlanMachine implements Sequential<Planned, TraceOperation, Chosen> {
  readonly #system: System;
  readonly #size: TraceSize;
  readonly #devices: readonly string[];
  readonly #domains: readonly Domain[];
  readonly #groups: PlanGroups;

  constructor(system: System, size: TraceSize, devices: readonly string[], operations: readonly TraceOperation[]) {
    this.#system = system;
    this.#size = size;
    this.#devices = devices;
    this.#domains = domainsOf(size.queues);
    this.#groups = new PlanGroups(operations);
  }

  initial(state: GlobalState): Planned {
    return planned(state, this.#size);
  }

  readonly #texts = new PlannedTexts();
  readonly key = (state: Planned): string => this.#texts.of(state);
  readonly depends = depends;

  *moves(state: Planned, operation: TraceOperation, until: number): Moves {
    if (operation.kind !== "reads" && operation.kind !== "writes") yield* this.#ofDevice(state, operation, until);
    else
      for (const queue of this.#queues())
        yield* operation.kind === "reads"
          ? this.#reads(state, operation, queue, until)
          : this.#writes(state, operation, queue);
  }

  #ofDevice(state: Planned, operation: Exclude<TraceOperation, Of<"reads" | "writes">>, until: number): Moves {
    switch (operation.kind) {
      case "looks-up":
        return this.#looksUp(state, operation);
      case "stores":
        return this.#stores(state, operation);
      case "answers":
        return this.#answers(state, operation, until);
      case "ends":
        return this.#ends(state, operation);
    }
  }

  /** Groups that no operation appended. */
  left({ pending }: Planned): readonly (OnList & { readonly queue: number })[] {
    return pending
      .map(({ group, queue, handle }) => ({ group: this.#groups.at(group), queue, handle: short(handle) }))
      .sort((a, b) => a.group.closes - b.group.closes);
  }

  readonly #queues = (): readonly number[] => Array.from({ length: this.#size.queues }, (_, queue) => queue);

  readonly #tell = (state: Planned, component: string, event: object) =>
    tell(this.#system, state, component, event as Message);
  readonly #handlesOf = (device: string): string => `handles-${this.#devices.indexOf(device)}`;
  readonly #contextOf = <T>({ snapshots }: Planned, component: string): T => snapshots.get(component)!.context as T;
  readonly #entriesOf = (state: Planned, queue: number): readonly Entry[] =>
    this.#contextOf<FaultQueueContext>(state, `queue-${queue}`).entries;

  #isUsed(state: Planned, queue: number): boolean {
    return this.#entriesOf(state, queue).length > 0 || state.pending.some((one) => one.queue === queue);
  }

  #looksUp(before: Planned, { device: name, opens, pasid, finds, appends }: Of<"looks-up">): Moves {
    const device = this.#devices.indexOf(name);
    const state = sinceThenOf(before, device, opens);
    const event = { type: "handle.looks-up", device, pasid };
    const handle = this.#tell(state, this.#handlesOf(name), event)?.said?.["handle"] as AttachHandle | null;
    if (finds !== undefined && (handle !== null) !== finds) return [];
    if (!appends) return [{ to: state, choice: {} }];
    const group = this.#groups.numberOf(appends);
    const { queue } = handlerOf(handle!)!;
    const pending = [...state.pending, { group, queue, handle: handle! }].sort((a, b) => a.group - b.group);
    return [{ to: { ...state, pending }, choice: {} }];
  }

  /** The operation takes the mutex of the queue, if that is free. */
  #locked(state: Planned, { lane: owner, opens }: TraceOperation, queue: number): Planned | undefined {
    const told = this.#tell(state, `mutex-${queue}`, { type: "lock.acquires", owner });
    return told && sinceThen(told.to, queue, opens);
  }

  #append({ state, appended }: Way, one: Pending): Way {
    const { group, queue, handle } = one;
    const { device: name, records } = this.#groups.at(group);
    const device = this.#devices.indexOf(name);
    const fault: Fault = { device, pasid: null, grp: 0, page: 0, perm: 0, last: true };
    const faults = Array.from({ length: records }, () => fault);
    const event = { type: "deliver.appends", queue, device, group, handle, faults, dangling: false };
    const { to } = this.#tell(state, `queue-${queue}`, event)!;
    const pending = state.pending.filter((other) => other.group !== group);
    return {
      state: { ...to, pending },
      appended: [...appended, { group: this.#groups.at(group), handle: short(handle) }],
    };
  }

  /** The next group is one that may get the cookie that is free; until as many records were read as the line says. */
  *#reads(state: Planned, operation: Of<"reads">, queue: number, until: number): Moves {
    if (!this.#isUsed(state, queue)) return;
    const locked = this.#locked(state, operation, queue);
    if (locked) yield* this.#fetches({ state: locked, appended: [] }, 0, operation, queue, until);
  }

  *#fetches(way: Way, counted: number, operation: Of<"reads">, queue: number, until: number): Moves {
    const { lane: by, room, records } = operation;
    const isUnread = this.#entriesOf(way.state, queue).some(({ cookie }) => cookie === null);
    if (counted === records) {
      const there = way.state.pending.filter((one) => one.queue === queue && this.#groups.isThere(one, way.state));
      const fits = there.every(({ group }) => this.#groups.at(group).records <= room - counted);
      if (counted < room && fits && (isUnread || there.length > 0)) return;
      const { to } = this.#tell(way.state, `mutex-${queue}`, { type: "lock.releases", owner: by })!;
      yield { to, choice: { queue, appended: way.appended, ...(counted < room && fits && { sawEnd: "all" }) } };
      return;
    }
    for (const longer of isUnread ? [way] : this.#longer(way, queue, until)) {
      const event = { type: "deliver.fetches", queue, by, room: room - counted };
      const fetched = this.#tell(longer.state, `queue-${queue}`, event)!;
      if (fetched.said!["outcome"] !== "group") continue;
      const cookie = Number(fetched.said!["cookie"]);
      const { group } = this.#entriesOf(fetched.to, queue).find((entry) => entry.cookie === cookie)!;
      const { cookies, records: more } = this.#groups.at(group);
      if (counted + more > records || (cookies && !cookies.has(cookie))) continue;
      const kept = this.#tell(fetched.to, `queue-${queue}`, { type: "deliver.keeps", queue })!.to;
      yield* this.#fetches({ state: kept, appended: longer.appended }, counted + more, operation, queue, until);
    }
  }

  /** With one group more on the list. Nothing tells which one of those that nobody answers is read: two stand for all. */
  *#longer(way: Way, queue: number, until: number): Iterable<Way> {
    const next = this.#groups.appendable(
      way.state.pending.filter((one) => one.queue === queue),
      until,
    );
    const [any, ...others] = next.filter((one) => !this.#groups.isAnswered(one));
    const told = [...next.filter((one) => one === any || this.#groups.isAnswered(one)), ...others.slice(0, 1)];
    for (const one of told) yield this.#append(way, one);
  }

  #isMeant({ group, cookie }: Entry, answer: Answer): boolean {
    return (cookie ?? 0) === answer.cookie && isNamed(this.#groups.at(group), answer);
  }

  #writes(state: Planned, operation: Of<"writes">, queue: number): Moves {
    const { lane: by, answers } = operation;
    const entries = this.#entriesOf(state, queue);
    if (!answers.every((answer) => entries.some((entry) => this.#isMeant(entry, answer)))) return [];
    let now = this.#locked(state, operation, queue);
    for (const { cookie } of answers)
      now &&= this.#tell(now, `queue-${queue}`, { type: "response.takes", queue, by, cookie })?.to;
    return now ? [{ to: keeps(now, by, { queue }), choice: { queue } }] : [];
  }

  /** To a queue that is in use, or to one that is not. */
  *#stores(before: Planned, { device, to, lane: by, opens }: Of<"stores">): Moves {
    const idev = this.#devices.indexOf(device);
    const state = sinceThenOf(before, idev, opens);
    const component = this.#handlesOf(device);
    const { iommuGroup, attached } = this.#contextOf<AttachHandlesContext>(state, component);
    const [old] = attached;
    const kept: Kept = { handle: old ? attachHandle(iommuGroup, old) : null, since: state.sinceOf[idev]! };
    const type = to === "nothing" ? "handle.erases" : old ? "handle.replaces" : "handle.inserts";
    for (const choice of this.#stored(state, to, iommuGroup, old)) {
      const domain = to === "nothing" ? {} : { domain: this.#domains[choice.hwpt ?? hwptsOf(null)[0]!], idev };
      const told = this.#tell(state, component, { type, pasid: 0, by, ...domain });
      if (told) yield { to: keeps(told.to, by, kept), choice };
    }
  }

  /** HWPTs that may be stored, if they have a fault queue: those that differ. */
  *#stored(state: Planned, to: Of<"stores">["to"], iommuGroup: number, old?: Attachment): Iterable<Chosen> {
    if (to !== "queue") return yield {};
    const listed = this.#queues().flatMap((queue) => this.#entriesOf(state, queue));
    const handles = [...listed, ...state.pending].map(({ handle }) => handle);
    const named = namedBy(handles, iommuGroup);
    for (const queue of this.#targets(state))
      for (const hwpt of differing(queue, old && handlerOf(old)?.hwpt, named)) yield { queue, hwpt };
  }

  #targets(state: Planned): readonly number[] {
    const attached = groupsIn(this.#size).flatMap((group) =>
      this.#contextOf<AttachHandlesContext>(state, `handles-${group}`).attached.map((one) => handlerOf(one)?.queue),
    );
    const isUsed = (queue: number): boolean => attached.includes(queue) || this.#isUsed(state, queue);
    const unused = this.#queues().find((queue) => !isUsed(queue));
    return [...this.#queues().filter(isUsed), ...(unused === undefined ? [] : [unused])];
  }

  /** Groups that were not read are answered in the opposite order of the list. */
  #answers(state: Planned, operation: Of<"answers">, until: number): Moves {
    const { lane: by, answers, isCut } = operation;
    const { handle, since = -1 } = state.kept.get(by) ?? {};
    const queue = handle ? handlerOf(handle)?.queue : undefined;
    if (!handle || queue === undefined) return [];
    const locked = this.#locked(state, operation, queue);
    if (!locked) return [];
    let way: Way = { state: sinceThen(locked, queue, since), appended: [] };
    const isOld = (one: Pending): boolean =>
      one.queue === queue && JSON.stringify(one.handle) === JSON.stringify(handle);
    // Those that the next lines would answer are older.
    const isTold = ({ group }: Pending): boolean =>
      answers.some((answer) => answer.cookie === 0 && isNamed(this.#groups.at(group), answer));
    const isLeft = (one: Pending): boolean =>
      isCut && isOld(one) && this.#groups.isThere(one, way.state) && !isTold(one);
    const unread = answers.toReversed().filter(({ cookie }) => cookie === 0);
    const wanted = [
      ...way.state.pending.filter(isLeft).map((one) => (other: Pending) => other === one),
      ...unread.map(
        (answer) =>
          ({ group }: Pending) =>
            isNamed(this.#groups.at(group), answer),
      ),
    ];
    for (const isWanted of wanted) {
      const found = this.#groups.appendable(way.state.pending.filter(isOld), until).find(isWanted);
      if (!found) return [];
      way = this.#append(way, found);
    }
    if (way.state.pending.some((one) => isOld(one) && this.#groups.isThere(one, way.state))) return [];
    const event = { type: "answers.gathers", queue, handle };
    let now = this.#tell(way.state, `queue-${queue}`, event)!.to;
    for (const answer of isCut ? answers : [...answers, undefined]) {
      const entries = this.#entriesOf(now, queue);
      const told = this.#tell(now, `queue-${queue}`, {
        ...takesAny(by),
        queue,
        handle,
        lists: "own",
      })!;
      const entry = entries.find((one) => one.group === told.said!["group"]);
      if (answer ? !entry || !this.#isMeant(entry, answer) : entry) return [];
      now = told.to;
    }
    const choice = { queue, appended: way.appended, sawEnd: short(handle) };
    return [{ to: keeps(now, by, { queue }), choice }];
  }

  #ends(state: Planned, { lane: owner, opens }: Of<"ends">): Moves {
    const queue = state.kept.get(owner)?.queue;
    if (queue === undefined) return [];
    const told = this.#tell(state, `mutex-${queue}`, { type: "lock.releases", owner });
    if (!told) return [];
    return [{ to: keeps(sinceThen(told.to, queue, opens), owner, undefined), choice: {} }];
  }
}
