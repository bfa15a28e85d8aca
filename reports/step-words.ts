/**
 * One step of a chart: its arrows between lanes, and its words, those that may be left out marked. A step that says what it
 * is in the real system is told in those words, and of its messages only what the property reads, what is lost, and what
 * nothing else tells. A step that says nothing is told by its event and its messages.
 */
import type { Message } from "../checker/json.ts";
import type { SaidRecord, StepRecord, TransferRecord } from "../checker/run-record.ts";
import { shortType, TELLING, verbOf, type Abbreviations } from "./abbreviate.ts";
import { ascii, isOwned } from "./phrases.ts";
import { actorOf, GENERIC, isBareStep, isFunction, phrase, spokenMessages } from "./spoken.ts";

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
  /** What was said of a message when it was put into its channel, by its delivery. */
  readonly sent: ReadonlyMap<TransferRecord, SaidRecord>;
  /** Components and channels that the property reads. */
  readonly reads: ReadonlySet<string>;
  /** The function that was told last, and of whose step: it is told once for a run of them. */
  readonly last: { actor: string | undefined; by: string | undefined };
  readonly abbreviations: Abbreviations;
  /** Whether only words tell what happens to the component: it has no events of its own, and changes rarely. */
  readonly isPassive: (component: string) => boolean;
  /** The last word told of each field: who reads in order needs it again only when it differs. */
  readonly told: Map<string, string>;
}

const lostAt = (channel: string): string => `lost, ${ascii(channel)} is full`;

/** "pins" and "pinned" are a request and its plain answer. */
const sameStem = (a: string, b: string): boolean => a.slice(0, 3) === b.slice(0, 3);

class Teller {
  readonly arrows: Arrow[] = [];
  readonly words: { text: string; rank: number }[] = [];
  readonly #scene: Scene;
  readonly #actor: string | undefined;
  readonly #said = new Set<string>();
  /** The message that says what a step does which does not say it itself. */
  #best: TransferRecord | undefined;
  /** Whether the step, or a message of it, says what it does. */
  #speaks = false;
  /** The first lane that a component without lane calls of itself. */
  #entered: number | undefined;
  /** For a component without lane: the lane on whose behalf it acts. */
  readonly #behalf = new Map<string, number>();
  /** The verb of the event that begins the step, and its words so far. */
  #verb = "";
  #first: string[] = [];

  constructor(scene: Scene, step: StepRecord) {
    this.#scene = scene;
    this.#actor = actorOf(step);
    const { says } = step;
    if (scene.last.actor !== this.#actor) scene.last.by = undefined;
    scene.last.actor = this.#actor;
    const own = spokenMessages(step, scene.reads).find(({ from }) => from === this.#actor);
    if (!says ? isBareStep(step) : says.listed) this.#best = own;
    const best = this.#best?.says ?? says;
    if (!best) return;
    this.#speaks = true;
    this.#first = [this.#phrase(best)];
  }

  #phrase(says: SaidRecord): string {
    const text = phrase(says, this.#scene.last.by);
    if (isFunction(says.by)) this.#scene.last.by = says.by;
    return text;
  }

  action(action: StepRecord["action"]): void {
    if (action.kind !== "event" || this.#speaks) return;
    const { event } = action;
    this.#verb = verbOf(event.type);
    this.#first = [this.#verb, ...this.#fields(event)];
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
  taken(transfer: TransferRecord): void {
    const { from, to, how, message } = transfer;
    if (this.#speaks) return;
    const ending = how === "ignored" ? ", ignored" : "";
    const says = this.#scene.sent.get(transfer);
    if (says) {
      this.#speaks = true;
      this.#first = [`takes "${ascii(says.text)}"${ending}`];
      return;
    }
    const takes = this.#scene.laneOf(to) === undefined ? ["takes"] : [];
    const queue = this.#scene.abbreviations.shared(verbOf(message.type)) ? [] : [from];
    this.#first = [[...takes, shortType(message.type, to, ...queue), ...this.#fields(message)].join(" ") + ending];
  }

  passed(transfer: TransferRecord): void {
    const { from, to, how, message, says } = transfer;
    const { laneOf, receivers, reads } = this.#scene;
    const queued = how === "sent" || how === "lost";
    const goal = receivers.get(transfer) ?? to;
    const source = laneOf(from) ?? this.#behalf.get(from);
    const target = laneOf(goal);
    if (target === undefined && source !== undefined && !queued) this.#behalf.set(goal, source);
    const crosses = source !== undefined && target !== undefined && source !== target;
    if (crosses) this.arrows.push({ from: source, to: target, how: queued ? how : "call" });
    if (source === undefined && target !== undefined && !queued) this.#entered ??= target;
    const isRead = reads.has(to) || reads.has(goal);
    if (this.#speaks) return this.#besides(transfer, isRead);
    const verb = verbOf(message.type);
    const fields = says ? [] : this.#fields(message);
    if (how === "call" && sameStem(verb, this.#verb)) return void this.#first.push(...fields);
    const near = [from, goal].filter((name) => laneOf(name) !== undefined);
    const where = how === "lost" ? [lostAt(to)] : queued && !crosses ? [`into ${ascii(to)}`] : [];
    const text = [shortType(message.type, ...near), ...fields, ...where].join(" ");
    if (how === "ignored") return this.#ignored(text, to, 0);
    const entering = source === undefined && target !== undefined;
    const rank = crosses || entering || queued ? 0 : this.#rank(fields.length, target);
    if (rank !== undefined) this.#say(text, rank);
  }

  /**
   * A message of a step that says what it is: told where it is lost, and where there is room if the property reads it, or
   * if it is one of those that say what the step does. What begins with the same verb as the step says the same.
   */
  #besides(transfer: TransferRecord, isRead: boolean): void {
    const { from, to, how, message, says } = transfer;
    const isLost = how === "lost";
    if (transfer === this.#best) return isLost ? this.#say(lostAt(to), 0) : undefined;
    const isListed = this.#best !== undefined && from === this.#actor;
    if (!isLost && !(says && (isRead || isListed))) return;
    const text = says ? ascii(says.text) : [shortType(message.type, from, to), ...this.#fields(message)].join(" ");
    if (how === "ignored") return this.#ignored(text, to, 1);
    if (isLost) return this.#say(this.#isKnown(text) ? lostAt(to) : `${text}: ${lostAt(to)}`, 0);
    if (!this.#isKnown(text)) this.#say(text, isRead && isListed ? 0 : 1);
  }

  /** Whether the words of the step begin with the same verb. */
  #isKnown(text: string): boolean {
    const verb = (words: string): string =>
      words.slice(words.indexOf("(): ") < 0 ? 0 : words.indexOf("(): ") + 4).split(" ")[0]!;
    return this.#first.some((first) => verb(first) === verb(text));
  }

  /** Handed on, or told to several, the same words are said once: the arrows show the rest. */
  #say(text: string, rank: number): void {
    const again = this.words.find((word) => word.text === text);
    if (!again) this.words.push({ text, rank });
    else again.rank = Math.min(again.rank, rank);
  }

  /** "handle.freed, ignored by index0, index1". */
  #ignored(text: string, by: string, rank: number): void {
    const start = `${text}, ignored by `;
    const before = this.words.find((word) => word.text.startsWith(start));
    if (before) before.text += `, ${ascii(by)}`;
    else this.words.push({ text: start + ascii(by), rank });
  }

  /** What is said to and by components without lane matters as far as it says something new. */
  #rank(fresh: number, target: number | undefined): number | undefined {
    if (target === undefined) return fresh > 0 ? 1 : undefined;
    return fresh > 0 ? 0 : 1;
  }

  /**
   * What components with lanes do from here on, when they do so for the first time, where nothing else tells it. All other changes are told as far as the property compares them.
   */
  changed(changes: StepRecord["changes"], compared: readonly string[]): void {
    const { laneOf, isPassive, told } = this.#scene;
    for (const { component, before, after } of changes) {
      if (laneOf(component) === undefined || !isPassive(component) || before.state === after.state) continue;
      const difference = `${ascii(before.state)} -> ${ascii(after.state)}`;
      const words = after.says === undefined ? undefined : `${ascii(component)}: ${ascii(after.says)}`;
      if (compared.some((text) => text === words || text.endsWith(difference))) continue;
      const key = `${component} is`;
      const known = `${told.get(key) ?? before.state}\n`;
      told.set(key, known + after.state);
      const isNew = !known.split("\n").includes(after.state);
      if (words !== undefined && isOwned(after.context)) continue;
      if (words !== undefined) this.words.push({ text: words, rank: isNew ? 0 : 3 });
      else if (!this.#speaks) this.words.push({ text: `${ascii(component)} ${difference}`, rank: 0 });
    }
  }

  get entered(): number | undefined {
    return this.#entered;
  }

  all(compared: readonly string[]): readonly Words[] {
    const others = [...this.words, ...compared.map((text) => ({ text: `*${text}`, rank: 0 }))];
    const actor = this.#actor;
    const name = actor === undefined || this.#scene.laneOf(actor) !== undefined || this.#first.length === 0;
    const first = [...(name ? [] : [`${ascii(actor)}:`]), ...this.#first].join(" ");
    const tells = first !== "" && !(first === GENERIC && others.some(({ rank }) => rank === 0));
    return tells ? [{ text: first, rank: 0 }, ...others] : others;
  }
}

/** Where what is compared is the state of a component, what it does from here on, in its own words, and once. */
function inWords(compared: readonly string[], changes: StepRecord["changes"]): readonly string[] {
  const told = compared.map((text) => {
    for (const { component, before, after } of changes) {
      const name = ascii(component);
      const isState = text.endsWith(`: ${ascii(before.state)} -> ${ascii(after.state)}`);
      if (!text.startsWith(`${name}: `) && !(isState && text.startsWith(`${name} of `))) continue;
      if (after.says !== undefined) return `${name}: ${ascii(after.says)}`;
    }
    return text;
  });
  return [...new Set(told)];
}

/** `changed`: changes of what the property compares, in words. */
export function tellStep(step: StepRecord, changed: readonly string[], scene: Scene): ToldStep {
  const { action, transfers, changes } = step;
  const compared = inWords(changed, changes);
  const teller = new Teller(scene, step);
  teller.action(action);
  for (const transfer of transfers) {
    if (action.kind === "deliver" && transfer === transfers[0] && transfer.from === action.channel)
      teller.taken(transfer);
    else teller.passed(transfer);
  }
  teller.changed(changes, compared);
  const actor = actorOf(step);
  const lane = actor === undefined ? undefined : scene.laneOf(actor);
  const entered = teller.entered === undefined ? undefined : ({ lane: teller.entered, sign: "+" } as const);
  return {
    start: lane === undefined ? entered : { lane, sign: action.kind === "event" ? "o" : "@" },
    arrows: teller.arrows,
    words: teller.all(compared),
  };
}
