/** What is counted and measured while a simulation runs. All of it can be begun anew, when the warm-up is over. */
import type { Live } from "../../kernel/live.ts";
import type { Trial } from "../../kernel/trial.ts";
import type { Local } from "../../kernel/quick-nodes.ts";
import type { Counted } from "../counted.ts";
import { haveFields, isMessage, timesIn, type Fields, type Pattern } from "../pattern.ts";
import { amountOf, type Level } from "../level.ts";
import { Asks, type Ask } from "./asks.ts";
import type { Span } from "./asked.ts";
import type { Watcher } from "./engine.ts";
import { Histogram } from "./histogram.ts";
import { Seen, type Names } from "./seen.ts";

interface LevelNow {
  readonly level: Level;
  value: number;
  since: number;
  /** Time by value. */
  times: Map<number, number>;
}

/** Types of the messages that the patterns are about. */
export const messagesIn = (patterns: readonly Pattern[]): ReadonlySet<string> =>
  new Set(patterns.flatMap(({ message }) => (message ? [message.type] : [])));

export class Tally implements Watcher {
  readonly counts: number[];
  readonly waits: Histogram[];
  readonly levels: readonly LevelNow[];
  readonly #spans: readonly Span[];
  readonly #names: Names;
  readonly #live: Live;
  readonly #asks: readonly Ask[];
  readonly #about = new Map<string, Asks>();
  /** By span, and component or part: when what is open began. */
  readonly #open: readonly Map<number, number[]>[];
  /** By slot: the levels that it is part of, and what it adds to each. */
  readonly #parts = new Map<number, { readonly of: LevelNow; adds: number }[]>();

  constructor(names: Names, counted: readonly Counted[], spans: readonly Span[] = [], levels: readonly Level[] = []) {
    this.#names = names;
    this.#live = names.live;
    this.#spans = spans;
    this.counts = counted.map(() => 0);
    this.waits = spans.map(() => new Histogram());
    this.#open = spans.map(() => new Map());
    const asks = (kind: Ask["kind"], lists: readonly (readonly Pattern[])[]): readonly Ask[] =>
      lists.flatMap((patterns, at) => patterns.map((pattern) => ({ kind, at, pattern })));
    // What ends comes before what begins: one step may do both.
    this.#asks = [
      ...asks(
        "count",
        counted.map(({ of }) => of),
      ),
      ...asks(
        "end",
        spans.map(({ to }) => to),
      ),
      ...asks(
        "begin",
        spans.map(({ from }) => from),
      ),
    ];
    this.levels = levels.map((level) => ({ level, value: 0, since: 0, times: new Map() }));
    for (const of of this.levels)
      for (let slot = 0; slot < this.#live.slots; slot++) {
        if (names.roleOf(this.#live.nameOf(slot)) !== of.level.role) continue;
        const adds = this.#adds(of.level, slot);
        of.value += adds;
        this.#parts.set(slot, [...(this.#parts.get(slot) ?? []), { of, adds }]);
      }
  }

  before(step: string, trial: Trial, now: number): void {
    let about = this.#about.get(step);
    if (!about) this.#about.set(step, (about = Asks.about(this.#asks, step)));
    const { passed } = trial;
    for (let k = 0; k < passed.length; k++) about = about.with(passed[k]!.message.type);
    const { list } = about;
    if (list.length === 0) return;
    const seen = new Seen(this.#names, step, trial);
    for (let k = 0; k < list.length; k++) this.#ask(list[k]!, seen, trial, now);
  }

  #ask({ kind, at, pattern }: Ask, seen: Seen, trial: Trial, now: number): void {
    if (kind === "end" && !this.#isInto(this.#spans[at]!, trial)) return;
    const times = timesIn(pattern, seen);
    if (times === 0) return;
    if (kind === "count") this.counts[at]! += times;
    else this.#reach(kind, at, pattern, times, trial, now);
  }

  after({ slots }: Trial, now: number): void {
    if (this.#parts.size === 0) return;
    for (const slot of slots)
      for (const part of this.#parts.get(slot) ?? NO_PARTS) {
        const adds = this.#adds(part.of.level, slot);
        if (adds === part.adds) continue;
        this.#pass(part.of, now);
        part.of.value += adds - part.adds;
        part.adds = adds;
      }
  }

  /** Forgets all that was counted so far; what has begun goes on. */
  begin(now: number): void {
    this.counts.fill(0);
    for (const [at] of this.#spans.entries()) this.waits[at] = new Histogram();
    for (const level of this.levels) {
      level.since = now;
      level.times = new Map();
    }
  }

  /** Takes the time up to now into account. */
  end(now: number): void {
    for (const level of this.levels) this.#pass(level, now);
  }

  #pass(level: LevelNow, now: number): void {
    level.times.set(level.value, (level.times.get(level.value) ?? 0) + now - level.since);
    level.since = now;
  }

  /** Whether the step leaves its component in the state that ends the span. */
  #isInto({ into }: Span, { taker, slots, values }: Trial): boolean {
    if (into === undefined) return true;
    const changed = slots.indexOf(taker);
    const after = changed < 0 ? this.#live.local(taker) : (values[changed] as Local);
    return after.place.states.includes(into);
  }

  /** The beginnings or ends that the step is: each of that to which it belongs. */
  #reach(kind: "begin" | "end", at: number, { message }: Pattern, times: number, trial: Trial, now: number): void {
    const { by } = this.#spans[at]!;
    if (by === "component" || by === "order")
      for (let k = 0; k < times; k++) this.#reachOne(kind, at, by === "component" ? trial.taker : ANY, now);
    else if (!message) this.#reachOne(kind, at, trial.taker, now);
    else
      for (const passed of trial.passed)
        if (isMessage(message, this.#names.transfer(passed), this.#names.roleOf))
          this.#reachOne(kind, at, kind === "end" || by === "receiver" ? passed.to : passed.from, now);
  }

  #reachOne(kind: "begin" | "end", at: number, key: number, now: number): void {
    if (kind === "end") this.#end(at, key, now);
    else this.#begin(at, key, now);
  }

  #begin(at: number, key: number, now: number): void {
    const list = this.#listOf(at, key);
    const { by } = this.#spans[at]!;
    if (by === "sender" && list.length > 0) return;
    if (by === "receiver") list.length = 0;
    list.push(now);
  }

  #end(at: number, key: number, now: number): void {
    const began = this.#listOf(at, key).shift();
    if (began !== undefined) this.waits[at]!.add(now - began);
  }

  #listOf(at: number, key: number): number[] {
    const open = this.#open[at]!;
    const known = open.get(key);
    if (known) return known;
    const list: number[] = [];
    open.set(key, list);
    return list;
  }

  #adds(level: Level, slot: number): number {
    const live = this.#live;
    if (slot >= live.componentCount)
      return live.queue(slot).filter((message) => haveFields(level.fields, message)).length;
    const { place, context } = live.local(slot);
    if (level.in !== undefined && !place.states.includes(level.in)) return 0;
    const fields = context as Fields;
    return haveFields(level.fields, fields) ? amountOf(level, fields, live.nameOf(slot)) : 0;
  }
}

/** Where it does not matter who begins and ends. */
const ANY = -1;
const NO_PARTS: readonly never[] = [];
