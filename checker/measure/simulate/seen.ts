/** A step of a simulation as numbers look at it (occurrence.ts); what nobody asks for is not made. */
import type { Json, Message } from "../../json.ts";
import type { Live } from "../../kernel/live.ts";
import type { Passed, Trial } from "../../kernel/trial.ts";
import { stepSaid } from "../../said.ts";
import type { Transfer } from "../../simulation.ts";
import { roleIn, type Occurrence } from "../occurrence.ts";

/** The names of the slots of a simulation and their roles. */
export class Names {
  readonly live: Live;
  readonly roleOf: (name: string) => string;

  constructor(live: Live) {
    this.live = live;
    this.roleOf = (name) => roleIn(live.system, name);
  }

  transfer({ from, to, how, message }: Passed): Transfer {
    return { from: this.live.nameOf(from), to: this.live.nameOf(to), how, message };
  }
}

/** Of a step that was tried and is not made yet. */
export class Seen implements Occurrence {
  readonly step: string;
  readonly #names: Names;
  readonly #trial: Trial;
  #transfers: readonly Transfer[] | undefined;

  constructor(names: Names, step: string, trial: Trial) {
    this.#names = names;
    this.step = step;
    this.#trial = trial;
  }

  get component(): string {
    return this.#names.live.nameOf(this.#trial.taker);
  }

  get states(): readonly string[] {
    return this.#names.live.local(this.#trial.taker).place.states;
  }

  get context(): { readonly [field: string]: Json } {
    return this.#names.live.local(this.#trial.taker).context as { readonly [field: string]: Json };
  }

  get event(): Message {
    return this.#trial.event;
  }

  get by(): string | undefined {
    const { live } = this.#names;
    const { taker, event } = this.#trial;
    const taking = live.machines[taker]!;
    const by = stepSaid(taking.machine, taking.snapshotOf(live.local(taker)), event)?.by;
    return by === "" ? undefined : by;
  }

  get transfers(): readonly Transfer[] {
    return (this.#transfers ??= this.#trial.passed.map((one) => this.#names.transfer(one)));
  }

  get roleOf(): (name: string) => string {
    return this.#names.roleOf;
  }
}
