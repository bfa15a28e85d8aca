/** Bytes that a search takes. Of machines and claims it remembers little, and that grows only when a machine is called. */
import type { Core } from "../../kernel/core.ts";
import type { Graph } from "../states/graph.ts";
import type { Judge } from "../claims/judge.ts";
import type { Store } from "../states/store.ts";
import type { Steps } from "./steps.ts";

interface Tables {
  readonly store: Store;
  readonly graph: Graph | undefined;
  readonly core: Core;
  readonly judge: Judge;
  readonly steps: Steps;
}

export class Memory {
  #remembered = 0;
  #calls = -1;
  #core: Core | undefined;

  of({ store, graph, core, judge, steps }: Tables): number {
    if (this.#core !== core || this.#calls !== core.machineCalls) {
      this.#core = core;
      this.#calls = core.machineCalls;
      this.#remembered = core.bytes + judge.bytes;
    }
    return store.bytes + (graph?.bytes ?? 0) + steps.bytes + this.#remembered;
  }
}
