/** One step of a chart: its arrows between lanes, and its words, those that may be left out marked. */
import type { Message } from "../checker/json.ts";
import type { StepRecord, TransferRecord } from "../checker/run-record.ts";
import { shortType, TELLING, verbOf, type Abbreviations } from "./abbreviate.ts";
import { ascii, scalarChanges } from "./phrases.ts";

/** Between lanes, by number. */
export interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly how: "call" | "sent" | "lost";
}

/** `rank` 0 is always told; the others only where there is room, lowest first. */
export interface Words {
  readonly text: string;
  readonly rank: number;
}

export interface ToldStep {
  /** Where the step begins: an event of the component's own, a message taken from a queue, a call from beside the lanes. */
  readonly start: { readonly lane: number; readonly sign: "o" | "@" | "+" } | undefined;
  readonly arrows: readonly Arrow[];
  readonly words: readonly Words[];
}

export interface Scene {
  /** The number of the lane; undefined for what is told in words only. */
  readonly laneOf: (component: string) => number | undefined;
  /** Who will take a message put into a channel, as far as the trace tells. */
  readonly receivers: ReadonlyMap<TransferRecord, string>;
  readonly abbreviations: Abbreviations;
  /** Whether the component has no events of its own: then only words tell what happens to it. */
  readonly isPassive: (component: string) => boolean;
  /** The last word told of each field: who reads in order needs it again only when it differs. */
  readonly told: Map<string, string>;
}

/** The event of a machine whose steps are data: what it does says more. */
const GENERIC = "steps";

/** "pins" and "pinned" are a request and its plain answer. */
const sameStem = (a: string, b: string): boolean => a.slice(0, 3) === b.slice(0, 3);

class Teller {
  readonly arrows: Arrow[] = [];
  readonly words: { text: string; rank: number }[] = [];
  readonly #scene: Scene;
  readonly #said = new Set<string>();
  /** The first lane that a component without lane calls of itself. */
  #entered: number | undefined;
  /** For a component without lane: the lane on whose behalf it acts. */
  readonly #behalf = new Map<string, number>();
  /** The verb of the event that begins the step, and its words so far. */
  #verb = "";
  #first: string[] = [];

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  action(action: StepRecord["action"]): void {
    if (action.kind !== "event") return;
    const { component, event } = action;
    this.#verb = verbOf(event.type);
    const name = this.#scene.laneOf(component) === undefined ? [`${ascii(component)}:`] : [];
    this.#first = [...name, this.#verb, ...this.#fields(event)];
  }

  /** What the message says that was not said before: in this step, or since the field last differed. */
  #fields(message: Message): readonly string[] {
    const { abbreviations, told } = this.#scene;
    return abbreviations.fields(message).filter((word) => {
      const [field = "", value] = word.split("=", 2);
      const lasts = !TELLING.includes(field) && (value !== undefined || abbreviations.constant(field));
      const known = this.#said.has(word) || (lasts && told.get(field) === word);
      this.#said.add(word);
      told.set(field, word);
      return !known;
    });
  }

  /** A message taken from the queue in front of a component. */
  taken({ from, to, how, message }: TransferRecord): void {
    const name = this.#scene.laneOf(to) === undefined ? [ascii(to), "takes"] : [];
    const queue = this.#scene.abbreviations.shared(verbOf(message.type)) ? [] : [from];
    const words = [...name, shortType(message.type, to, ...queue), ...this.#fields(message)].join(" ");
    this.#first = [how === "ignored" ? `${words}, ignored` : words];
  }

  passed(transfer: TransferRecord): void {
    const { from, to, how, message } = transfer;
    const { laneOf, receivers } = this.#scene;
    const queued = how === "sent" || how === "lost";
    const goal = receivers.get(transfer) ?? to;
    const source = laneOf(from) ?? this.#behalf.get(from);
    const target = laneOf(goal);
    const fields = this.#fields(message);
    if (target === undefined && source !== undefined && !queued) this.#behalf.set(goal, source);
    const crosses = source !== undefined && target !== undefined && source !== target;
    if (crosses) this.arrows.push({ from: source, to: target, how: queued ? how : "call" });
    const verb = verbOf(message.type);
    if (source === undefined && target !== undefined && !queued) this.#entered ??= target;
    if (how === "call" && sameStem(verb, this.#verb)) return void this.#first.push(...fields);
    const near = [from, goal].filter((name) => laneOf(name) !== undefined);
    const where = how === "lost" ? [`lost, ${ascii(to)} is full`] : queued && !crosses ? [`into ${ascii(to)}`] : [];
    const text = [shortType(message.type, ...near), ...fields, ...where].join(" ");
    if (how === "ignored") return this.#ignored(text, to);
    const entering = source === undefined && target !== undefined;
    const rank = crosses || entering || queued ? 0 : this.#rank(fields.length, target);
    if (rank !== undefined) this.#say(text, rank);
  }

  /** Handed on, or told to several, the same words are said once: the arrows show the rest. */
  #say(text: string, rank: number): void {
    const again = this.words.find((word) => word.text === text);
    if (!again) this.words.push({ text, rank });
    else again.rank = Math.min(again.rank, rank);
  }

  /** "handle.freed, ignored by index0, index1". */
  #ignored(text: string, by: string): void {
    const start = `${text}, ignored by `;
    const before = this.words.find((word) => word.text.startsWith(start));
    if (before) before.text += `, ${ascii(by)}`;
    else this.words.push({ text: start + ascii(by), rank: 0 });
  }

  /** What is said to and by components without lane matters as far as it says something new. */
  #rank(fresh: number, target: number | undefined): number | undefined {
    if (target === undefined) return fresh > 0 ? 1 : undefined;
    return fresh > 0 ? 0 : 1;
  }

  /** Changes of components with lanes, without those that are told as compared. */
  changed(changes: StepRecord["changes"], actor: string | undefined, compared: readonly string[]): void {
    const { laneOf, isPassive } = this.#scene;
    const add = (name: string, change: string, rank: number): void => {
      const [difference = change] = /\S+ -> \S+$/.exec(change) ?? [];
      if (!compared.some((text) => text.endsWith(difference))) this.words.push({ text: name + change, rank });
    };
    for (const change of changes) {
      const { component, before, after } = change;
      if (laneOf(component) === undefined) continue;
      const own = component === actor;
      const name = own ? "" : `${ascii(component)} `;
      const rank = isPassive(component) ? 0 : own ? 2 : 3;
      if (before.state !== after.state) add(name, `${ascii(before.state)} -> ${ascii(after.state)}`, rank);
      for (const scalar of scalarChanges(change)) add(name, scalar, 4);
    }
  }

  get entered(): number | undefined {
    return this.#entered;
  }

  all(compared: readonly string[]): readonly Words[] {
    const others = [...this.words, ...compared.map((text) => ({ text: `*${text}`, rank: 0 }))];
    const first = this.#first.join(" ");
    const tells = first !== "" && !(first === GENERIC && others.some(({ rank }) => rank === 0));
    return tells ? [{ text: first, rank: 0 }, ...others] : others;
  }
}

/** `compared`: changes of what the property compares, in words. */
export function tellStep(
  { action, transfers, changes }: StepRecord,
  compared: readonly string[],
  scene: Scene,
): ToldStep {
  const teller = new Teller(scene);
  teller.action(action);
  let taker: string | undefined;
  for (const transfer of transfers) {
    if (action.kind === "deliver" && transfer === transfers[0] && transfer.from === action.channel) {
      taker = transfer.to;
      teller.taken(transfer);
    } else teller.passed(transfer);
  }
  const actor = action.kind === "event" ? action.component : taker;
  teller.changed(changes, actor, compared);
  const lane = actor === undefined ? undefined : scene.laneOf(actor);
  const entered = teller.entered === undefined ? undefined : ({ lane: teller.entered, sign: "+" } as const);
  return {
    start: lane === undefined ? entered : { lane, sign: action.kind === "event" ? "o" : "@" },
    arrows: teller.arrows,
    words: teller.all(compared),
  };
}
