/**
 * A fault handler for tests, in the place of SVA, iommufd or VFIO: its domain says what it does with a group.
 *
 * Models  the contract of domain->iopf_handler() in Linux 6.12 (iopf-core 1.4): respond and free at once, leave the group on
 *         fault_param->faults, dequeue and keep it, refuse it, or queue work that responds.
 * Omits   why a handler responds with a code. The handler drops a pointer to a freed group; other systems have handlers that
 *         use it: B6 (CVE-2026-74520: iommufd uses a group that the core has freed).
 */
import { enqueueActions, setup } from "xstate";
import { atWill, messages } from "../../../../../said.ts";
import { EIO, OK, type Fault, type ResponseCode } from "../../../include/iommu.ts";
import type { AttachHandle } from "./attach-handles.ts";
import { groupSays } from "./fault-param-messages.ts";

/** `handler` of a domain of this machine. */
export type TestHandler = {
  readonly mode: "reply" | "hold" | "hold-dequeue" | "refuse" | "work";
  readonly code: ResponseCode;
};

type Named = { readonly device: number; readonly group: number };
type Kept = Named & { readonly code: ResponseCode };

export type TestDomainContext = {
  /** Groups that are kept for `handler.answers`: a set. */
  readonly held: readonly Named[];
  /** Groups whose work is queued, with the code of their response: a set. */
  readonly works: readonly Kept[];
};

export type TestDomainEvent =
  | ({ readonly type: "group.delivered"; readonly handle: AttachHandle; readonly members: readonly Fault[] } & Named)
  | ({ readonly type: "handler.answers"; readonly code: ResponseCode } & Named)
  | ({ readonly type: "work.runs" } & Named)
  | ({ readonly type: "group.freed" } & Named);

export type TestDomainEmits =
  | ({ readonly type: "group.responds"; readonly code: ResponseCode } & Named)
  | ({ readonly type: "group.frees" } & Named)
  | ({ readonly type: "group.dequeues" } & Named)
  | ({ readonly type: "group.forgets" } & Named)
  | ({ readonly type: "work.queues" } & Named)
  | ({ readonly type: "work.forgets" } & Named)
  | ({ readonly type: "work.done" } & Named)
  | { readonly type: "handler.returns"; readonly device: number; readonly result: number }
  /** The late response is sent; iopf_group_response() returns nothing. */
  | { readonly type: "answer.returns"; readonly result: null }
  /** A group was freed while the handler held it or its work was queued. */
  | ({ readonly type: "handler.loses-group"; readonly from: "held" | "work" } & Named);

const isSame = (a: Named) => (b: Named) => a.device === b.device && a.group === b.group;
const without = <T extends Named>(list: readonly T[], named: Named): readonly T[] =>
  list.filter((other) => !isSame(named)(other));
const add = <T extends Named>(list: readonly T[], item: T): readonly T[] =>
  [...list, item].sort((a, b) => a.device - b.device || a.group - b.group);

const s = setup({
  types: { context: {} as TestDomainContext, events: {} as TestDomainEvent, emitted: {} as TestDomainEmits },
});

export const testDomain = s.createMachine({
  id: "test-domain",
  description: "a fault handler for tests",
  meta: {
    origin: atWill("a test"),
    lane: "domain->iopf_handler() of a test",
    messages: messages<TestDomainEmits>({
      ...groupSays,
      "work.forgets": "loses the queued work of group {group}, which is freed",
      "work.done": "returns from the work function of group {group}",
      "handler.returns": "returns {result}",
      "answer.returns": "has responded",
      "handler.loses-group": "finds group {group} freed",
    }),
  },
  context: { held: [], works: [] },
  on: {
    "group.delivered": {
      actions: enqueueActions(({ context, event: { device, group, handle }, enqueue }) => {
        const { mode, code } = handle.domain.handler as TestHandler;
        switch (mode) {
          case "reply":
            enqueue.emit({ type: "group.responds", device, group, code });
            enqueue.emit({ type: "group.frees", device, group });
            break;
          case "hold":
            enqueue.assign({ held: add(context.held, { device, group }) });
            break;
          case "hold-dequeue":
            enqueue.emit({ type: "group.dequeues", device, group });
            enqueue.assign({ held: add(context.held, { device, group }) });
            break;
          case "work":
            enqueue.assign({ works: add(context.works, { device, group, code }) });
            enqueue.emit({ type: "work.queues", device, group });
            break;
          case "refuse":
            break;
          default:
            mode satisfies never;
        }
        enqueue.emit({ type: "handler.returns", device, result: mode === "refuse" ? EIO : OK });
      }),
    },
    "handler.answers": {
      description: "responds {code} to group {group} and frees it",
      guard: ({ context, event }) => context.held.some(isSame(event)),
      actions: enqueueActions(({ context, event: { device, group, code }, enqueue }) => {
        enqueue.assign({ held: without(context.held, { device, group }) });
        enqueue.emit({ type: "group.responds", device, group, code });
        enqueue.emit({ type: "group.frees", device, group });
        enqueue.emit({ type: "answer.returns", result: null });
      }),
    },
    "work.runs": {
      guard: ({ context, event }) => context.works.some(isSame(event)),
      actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
        const { code } = context.works.find(isSame({ device, group }))!;
        enqueue.assign({ works: without(context.works, { device, group }) });
        enqueue.emit({ type: "group.responds", device, group, code });
        enqueue.emit({ type: "group.frees", device, group });
        enqueue.emit({ type: "work.done", device, group });
      }),
    },
    "group.freed": [
      {
        guard: ({ context, event }) => context.held.some(isSame(event)),
        actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
          enqueue.assign({ held: without(context.held, { device, group }) });
          enqueue.emit({ type: "group.forgets", device, group });
          enqueue.emit({ type: "handler.loses-group", device, group, from: "held" });
        }),
      },
      {
        guard: ({ context, event }) => context.works.some(isSame(event)),
        actions: enqueueActions(({ context, event: { device, group }, enqueue }) => {
          enqueue.assign({ works: without(context.works, { device, group }) });
          enqueue.emit({ type: "work.forgets", device, group });
          enqueue.emit({ type: "group.forgets", device, group });
          enqueue.emit({ type: "handler.loses-group", device, group, from: "work" });
        }),
      },
      /** The handler has no pointer to it. */
      {},
    ],
  },
});
