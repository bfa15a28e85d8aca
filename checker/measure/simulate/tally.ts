/** What is counted and measured while a simulation runs. All of it can be begun anew, when the warm-up is over. */
import type { Live } from "../../kernel/live.ts";
import type { Trial } from "../../kernel/trial.ts";
import type { Local } from "../../kernel/quick-nodes.ts";
import type { Counted } from "../counted.ts";
import { haveFields, isMessage, timesIn, wholeOf, type Fields, type Pattern } from "../pattern.ts";
import { amountOf, type Level } from "../level.ts";
import type { Span } from "./asked.ts";
import type { Watcher } from "./engine.ts";
import { Histogram } from "./histogram.ts";
import { Seen, type Names } from "./seen.ts";

/** Which patterns are about a step of this name. */
interface About {
  readonly counted: readonly { readonly at: number; readonly of: Counted }[];
  readonly begins: readonly { readonly at: number; readonly of: Counted }[];
  readonly ends: readonly { readonly at: number; readonly of: Counted }[];
}

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
  readonly #counted: readonly Counted[];
  readonly #spans: readonly Span[];
  readonly #names: Names;
  readonly #live: Live;
  readonly #about = new Map<string, About>();
  /** By span, and component or part: when what is open began. */
  readonly #open: readonly Map<number, number[]>[];
  /** By slot: the levels that it is part of, and what it adds to each. */
  readonly #parts = new Map<number, { readonly of: LevelNow; adds: number }[]>();

  constructor(names: Names, counted: readonly Counted[], spans: readonly Span[] = [], levels: readonly Level[] = []) {
    this.#names = names;
    this.#live = names.live;
    this.#counted = counted;
    this.#spans = spans;
    this.counts = counted.map(() => 0);
    this.waits = spans.map(() => new Histogram());
    this.#open = spans.map(() => new Map());
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
    const { counted, begins, ends } = this.#about.get(step) ?? this.#aboutOf(step);
    if (counted.length === 0 && begins.length === 0 && ends.length === 0) return;
    const seen = new Seen(this.#names, step, trial);
    for (const { at, of } of counted) this.counts[at]! += timesOf(of, seen, trial);
    for (const { at, of } of ends)
      if (this.#isInto(this.#spans[at]!, trial))
        for (const key of this.#keysOf(at, of, seen, trial, true)) this.#end(at, key, now);
    for (const { at, of } of begins)
      for (const key of this.#keysOf(at, of, seen, trial, false)) this.#begin(at, key, now);
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

  /** For each beginning or end that the step is: to which others it belongs. */
  #keysOf(at: number, of: Counted, seen: Seen, trial: Trial, isEnd: boolean): readonly number[] {
    const { by } = this.#spans[at]!;
    if (by === "component" || by === "order") {
      const key = by === "component" ? trial.taker : ANY;
      return Array.from({ length: timesOf(of, seen, trial) }, () => key);
    }
    return of.of.flatMap((pattern) => {
      const { message } = pattern;
      if (timesOf({ label: of.label, of: [pattern] }, seen, trial) === 0) return [];
      if (!message) return [trial.taker];
      return trial.passed
        .filter((passed) => isMessage(message, this.#names.transfer(passed), this.#names.roleOf))
        .map(({ from, to }) => (isEnd || by === "receiver" ? to : from));
    });
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

  #aboutOf(step: string): About {
    const isAbout = (pattern: Pattern): boolean =>
      pattern.step === undefined || pattern.step === step || pattern.step === wholeOf(step);
    const about = (list: readonly { readonly label: string; readonly of: readonly Pattern[] }[]) =>
      list
        .map(({ label, of }, at) => ({ at, of: { label, of: of.filter(isAbout) } }))
        .filter(({ of }) => of.of.length > 0);
    const found: About = {
      counted: about(this.#counted),
      begins: about(this.#spans.map(({ label, from }) => ({ label, of: from }))),
      ends: about(this.#spans.map(({ label, to }) => ({ label, of: to }))),
    };
    this.#about.set(step, found);
    return found;
  }
}

/** As `countIn`, and without asking for the messages of a step of which none is meant. */
function timesOf({ of }: Counted, seen: Seen, { passed }: Trial): number {
  let times = 0;
  for (const pattern of of)
    if (!pattern.message || passed.some(({ message }) => message.type === pattern.message!.type))
      times += timesIn(pattern, seen);
  return times;
}

/** Where it does not matter who begins and ends. */
const ANY = -1;
const NO_PARTS: readonly never[] = [];
