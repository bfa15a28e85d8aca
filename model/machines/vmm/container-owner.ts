/**
 * The process that has the container open, and the mm that it lives in. It may exec, fork or exit while devices and drivers
 * use its memory.
 *
 * Models  VFIO facts 2.4 (last rows), B-02 (underflow of locked_vm after exec), B-03 (the charge stays with the old mm), I-42
 *         (a dead mm is not used). After exec the old mm has no user any more; after fork a child continues with the
 *         container, and the parent lives; after exit the file of the container is still open elsewhere.
 * Omits   More than one such change.
 */
import { setup } from "xstate";
import { atWill, linux, messages } from "../../said.ts";

/** What may happen to the process. */
export type ProcessFate = "stays" | "execs" | "forks" | "exits";

type ProcessEmits = { readonly type: "mm.dies"; readonly mm: number } | { readonly type: "dma.switches" };

const s = setup({
  types: {
    context: {},
    events: {} as { readonly type: "process.execs" | "process.forks" | "process.exits" },
    emitted: {} as ProcessEmits,
  },
});

const oldMmDies = s.emit({ type: "mm.dies", mm: 0 });
const moves = s.emit({ type: "dma.switches" });

export const process = s.createMachine({
  id: "process",
  description: "the process that has the container open",
  meta: {
    origin: atWill("the process"),
    lane: "the process with the container",
    messages: messages<ProcessEmits>({
      "mm.dies": { says: "drops the last user of mm {mm}", origin: linux("kernel/fork.c", "mmput") },
      "dma.switches": "continues with the container in another mm",
    }),
  },
  context: {},
  initial: "started",
  states: {
    started: {
      description: "runs in the mm that it has mapped from",
      on: {
        "process.execs": { description: "calls exec, and gets a new mm", target: "moved", actions: [oldMmDies, moves] },
        "process.forks": {
          description: "forks, and the child continues with the container",
          target: "moved",
          actions: moves,
        },
        "process.exits": { description: "exits", target: "gone", actions: oldMmDies },
      },
    },
    moved: { description: "the container is used from another mm" },
    gone: { description: "has exited, and the container is open elsewhere" },
  },
});

/** Its one spontaneous step, by fate. */
export const processSteps = (fate: ProcessFate) => (fate === "stays" ? [] : [{ type: `process.${fate}` }]);
