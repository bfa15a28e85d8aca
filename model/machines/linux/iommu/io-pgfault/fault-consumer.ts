/**
 * One fault consumer: SVA, or VFIO. It collects groups if the core does not, resolves them and responds, on a workqueue or
 * inside the report.
 *
 * Models  iommu_queue_iopf() and iopf_handle_group() of Linux 6.1 (SVA), and VFIO's handler. The RFC calls that handler inside
 *         the report, and it waits for a page as long as user space likes: VFIO facts 1.1, D-22 (one slow page-in stalls all
 *         devices), row 30 (how this meshes with SVA). With two owners of a group the core may free what the consumer
 *         holds: B-27 (CVE-2026-74520).
 * Omits   refusals, iommu->lock of the container, and how a page is obtained. Beyond that, 6.1/queue-iopf.ts has allocations
 *         that fail, 6.1/iopf-worker.ts the faults of a group one by one, and linux/iommu/iommu-sva/sva-handler.ts the mm.
 */
import { assign, emit, setup } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { messages, proposal } from "../../../../said.ts";
import { pageResponse, pageResponseSays, type Fault, type PageResponse } from "../../include/iommu.ts";
import { mutexSays } from "../../lib/mutex.ts";
import { collect, withPartial, type Draining } from "./shared-fault-queue.ts";

export interface FaultConsumerRules {
  readonly name: string;
  readonly device: number;
  /** Whether the handler resolves the fault before it returns. */
  readonly inside: boolean;
  /** Whether one worker serves all consumers of the queue. */
  readonly sharesWorker: boolean;
  /** Whether a page has to come from disk, network or a user space pager. */
  readonly waitsForPages: boolean;
}

/** `freed`: ghost; the core has freed the group. */
export type HeldGroup = { readonly members: readonly Fault[]; readonly freed: boolean };

export interface FaultConsumerContext {
  readonly rules: FaultConsumerRules;
  readonly partials: readonly Fault[];
  /** The one that is being served, then the others in order of arrival. */
  readonly groups: readonly HeldGroup[];
  /** The thread that waits inside its handler. */
  readonly by: string | null;
  /** Never cleared. */
  readonly useAfterFree: boolean;
}

export type FaultConsumerEvent =
  | { readonly type: "consumer.takes"; readonly members: readonly Fault[]; readonly by: string }
  /** The place of the group among those that wait, the oldest first. */
  | { readonly type: "consumer.begins"; readonly at: number }
  | { readonly type: "consumer.gets" | "consumer.resolves" | "consumer.answers" }
  /** The page comes from disk, network or a user space pager. */
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
  ...[0, 1].map((at) => ({ type: "consumer.begins", at })),
  ...["resolves", "answers"].map((step) => ({ type: `consumer.${step}` })),
  { type: waitsForPages ? "page.arrives" : "consumer.gets" },
];

const s = setup({
  types: {
    context: {} as FaultConsumerContext,
    events: {} as FaultConsumerEvent,
    emitted: {} as FaultConsumerEmits,
    input: {} as FaultConsumerRules,
  },
});

const takes = s.enqueueActions(({ context: { rules, partials, groups }, event, enqueue }) => {
  if (event.type !== "consumer.takes") return;
  const { members, by } = event;
  const last = members.at(-1)!;
  if (!last.last) enqueue.assign({ partials: withPartial(partials, last) });
  else {
    /** The core has collected the group, or the partial faults are here. */
    const group = members.length > 1 ? { members, rest: partials } : collect(partials, last);
    enqueue.assign({ partials: group.rest, groups: [...groups, { members: group.members, freed: false }] });
  }
  const stays = last.last && rules.inside;
  enqueue.assign({ by: stays ? by : null });
  if (!stays) enqueue.emit({ type: "consumer.returns", by });
});

const begins = s.enqueueActions(({ context: { rules, groups }, event, enqueue }) => {
  if (event.type !== "consumer.begins") return;
  const { at } = event;
  enqueue.assign({ groups: [groups[at]!, ...groups.filter((_, place) => place !== at)] });
  if (rules.sharesWorker) enqueue.emit({ type: "lock.acquires", owner: rules.name });
});

const answers = s.enqueueActions(({ context: { rules, groups, by, useAfterFree }, enqueue }) => {
  const [{ members, freed }, ...rest] = groups as readonly [HeldGroup, ...HeldGroup[]];
  enqueue.assign({ groups: rest, by: null, useAfterFree: useAfterFree || freed });
  enqueue.emit({ type: "core.answers", members });
  if (rules.sharesWorker) enqueue.emit({ type: "lock.releases", owner: rules.name });
  if (by !== null) enqueue.emit({ type: "consumer.returns", by });
});

/** The group in service is waited for (flush), and the others get a response; or the core frees all of them. */
const drains = (working: boolean) =>
  s.enqueueActions(({ context: { groups }, event, enqueue }) => {
    if (event.type !== "consumer.drains") return;
    enqueue.assign({ partials: [] });
    if (event.how === "freed") {
      enqueue.assign({ groups: groups.map(({ members }) => ({ members, freed: true })) });
      return;
    }
    const kept = working ? 1 : 0;
    /** list_add() puts the newest group at the head, where iopf_queue_remove_device() begins. */
    const answered = event.how === "answers" ? groups.slice(kept).toReversed() : [];
    for (const { members } of answered) enqueue.emit(pageResponse(members, "invalid", null));
    enqueue.assign({ groups: groups.slice(0, kept) });
  });

export const faultConsumer = s
  .extend({ actions: { takes, begins, answers, drainsIdle: drains(false), drainsWorking: drains(true) } })
  .createMachine({
    id: "fault-consumer",
    description: "the fault handler and worker of one consumer of I/O page faults",
    meta: {
      origin: proposal("M7 (SVA and VFIO behind one IOPF queue)"),
      lane: "the fault handler of {name}, for device {device}",
      messages: messages<FaultConsumerEmits>({
        ...mutexSays("the worker that all consumers share"),
        "driver.page-response": pageResponseSays,
        "consumer.returns": "returns to {by}",
        "core.answers": "responds to the group",
        "pages.resolve": "maps page(s) {pages} of device {device}",
      }),
    },
    context: ({ input }) => ({ rules: input, partials: [], groups: [], by: null, useAfterFree: false }),
    initial: "idle",
    states: {
      idle: {
        description: "serves no group",
        on: {
          "consumer.begins": {
            description: "begins to serve group {at} of those that wait",
            guard: ({ context, event }) => context.groups.length > event.at,
            target: "getting",
            actions: "begins",
          },
          "consumer.drains": { actions: "drainsIdle" },
        },
      },
      getting: {
        description: "waits for the pages of the group",
        on: {
          "consumer.gets": { description: "has the pages of the group in memory", target: "resolving" },
          "page.arrives": { description: "gets the page that it waited for", target: "resolving" },
        },
      },
      resolving: {
        description: "has the pages and has not mapped them",
        on: {
          "consumer.resolves": {
            description: "maps the pages of the group",
            target: "answering",
            actions: emit(({ context: { rules, groups } }) => ({
              type: "pages.resolve",
              device: rules.device,
              pages: groups[0]!.members.map(({ page }) => page),
            })),
          },
        },
      },
      answering: {
        description: "has mapped the pages and not responded",
        on: {
          "consumer.answers": {
            description: "responds to the group",
            target: "idle",
            actions: "answers",
          },
        },
      },
    },
    on: {
      "consumer.takes": { actions: "takes" },
      "consumer.discards": { actions: assign({ partials: [] }) },
      "consumer.drains": { actions: "drainsWorking" },
    },
  });
