/**
 * One sequence in progress: calls begin, threads go on until the call has returned, and every message is said in the words
 * of the recording.
 */
import type { Json, Message } from "../../../../checker/json.ts";
import { Drive, type Op } from "../drive.ts";
import type { Part, Run, Setting } from "./part.ts";
import { linux612System } from "./system.ts";
import { Tokens } from "./words.ts";

/** Failures that an operation orders for the one after it, by the field of a step that says whether it succeeds. */
const FAILURES: { readonly [op: string]: string } = { fail_alloc: "ok", fail_copy: "copied" };

export class Replayed implements Run {
  readonly drive: Drive;
  readonly setting: Setting;
  readonly tokens = new Tokens();
  readonly #parts: readonly Part[];
  #events: Json[] = [];
  #returned: Message | undefined;
  /** By field: which step of its kind fails, counted from 1, and how many were taken. */
  readonly #failing = new Map<string, { readonly nth: number; taken: number }>();

  constructor(setting: Setting, parts: readonly Part[]) {
    this.setting = setting;
    this.#parts = parts;
    this.drive = new Drive(linux612System(setting, parts), (transfer) => {
      const { to, message } = transfer;
      if (to === "outside" && "result" in message) this.#returned = message;
      for (const part of parts) {
        const event = part.word?.(transfer, this);
        if (event !== undefined) return this.say(event);
      }
    });
  }

  perform(op: Op): readonly Json[] {
    this.#events = [];
    this.#returned = undefined;
    const failure = FAILURES[op.op];
    if (failure !== undefined) this.#failing.set(failure, { nth: Number(op["n"]), taken: 0 });
    else {
      if (op.op === "state") this.#dump();
      else this.#parts.find(({ operations }) => operations.includes(op.op))!.perform(op, this);
      this.#failing.clear();
    }
    return this.#events;
  }

  say(event: Json): void {
    this.#events.push(event);
  }

  get returned(): Message | undefined {
    return this.#returned;
  }

  step(component: string, steps: readonly Message[]): Message | undefined {
    const taken = this.drive.takeOne(
      component,
      steps.filter((step) => Object.values(FAILURES).every((field) => this.#isMet(step, field))),
    );
    for (const [field, failing] of this.#failing) if (taken && field in taken) failing.taken += 1;
    return taken;
  }

  #isMet(step: Message, field: string): boolean {
    if (!(field in step)) return true;
    const failing = this.#failing.get(field);
    return step[field] === !(failing && failing.taken + 1 === failing.nth);
  }

  call(component: string, event: Message): void {
    this.begin(component, event);
    if (this.#returned) this.say({ ev: "ret", val: this.#returned["result"]! });
  }

  begin(component: string, event: Message): void {
    this.#returned = undefined;
    const taken = this.drive.take(component, event);
    while (!this.#returned)
      if (!taken || !this.#parts.some((part) => part.goesOn?.(this)))
        return this.say({ ev: "stuck", component, state: this.drive.stateName(component) });
  }

  #dump(): void {
    const lists = this.#parts.flatMap(({ dump }) => (dump ? [dump] : []));
    for (const { list } of lists.toSorted((a, b) => a.order - b.order)) list(this).forEach((event) => this.say(event));
  }
}
