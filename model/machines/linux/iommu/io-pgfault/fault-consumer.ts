/**
 * One consumer of faults: SVA, or VFIO. It collects groups if the core does not, resolves them and answers, on a
 * workqueue or inside the report.
 *
 * Models  iommu_queue_iopf() with its work (SVA), and VFIO's handler, which the RFC calls inside the report and which may
 *         wait for a page for as long as user space likes (VFIO facts 1.1, D-22, row 30). What it holds of a group may be
 *         freed by the core in the meantime if that is a second owner (B-27).
 * Omits   refusals, the container's lock, and how a page is got.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { pageResponse, type Fault, type PageResponse } from "../../include/iommu.ts";
import { collect, withPartial, type Draining } from "./shared-fault-queue.ts";

export interface FaultConsumerRules {
  readonly name: string;
  readonly device: number;
  /** Whether its handler resolves the fault before it returns. */
  readonly inside: boolean;
  /** Whether one worker serves all consumers of the queue. */
  readonly sharesWorker: boolean;
  /** Whether a page has to come from somewhere outside. */
  readonly waitsForPages: boolean;
}

/** `freed`: ghost; the core has given the memory of the group back. */
export type HeldGroup = { readonly members: readonly Fault[]; readonly freed: boolean };

export interface FaultConsumerContext {
  readonly rules: FaultConsumerRules;
  readonly partials: readonly Fault[];
  /** In order of arrival; the first is being worked on. */
  readonly groups: readonly HeldGroup[];
  /** The thread that waits inside its handler. */
  readonly by: string | null;
  /** Never cleared. */
  readonly useAfterFree: boolean;
}

export type FaultConsumerEvent =
  | { readonly type: "consumer.takes"; readonly members: readonly Fault[]; readonly by: string }
  | { readonly type: "consumer.begins" | "consumer.gets" | "consumer.resolves" | "consumer.answers" }
  /** What it waits for comes: the disk, the network, a user space pager. */
  | { readonly type: "page.arrives" }
  | { readonly type: "consumer.discards" }
  | { readonly type: "consumer.drains"; readonly how: Draining };

export type FaultConsumerEmits =
  | PageResponse
  | { readonly type: "consumer.returns"; readonly by: string }
  | { readonly type: "core.answers"; readonly members: readonly Fault[] }
  | { readonly type: "pages.resolve"; readonly device: number; readonly pages: readonly number[] }
  | { readonly type: "lock.acquires" | "lock.releases"; readonly owner: string };

export const consumerSteps = ({ waitsForPages }: FaultConsumerRules): readonly Message[] => [
  ...["begins", "resolves", "answers"].map((step) => ({ type: `consumer.${step}` })),
  { type: waitsForPages ? "page.arrives" : "consumer.gets" },
];

const s = setup({
  types: {
    context: {} as FaultConsumerContext,
    events: {} as FaultConsumerEvent,
    emitted: {} as FaultConsumerEmits,
    input: {} as FaultConsumerRules,
  },
  guards: {
    hasWork: ({ context }) => context.groups.length > 0,
  },
});

const takes = s.enqueueActions(({ context: { rules, partials, groups }, event, enqueue }) => {
  if (event.type !== "consumer.takes") return;
  const { members, by } = event;
  const last = members.at(-1)!;
  if (!last.last) enqueue.assign({ partials: withPartial(partials, last) });
  else {
    /** What the core collected, or what lies here. */
    const group = members.length > 1 ? { members, rest: partials } : collect(partials, last);
    enqueue.assign({ partials: group.rest, groups: [...groups, { members: group.members, freed: false }] });
  }
  const stays = last.last && rules.inside;
  enqueue.assign({ by: stays ? by : null });
  if (!stays) enqueue.emit({ type: "consumer.returns", by });
});

const begins = s.enqueueActions(({ context: { rules }, enqueue }) => {
  if (rules.sharesWorker) enqueue.emit({ type: "lock.acquires", owner: rules.name });
});

const answers = s.enqueueActions(({ context: { rules, groups, by, useAfterFree }, enqueue }) => {
  const [{ members, freed }, ...rest] = groups as readonly [HeldGroup, ...HeldGroup[]];
  enqueue.assign({ groups: rest, by: null, useAfterFree: useAfterFree || freed });
  enqueue.emit({ type: "core.answers", members });
  if (rules.sharesWorker) enqueue.emit({ type: "lock.releases", owner: rules.name });
  if (by !== null) enqueue.emit({ type: "consumer.returns", by });
});

/** The one that is being worked on is waited for (flush), the others are answered; or all are freed under its hands. */
const drains = (working: boolean) =>
  s.enqueueActions(({ context: { groups }, event, enqueue }) => {
    if (event.type !== "consumer.drains") return;
    enqueue.assign({ partials: [] });
    if (event.how === "freed") {
      enqueue.assign({ groups: groups.map(({ members }) => ({ members, freed: true })) });
      return;
    }
    const kept = working ? 1 : 0;
    const answered = event.how === "answers" ? groups.slice(kept) : [];
    for (const { members } of answered) enqueue.emit(pageResponse(members, "invalid", null));
    enqueue.assign({ groups: groups.slice(0, kept) });
  });

export const faultConsumer = s
  .extend({ actions: { takes, begins, answers, drainsIdle: drains(false), drainsWorking: drains(true) } })
  .createMachine({
    id: "fault-consumer",
    context: ({ input }) => ({ rules: input, partials: [], groups: [], by: null, useAfterFree: false }),
    initial: "idle",
    states: {
      idle: {
        on: {
          "consumer.begins": { guard: "hasWork", target: "getting", actions: "begins" },
          "consumer.drains": { actions: "drainsIdle" },
        },
      },
      getting: {
        on: {
          "consumer.gets": { target: "resolving" },
          "page.arrives": { target: "resolving" },
        },
      },
      resolving: {
        on: {
          "consumer.resolves": {
            target: "answering",
            actions: emit(({ context: { rules, groups } }) => ({
              type: "pages.resolve",
              device: rules.device,
              pages: groups[0]!.members.map(({ page }) => page),
            })),
          },
        },
      },
      answering: { on: { "consumer.answers": { target: "idle", actions: "answers" } } },
    },
    on: {
      "consumer.takes": { actions: "takes" },
      "consumer.discards": { actions: assign({ partials: [] }) },
      "consumer.drains": { actions: "drainsWorking" },
    },
  });
