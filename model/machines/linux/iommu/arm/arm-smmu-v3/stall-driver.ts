/**
 * The software that takes stall records from the event queue and responds to each, as one thread: it maps the page and resumes
 * the transaction, or aborts it.
 *
 * Models  arm_smmu_evtq_thread() with everything behind it, down to arm_smmu_page_response() (IOPF core facts 2.2).
 *         The record of a stream without master gets a response, or none: arm_smmu_handle_evt() of 6.1 and 6.12 returns
 *         -EINVAL and sends no CMD_RESUME (H21, D7). An event queue that could not be written loses records (4.3). Then
 *         software must terminate every stall (H25); arm_smmu_gerror_handler() of 6.1 and 6.12 only logs it. To get the page
 *         the handler may need I/O through the same path (H24). A record with Stall=0 needs no response.
 * Omits   the IOPF core between record and response: evtq-thread.ts reports each stall to it.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { clause, linux, messages, rfc } from "../../../../../said.ts";

export interface StallDriverRules {
  readonly orphans: "answered" | "forgotten";
  readonly afterLoss: "terminates" | "message-only";
  /** S21. `twice` is a deliberate defect. */
  readonly resumes: "once" | "twice";
  /** H24. The path of the I/O that brings a page in: another one, or that of the stalled device. */
  readonly swapPath: "other" | "same";
  /** Whether it checks EVTQ_1_STALL, the flag of a record whose transaction is stalled and not terminated (4.1). */
  readonly checksStallFlag: boolean;
}

export interface StallDriverContext {
  readonly rules: StallDriverRules;
  /** The tag of the transaction in service. */
  readonly stag: number | null;
  readonly how: "retry" | "abort";
  /** A record was lost, and its stall is not terminated yet. */
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

export type StallDriverEmits =
  | { readonly type: "page.resolves" | "stall.terminates" | "stall.releases" }
  | { readonly type: "record.discarded"; readonly stag: number }
  | { readonly type: "path.passes"; readonly stag: number }
  | { readonly type: "stall.resumes"; readonly stag: number; readonly how: "retry" | "abort" };

const SMMU = "drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c";
const HANDLE = linux(SMMU, "arm_smmu_handle_evt");
const HANDLER = rfc("v1 patch 2", "vfio_iommu_type1_dynamic_dma_map");
const RESPONSE = linux(SMMU, "arm_smmu_page_response");
const SWAP = linux("mm/memory.c", "do_swap_page");
/** No function of 6.1 or 6.12 sends CMD_STALL_TERM. */
const STALL_TERM = clause("smmu", "4.7.2.1 (CMD_STALL_TERM)");

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
    emitted: {} as StallDriverEmits,
    input: {} as StallDriverRules,
  },
});

const forgets = s.assign({ stag: null, how: "retry" });
const resumes = s.emit(({ context }) => ({ type: "stall.resumes", stag: context.stag!, how: context.how }));

export const stallDriver = s.createMachine({
  id: "stall-driver",
  description: "the software that responds to stalls, from the event queue to CMD_RESUME",
  meta: {
    origin: linux(SMMU, "arm_smmu_evtq_thread", "arm_smmu_handle_evt", "arm_smmu_gerror_handler"),
    lane: "the event queue thread of the SMMU driver, with the fault handler",
    messages: messages<StallDriverEmits>({
      "page.resolves": { says: "maps the page, if a DMA_MAP covers it", origin: HANDLER },
      "stall.resumes": { says: "sends CMD_RESUME for stag {stag}: {how}", origin: RESPONSE },
      "stall.terminates": { says: "sends CMD_STALL_TERM for the stream", origin: STALL_TERM },
      "stall.releases": { says: "lets the stream issue transactions again", origin: STALL_TERM },
      "record.discarded": { says: "discards the record of stag {stag}", origin: STALL_TERM },
      "path.passes": { says: "reads the page from swap, through the path of stag {stag}", origin: SWAP },
    }),
  },
  context: ({ input }) => ({ rules: input, stag: null, how: "retry", lost: false }),
  initial: "idle",
  on: { "event.lost": { actions: assign({ lost: true }) } },
  states: {
    idle: {
      description: "no record is being handled",
      on: {
        "event.recorded": { target: "looking", actions: assign({ stag: ({ event }) => event.stag }) },
        "event.reported": [
          { guard: ({ context }) => context.rules.checksStallFlag },
          { target: "looking", actions: assign({ stag: ({ event }) => event.stag }) },
        ],
        "driver.terminates-all": {
          description: "terminates every stall of the stream: a record was lost",
          meta: { origin: STALL_TERM },
          guard: ({ context }) => context.lost && context.rules.afterLoss === "terminates",
          target: "discarding",
          actions: [assign({ lost: false }), emit({ type: "stall.terminates" })],
        },
      },
    },
    // The devices may go on only when no record names a terminated transaction.
    discarding: {
      description: "every stall is terminated, and their records are being discarded",
      on: {
        "event.recorded": { actions: emit(({ event }) => ({ type: "record.discarded", stag: event.stag })) },
        "event.reported": { actions: [] },
        "driver.releases": {
          description: "lets the stream issue transactions again",
          meta: { origin: STALL_TERM },
          target: "idle",
          actions: emit({ type: "stall.releases" }),
        },
      },
    },
    looking: {
      description: "has taken a record, and the master of its stream is still to be found",
      meta: { origin: HANDLE },
      on: {
        "driver.finds-stream": [
          {
            description: "finds the master of the stream for stag {stag}",
            guard: ({ context }) => context.rules.swapPath === "same",
            target: "swapping",
          },
          { target: "resolving" },
        ],
        "driver.finds-nobody": [
          {
            description: "finds no master for the stream, and aborts stag {stag}",
            guard: ({ context }) => context.rules.orphans === "answered",
            target: "resuming",
            actions: assign({ how: "abort" }),
          },
          {
            description: "finds no master for the stream: returns -EINVAL and sends no CMD_RESUME for stag {stag}",
            target: "idle",
            actions: forgets,
          },
        ],
      },
    },
    swapping: {
      description: "the page is to be read from swap, through the path of the stalled device",
      meta: { origin: SWAP },
      on: {
        "driver.swaps-in": {
          description: "reads the page from swap, through the path of stag {stag}",
          target: "resolving",
          actions: emit(({ event }) => ({ type: "path.passes", stag: event.stag })),
        },
      },
    },
    resolving: {
      description: "the page is still to be mapped",
      meta: { origin: HANDLER },
      on: {
        "driver.resolves": { description: "maps the page for stag {stag}", actions: emit({ type: "page.resolves" }) },
        "page.resolved": {
          target: "resuming",
          actions: assign({ how: ({ event }) => (event.ok ? "retry" : "abort") }),
        },
      },
    },
    resuming: {
      description: "the response is still to be sent",
      meta: { origin: RESPONSE },
      on: {
        "driver.resumes": [
          {
            description: "sends CMD_RESUME for stag {stag}: {how}",
            guard: ({ context }) => context.rules.resumes === "twice",
            target: "resuming-again",
            actions: resumes,
          },
          {
            target: "idle",
            actions: [resumes, forgets],
          },
        ],
      },
    },
    "resuming-again": {
      description: "the response is sent, and is sent a second time",
      meta: { origin: RESPONSE },
      on: {
        "driver.resumes-again": {
          description: "sends a second CMD_RESUME for stag {stag}: {how}",
          target: "idle",
          actions: [resumes, forgets],
        },
      },
    },
  },
});
