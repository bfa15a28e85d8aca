/** `nested`: the faults of a guest that the kernel holds, in place of the fault queue of iommufd. */
import { emit, setup } from "xstate";
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Component } from "../../checker/system.ts";
import { READ, type Fault } from "../machines/linux/include/iommu.ts";
import { attachHandle } from "../machines/linux/iommu/io-pgfault/6.12/attach-handles.ts";
import { faultQueue } from "../machines/linux/iommu/iommufd/fault/fault-queue.ts";
import type { QueueHandler } from "../machines/linux/iommu/iommufd/fault/fault-handler.ts";
import type { GuestFaultQueueRules } from "../machines/linux/vfio/iopf/nested/guest-fault-queue-context.ts";
import { guestFaultQueue } from "../machines/linux/vfio/iopf/nested/guest-fault-queue.ts";
import { range } from "../systems/configuration.ts";
import { mark, type ComparedSide, type Cut, type Incomparable, type Shows } from "./cut.ts";
import { outside } from "./environment.ts";

/** The IOPF core hands over one group of each index at a time, and the next one after its response. */
const sources = (as: "deliver.appends" | "faults.delivers") =>
  setup({
    types: {
      context: {} as { readonly grp: number },
      events: {} as { readonly type: "source.delivers" | "response.taken" | "driver.page-response" },
      emitted: {} as Message,
      input: {} as { readonly grp: number },
    },
  }).createMachine({
    id: "source",
    context: ({ input }) => ({ grp: input.grp }),
    initial: "free",
    states: {
      free: {
        on: { "source.delivers": { target: "waiting", actions: emit(({ context: { grp } }) => messageOf(as, grp)) } },
      },
      waiting: { on: { "response.taken": { target: "free" }, "driver.page-response": { target: "free" } } },
    },
  });

const HANDLER: QueueHandler = { hwpt: 0, queue: 0, parent: false };
const HANDLE = attachHandle(0, { pasid: 0, domain: { handler: HANDLER, nested: true } });

function messageOf(type: "deliver.appends" | "faults.delivers", grp: number): Message {
  const members: readonly Fault[] = [{ device: 0, pasid: null, grp, page: grp, perm: READ, last: true, instance: 0 }];
  if (type === "faults.delivers") return { type, members };
  return { type, queue: 0, device: 0, group: grp, handle: HANDLE, faults: members, dangling: false };
}

/** A read of one group, whose copy succeeds, in one step: read() holds the mutex of the queue throughout. */
const reader = setup({
  types: {
    events: {} as
      | { readonly type: "user.reads" }
      | { readonly type: "deliver.fetched"; readonly outcome: "group" | "empty" | "too-big" | "no-memory" },
    emitted: {} as Message,
  },
}).createMachine({
  id: "reader",
  on: {
    "user.reads": { actions: emit({ type: "deliver.fetches", by: "user", room: 8 }) },
    "deliver.fetched": [
      { guard: ({ event }) => event.outcome === "group", actions: emit({ type: "deliver.keeps" }) },
      {},
    ],
  },
});

const sourcesOf = (
  groups: number,
  as: "deliver.appends" | "faults.delivers",
): { readonly [name: string]: Component } => {
  const machine = sources(as);
  return Object.fromEntries(
    range(groups).map((grp) => [
      `source${grp}`,
      { machine, role: "source", input: { grp }, events: [{ type: "source.delivers" }] },
    ]),
  );
};

interface GuestBounds {
  readonly groups: number;
  /** Cookies that user space responds to, as iommufd counts them: the first one given out is 1. */
  readonly cookies: readonly number[];
}

const groupOf = (members: unknown): number => (members as readonly Fault[]).at(-1)!.grp;

function iommufd({ groups, cookies }: GuestBounds): ComparedSide {
  const system = defineSystem({
    name: "iommufd-fault-queue",
    parameters: { groups, cookies },
    components: {
      ...sourcesOf(groups, "deliver.appends"),
      queue: {
        machine: faultQueue,
        role: "fault-queue",
        input: { queue: 0, hwpts: 1 },
        events: cookies.map((cookie) => ({ type: "response.takes", by: "user", cookie })),
      },
      user: { machine: reader, role: "user", events: [{ type: "user.reads" }] },
      outside,
    },
    routes: [
      call("source", ["deliver.appends"], "queue"),
      call("user", ["deliver.fetches", "deliver.keeps"], "queue"),
      call("fault-queue", ["deliver.fetched"], "user"),
      call("fault-queue", ["response.taken"], ({ group }) => (group === null ? "outside" : `source${Number(group)}`)),
    ],
    properties: [],
    deadlock: "allowed",
  });
  const shows: Shows = {
    "deliver.appends": ({ group }) => mark("delivers", { grp: group! }),
    "deliver.fetched": ({ outcome, cookie, faults }) =>
      outcome === "group" ? mark("read", { cookie: cookie!, grp: groupOf(faults) }) : null,
    "response.takes": ({ cookie }) => mark("write", { cookie: cookie! }),
    "response.taken": ({ group }) => (group === null ? mark("refused") : mark("response", { grp: group! })),
  };
  return { system, shows };
}

const RULES: GuestFaultQueueRules = {
  delivery: "whole-group",
  answersBy: "cookie",
  cookies: "lowest-free",
  records: 0,
  recall: "none",
  readRollback: true,
  strayAnswer: "refused",
  teardownRule: "answers-and-drops",
  groupTimeout: "none",
  instances: 1,
};

function guest({ groups, cookies }: GuestBounds): ComparedSide {
  const system = defineSystem({
    name: "guest-fault-queue",
    parameters: { groups, cookies },
    components: {
      ...sourcesOf(groups, "faults.delivers"),
      faults: {
        machine: guestFaultQueue,
        role: "faults",
        input: { ...RULES, teardowns: 0 },
        events: [
          { type: "faults.read", fails: false },
          ...cookies.map((cookie) => ({ type: "faults.responds", id: cookie, code: "success", instance: 0 })),
        ],
      },
      outside,
    },
    routes: [
      call("source", ["faults.delivers"], "faults"),
      call("faults", ["faults.delivered", "faults.batch", "faults.refused"], "outside"),
      call("faults", ["driver.page-response"], ({ grp }) => `source${Number(grp)}`),
    ],
    properties: [],
    deadlock: "allowed",
  });
  const shows: Shows = {
    "faults.delivers": ({ members }) => mark("delivers", { grp: groupOf(members) }),
    "faults.batch": ({ members, id }) => mark("read", { cookie: id!, grp: groupOf(members) }),
    "faults.responds": ({ id }) => mark("write", { cookie: id! }),
    "faults.refused": () => mark("refused"),
    "driver.page-response": ({ grp }) => mark("response", { grp: grp! }),
  };
  return { system, shows };
}

const BOUNDS: GuestBounds = { groups: 3, cookies: [0, 1, 2, 3, 4] };

export const guestFaultQueueCuts: readonly Cut[] = [
  {
    name: "guest-fault-queue",
    systems: ["nested"],
    standIn: ["guest-fault-queue"],
    detailed: ["fault-queue"],
    says: {
      delivers: "the handler appends PRGI {grp}",
      read: "user space reads PRGI {grp} with cookie {cookie}",
      write: "user space responds to cookie {cookie}",
      response: "the response to PRGI {grp} is sent",
      refused: "the response is refused",
    },
    within:
      "iommufd of 6.12, three groups. User space responds to any cookie. A read and a write are one step each. Nothing is torn down.",
    compare: () => ({ detailed: iommufd(BOUNDS), simple: guest(BOUNDS), limits: { pairs: 40_000, simple: 20_000 } }),
    forbidden: [
      mark("delivers", { grp: 0 }),
      mark("delivers", { grp: 1 }),
      mark("read", { cookie: 1, grp: 0 }),
      mark("read", { cookie: 1, grp: 1 }),
    ],
  },
];

export const guestFaultQueueIncomparable: readonly Incomparable[] = [
  {
    name: "guest-fault-queue/6.1",
    systems: ["nested"],
    standIn: ["guest-fault-queue"],
    detailed: [],
    why: "6.1 has no fault queue of iommufd. The designs before it, with a ring of records, were never merged.",
  },
];
