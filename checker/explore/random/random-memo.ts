/**
 * The core and the judge of a random search. What they remember grows with what the walks see, without an end in systems
 * too big to be searched exhaustively; so between two walks they are replaced by fresh ones when they have grown too big.
 */
import { Core } from "../../kernel/core.ts";
import type { System } from "../../system.ts";
import { Judge } from "../claims/judge.ts";

/** Bytes that the tables of a core may take, roughly, before it is replaced. */
const CORE_BYTES = 256 * 2 ** 20;
/** Bytes that what a judge remembers may take. */
const JUDGE_BYTES = 64 * 2 ** 20;

export class Memo {
  readonly system: System;
  core: Core;
  judge: Judge;
  #calls = 0;

  constructor(system: System) {
    this.system = system;
    this.core = new Core(system);
    this.judge = new Judge(this.core);
  }

  /** Calls of XState by all cores so far. */
  get machineCalls(): number {
    return this.#calls + this.core.machineCalls;
  }

  /** Tells that a walk is over. */
  walked(): void {
    if (this.core.bytes > CORE_BYTES) {
      this.#calls += this.core.machineCalls;
      this.core = new Core(this.system);
      this.judge = new Judge(this.core);
    } else if (this.judge.bytes > JUDGE_BYTES) this.judge = new Judge(this.core);
  }
}
