/**
 * Handler, queue and reader of iommufd, step by step: freed memory, devices that number their groups alike, and cookies
 * without memory.
 */
import { describe, expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import type { Json, Message } from "../../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import type { AttachHandle } from "../../io-pgfault/6.12/attach-handles.ts";
import { faultHandler, type FaultHandlerContext } from "./fault-handler.ts";
import { faultQueue, type FaultQueueContext } from "./fault-queue.ts";
import { faultReader } from "./fault-reader.ts";

interface Run<Context> {
  readonly said: readonly Message[];
  readonly context: Context;
}

function run<Context>(machine: AnyStateMachine, input: Json, events: readonly Message[]): Run<Context> {
  let snapshot = initialSnapshot(machine, input);
  const said: Message[] = [];
  for (const event of events) {
    const outcome = step(machine, snapshot, event);
    if (!outcome) throw new Error(`${machine.id} does not take ${event.type} in state ${String(snapshot.value)}`);
    snapshot = outcome.snapshot;
    said.push(...outcome.emitted);
  }
  return { said, context: snapshot.context as Context };
}

const handleOf = (hwpt: number): AttachHandle =>
  ({ pasid: 0, domain: { handler: { queue: 0, hwpt } } }) as unknown as AttachHandle;
const fault = (device: number) => ({ device, pasid: null, grp: 0, page: 0, perm: 1, last: true });

describe("the fault handler", () => {
  const rules = { publishes: "shared", deliverLock: "spinlock", wakes: true };
  const delivered = {
    type: "group.delivered",
    device: 0,
    group: 3,
    handle: handleOf(0),
    members: [fault(0)],
  } as unknown as Message;
  const freed = (hwpt: number) => ({ type: "handle.freed", handle: handleOf(hwpt) }) as unknown as Message;
  const GROUP_FREED: Message = { type: "group.freed", group: 3 };
  const APPENDS: Message = { type: "handler.appends" };
  const WAKES: Message = { type: "handler.wakes" };
  const handled = (events: readonly Message[]) => run<FaultHandlerContext>(faultHandler, rules, [delivered, ...events]);
  const appended = ({ said }: Run<unknown>) => said.find(({ type }) => type === "deliver.appends");

  test("appends a group whose handle is there", () => {
    const one = handled([APPENDS]);
    expect(one.context.useAfterFree).toBe(false);
    expect(appended(one)).toMatchObject({ group: 3, dangling: false });
  });

  test("notes that the handle was freed before it appends the group, and says so to the queue", () => {
    const one = handled([freed(0), APPENDS]);
    expect(one.context.useAfterFree).toBe(true);
    expect(appended(one)).toMatchObject({ group: 3, dangling: true });
  });

  test("notes that the group was freed, and appends nothing", () => {
    const one = handled([GROUP_FREED, APPENDS]);
    expect(one.context.useAfterFree).toBe(true);
    expect(one.said).toContainEqual({ type: "group.forgets", device: 0, group: 3 });
    expect(appended(one)).toBeUndefined();
  });

  test("notes nothing of the next group", () => {
    const before = handled([APPENDS, WAKES]).context;
    expect(before).toMatchObject({ hand: null, handleFreed: false, groupFreed: false });
    const next = handled([freed(0), APPENDS, WAKES, delivered, APPENDS]);
    expect(next.said.at(-1)).toMatchObject({ type: "deliver.appends", dangling: false });
  });
});

describe("the queue", () => {
  const appends = (device: number, group: number): Message => ({
    type: "deliver.appends",
    device,
    group,
    handle: handleOf(0),
    faults: [fault(device)],
    dangling: false,
  });
  const FETCHES: Message = { type: "deliver.fetches", by: "reader", room: 8 };
  const KEEPS: Message = { type: "deliver.keeps" };
  const held = (events: readonly Message[]) => run<FaultQueueContext>(faultQueue, { queue: 0, hwpts: 1 }, events);
  const both = [appends(0, 5), appends(1, 5)];

  test("keeps groups of two devices apart that have one number", () => {
    const { context } = held([...both, FETCHES, KEEPS]);
    expect(context.arrived).toEqual([{ device: 1, group: 5 }]);
    expect(held([...both, FETCHES, KEEPS, FETCHES, KEEPS]).context).toMatchObject({ arrived: [], outOfOrder: false });
  });

  test("forgets the group that was freed, and not that of another device", () => {
    const { context, said } = held([...both, { type: "group.freed", device: 1, group: 5 }]);
    expect(context.entries.map(({ device }) => device)).toEqual([0]);
    expect(context.lostGroup).toBe(true);
    expect(said).toEqual([{ type: "group.forgets", device: 1, group: 5 }]);
  });

  /** xa_alloc() has no memory for a node. */
  const RUNS_SHORT: Message = { ...FETCHES, memory: "none" };
  const reads = (count: number): readonly Message[] => Array.from({ length: count }, () => [FETCHES, KEEPS]).flat();
  const arrive = (count: number): readonly Message[] => Array.from({ length: count }, (_, k) => appends(0, k));
  const answers = (cookie: number): Message => ({ type: "response.takes", by: "writer", cookie });
  const NO_MEMORY = { outcome: "no-memory", cookie: 0 };

  test.each<[string, readonly Message[], { readonly outcome: string; readonly cookie: number }]>([
    ["needs a node for the first cookie", [...arrive(2), RUNS_SHORT], NO_MEMORY],
    ["keeps the group at the head without one", [...arrive(2), RUNS_SHORT, FETCHES], { outcome: "group", cookie: 1 }],
    [
      "needs none while a node has a free slot",
      [...arrive(2), ...reads(1), RUNS_SHORT],
      { outcome: "group", cookie: 2 },
    ],
    ["needs one again after the last answer", [...arrive(2), ...reads(1), answers(1), RUNS_SHORT], NO_MEMORY],
    [
      "needs none for cookie 0, which is kept in the root",
      [...arrive(2), ...reads(1), answers(0), answers(1), RUNS_SHORT],
      { outcome: "group", cookie: 0 },
    ],
    ["needs none for cookie 63", [...arrive(64), ...reads(62), RUNS_SHORT], { outcome: "group", cookie: 63 }],
    ["needs a second one for cookie 64", [...arrive(64), ...reads(63), RUNS_SHORT], NO_MEMORY],
  ])("%s", (_, events, expected) => {
    expect(held(events).said.at(-1)).toMatchObject({ type: "deliver.fetched", ...expected });
  });
});

describe("a read", () => {
  const rules = { counts: "groups", onCopyFailure: "ends", restoresAt: "head", tooSmall: "einval" };
  const reads: Message = { type: "reader.reads", queue: 0, room: 8 };
  const LOCKS: Message = { type: "reader.locks" };
  const FETCHES: Message = { type: "reader.fetches", ok: false };
  const answer = (outcome: string): Message => ({
    type: "deliver.fetched",
    outcome,
    cookie: 1,
    idev: 0,
    faults: [fault(0)],
  });
  const UNLOCKS: Message = { type: "reader.unlocks" };
  const ended = (events: readonly Message[]) =>
    run(faultReader, { name: "reader", rules }, [reads, LOCKS, ...events, FETCHES, answer("no-memory"), UNLOCKS]).said;

  test("that gets no cookie for its first group returns ENOMEM", () => {
    expect(ended([])).toContainEqual({ type: "deliver.fetches", queue: 0, by: "reader", room: 8, memory: "none" });
    expect(ended([]).at(-1)).toMatchObject({ type: "read.returns", result: -12, groups: [] });
  });

  test("that gets none for a later one returns what it has read", () => {
    const first = [{ type: "reader.fetches" }, answer("group"), { type: "reader.copies" }];
    expect(ended(first).at(-1)).toMatchObject({ type: "read.returns", result: 1 });
  });

  test.each([
    ["einval", -22],
    ["zero", 0],
  ])("whose buffer is too small for the first group returns by its rule: %s", (tooSmall, result) => {
    const events = [reads, LOCKS, FETCHES, answer("too-big"), UNLOCKS];
    const { said } = run(faultReader, { name: "reader", rules: { ...rules, tooSmall } }, events);
    expect(said.at(-1)).toMatchObject({ type: "read.returns", result, groups: [] });
  });
});

test("the end of a fault queue answers unread groups the oldest first, and the end of an attachment the newest first", () => {
  const start = initialSnapshot(faultQueue, { queue: 0 });
  const entries = [0, 1].map((group) => ({ group, device: 0, handle: null, cookie: null, place: "deliver" }));
  const context = { ...(start.context as object), entries };
  const queue = faultQueue.resolveState({ value: start.value as never, context: context as never });
  const answered = (first: string): Json | undefined =>
    step(faultQueue, queue, {
      type: "answers.takes-next",
      handle: null,
      first,
      only: "all",
      lists: "all",
      by: "t",
    })!.emitted.find(({ type }) => type === "answer.taken")!["group"];
  expect([answered("oldest"), answered("newest")]).toEqual([0, 1]);
});
