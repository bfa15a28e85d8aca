/**
 * The core and the judge of a random search. What they remember grows with what the walks see, without an end in systems
 * too big to be searched exhaustively; so between two walks they are replaced by fresh ones when they have grown too big.
 */
import { Core } from "../kernel/core.ts";
import type { System } from "../system.ts";
import { Judge } from "./judge.ts";

/** Bytes that the tables of a core may take, roughly, before it is replaced. */
const CORE_BYTES = 256 * 2 ** 20;
/** Entries that the tables of a judge may take. */
const JUDGE_ENTRIES = 4_000_000;
/** A snapshot or content with its text. */
const VALUE_BYTES = 600;

export class Memo {
  readonly system: System;
  core: Core;
  judge: Judge;
  #calls = 0;
  #entries = 0;

  constructor(system: System) {
    this.system = system;
    this.core = new Core(system);
    this.judge = new Judge(this.core);
  }

  /** Calls of XState by all cores so far. */
  get machineCalls(): number {
    return this.#calls + this.core.machineCalls;
  }

  /** Tells that a walk of so many steps is over. */
  walked(steps: number): void {
    this.#entries += steps * this.judge.groups.reduce((sum, { slots }) => sum + slots.length - 1, 0);
    if (this.#coreBytes() > CORE_BYTES) {
      this.#calls += this.core.machineCalls;
      this.core = new Core(this.system);
      this.#newJudge();
    } else if (this.#entries > JUDGE_ENTRIES) this.#newJudge();
  }

  #newJudge(): void {
    this.judge = new Judge(this.core);
    this.#entries = 0;
  }

  #coreBytes(): number {
    const { core } = this;
    let bytes = 0;
    for (let slot = 0; slot < core.slots; slot++) {
      const row = slot < core.componentCount ? 4 * core.events.size : 0;
      bytes += core.sizeOf(slot) * (VALUE_BYTES + row);
    }
    return bytes;
  }
}
