/**
 * The thread that takes stall records from the event queue and answers each: the page is mapped and the transaction resumed,
 * or it is refused.
 *
 * Models  arm_smmu_evtq_thread() and what it leads to, as one thread (iopf-core 2.2): the record of a stream that is
 *         attached to nothing any more is answered too, or forgotten (H21). An event queue that could not be written
 *         loses records (4.3): then every stall must be terminated (H25). What getting the page needs may have to pass
 *         the same path (H24). A record may say that its transaction was ended instead: there is nothing to answer.
 * Omits   the IOPF core between the record and the answer: the page fault systems have it.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";

export interface StallDriverRules {
  readonly orphans: "answered" | "forgotten";
  readonly afterLoss: "terminates" | "message-only";
  /** S21. Twice is a departure. */
  readonly resumes: "once" | "twice";
  /** H24. Where what getting a page needs passes. */
  readonly swapPath: "other" | "same";
  /** Whether it looks at the flag that tells the record of a stall from one of a transaction that was ended (4.1). */
  readonly checksStallFlag: boolean;
}

export interface StallDriverContext {
  readonly rules: StallDriverRules;
  /** The transaction that is served. */
  readonly stag: number | null;
  readonly how: "retry" | "abort";
  /** A record was lost, and nothing has been done about it. */
  readonly lost: boolean;
}

export const stallDriverSteps = (slots: readonly number[], swaps: boolean): readonly Message[] => [
  { type: "driver.finds-stream" },
  { type: "driver.finds-nobody" },
  ...(swaps ? slots.map((stag) => ({ type: "driver.swaps-in", stag })) : []),
  { type: "driver.resolves" },
  { type: "driver.resumes" },
  { type: "driver.resumes-again" },
  { type: "driver.terminates-all" },
  { type: "driver.releases" },
];

const s = setup({
  types: {
    context: {} as StallDriverContext,
    events: {} as
      | { readonly type: "event.recorded" | "event.reported"; readonly stag: number }
      | { readonly type: "driver.swaps-in"; readonly stag: number }
      | { readonly type: "event.lost" }
      | { readonly type: `driver.${"finds-stream" | "finds-nobody" | "resolves" | "resumes" | "resumes-again"}` }
      | { readonly type: "driver.terminates-all" | "driver.releases" }
      | { readonly type: "page.resolved"; readonly ok: boolean },
    emitted: {} as
      | { readonly type: "page.resolves" | "stall.terminates" | "stall.releases" }
      | { readonly type: "record.discarded"; readonly stag: number }
      | { readonly type: "path.passes"; readonly stag: number }
      | { readonly type: "stall.resumes"; readonly stag: number; readonly how: "retry" | "abort" },
    input: {} as StallDriverRules,
  },
});

const forgets = s.assign({ stag: null, how: "retry" });
const resumes = s.emit(({ context }) => ({ type: "stall.resumes", stag: context.stag!, how: context.how }));

export const stallDriver = s.createMachine({
  id: "stall-driver",
  context: ({ input }) => ({ rules: input, stag: null, how: "retry", lost: false }),
  initial: "idle",
  on: { "event.lost": { actions: assign({ lost: true }) } },
  states: {
    idle: {
      on: {
        "event.recorded": { target: "looking", actions: assign({ stag: ({ event }) => event.stag }) },
        "event.reported": [
          { guard: ({ context }) => context.rules.checksStallFlag },
          { target: "looking", actions: assign({ stag: ({ event }) => event.stag }) },
        ],
        "driver.terminates-all": {
          guard: ({ context }) => context.lost && context.rules.afterLoss === "terminates",
          target: "discarding",
          actions: [assign({ lost: false }), emit({ type: "stall.terminates" })],
        },
      },
    },
    /** Records of what was terminated name nobody any more; only without them the devices may go on. */
    discarding: {
      on: {
        "event.recorded": { actions: emit(({ event }) => ({ type: "record.discarded", stag: event.stag })) },
        "event.reported": { actions: [] },
        "driver.releases": { target: "idle", actions: emit({ type: "stall.releases" }) },
      },
    },
    looking: {
      on: {
        "driver.finds-stream": [
          { guard: ({ context }) => context.rules.swapPath === "same", target: "swapping" },
          { target: "resolving" },
        ],
        "driver.finds-nobody": [
          {
            guard: ({ context }) => context.rules.orphans === "answered",
            target: "resuming",
            actions: assign({ how: "abort" }),
          },
          { target: "idle", actions: forgets },
        ],
      },
    },
    swapping: {
      on: {
        "driver.swaps-in": {
          target: "resolving",
          actions: emit(({ event }) => ({ type: "path.passes", stag: event.stag })),
        },
      },
    },
    resolving: {
      on: {
        "driver.resolves": { actions: emit({ type: "page.resolves" }) },
        "page.resolved": {
          target: "resuming",
          actions: assign({ how: ({ event }) => (event.ok ? "retry" : "abort") }),
        },
      },
    },
    resuming: {
      on: {
        "driver.resumes": [
          { guard: ({ context }) => context.rules.resumes === "twice", target: "resuming-again", actions: resumes },
          {
            target: "idle",
            actions: [resumes, forgets],
          },
        ],
      },
    },
    "resuming-again": { on: { "driver.resumes-again": { target: "idle", actions: [resumes, forgets] } } },
  },
});
