/**
 * The process that has the container open, and which address space it lives in: it may exec, fork, or end while devices
 * and drivers go on with its memory.
 *
 * Models  VFIO facts 2.4 (last rows), B-02, B-03, I-42: after exec the old mm has no user any more; after fork a child
 *         goes on with the container and the parent lives. In the end the file of the container is still open elsewhere.
 * Omits   more than one such change.
 */
import { setup } from "xstate";

/** What may happen to the process. */
export type ProcessFate = "stays" | "execs" | "forks" | "exits";

const s = setup({
  types: {
    context: {},
    events: {} as { readonly type: "process.execs" | "process.forks" | "process.exits" },
    emitted: {} as { readonly type: "mm.dies"; readonly mm: number } | { readonly type: "dma.switches" },
  },
});

const oldMmDies = s.emit({ type: "mm.dies", mm: 0 });
const moves = s.emit({ type: "dma.switches" });

export const process = s.createMachine({
  id: "process",
  context: {},
  initial: "started",
  states: {
    started: {
      on: {
        "process.execs": { target: "moved", actions: [oldMmDies, moves] },
        "process.forks": { target: "moved", actions: moves },
        "process.exits": { target: "gone", actions: oldMmDies },
      },
    },
    moved: {},
    gone: {},
  },
});

/** What it does, on its own, once. */
export const processSteps = (fate: ProcessFate) => (fate === "stays" ? [] : [{ type: `process.${fate}` }]);
