/** What only a race of a removal shows, step by step: recordings of one thread at a time cannot have it. */
import { describe, expect, test } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import { READ, type Fault } from "../../../include/iommu.ts";
import type { FaultParamContext, FaultParamRules } from "./fault-groups.ts";
import type { FaultParamEvent } from "./fault-param-messages.ts";
import { queuedFaultParam } from "./fault-param.ts";

const device = 0;
const QUEUE = 5;
const fault = (page: number, last = true): Fault => ({ device, pasid: null, grp: 1, page, perm: READ, last });

type Event = FaultParamEvent extends infer E ? (E extends FaultParamEvent ? Omit<E, "device"> : never) : never;

const gets: Event = { type: "param.gets" };
const adds: Event = { type: "param.adds", queue: QUEUE };
const removes: Event = { type: "param.removes", queue: QUEUE };
const pushes: Event = { type: "partial.pushes", fault: fault(7, false) };
const collects: Event = { type: "group.collects", fault: fault(8), onStack: false };
const aborts: Event = { type: "group.collects", fault: fault(8), onStack: true };
const frees: Event = { type: "group.frees", group: 0 };
const dequeues: Event = { type: "group.dequeues", group: 0 };
const responds: Event = { type: "group.responds", group: 0, code: "success" };
const queues: Event = { type: "work.queues", group: 0 };

/** The events, one after the other; what the last one emitted, and what fault_param holds then. */
function after(events: readonly Event[], rules: Partial<FaultParamRules> = {}) {
  let snapshot: AnyMachineSnapshot = initialSnapshot(queuedFaultParam, { device, queue: QUEUE, rules });
  let emitted: readonly Message[] = [];
  for (const event of events) {
    const outcome = step(queuedFaultParam, snapshot, { ...event, device });
    if (!outcome) throw new Error(`${event.type} cannot happen.`);
    ({ snapshot, emitted } = outcome);
  }
  return { context: snapshot.context as FaultParamContext, types: emitted.map(({ type }) => type), emitted };
}

const NO_DEFECT = { useAfterFree: false, invalidFree: false, lostPartials: false, danglingPartials: false };

describe("a group", () => {
  test("is answered, dequeued and freed without a defect", () => {
    expect(after([gets, collects, dequeues, queues, responds, frees]).context).toMatchObject({
      groups: [],
      ...NO_DEFECT,
    });
  });

  test.each([dequeues, responds, queues])("that removal freed is used after it was freed: $type", (event) => {
    const { context, types } = after([gets, collects, removes, event]);
    expect(context).toMatchObject({ useAfterFree: true, invalidFree: false });
    expect(types).toEqual([]);
  });

  test("that removal freed is freed twice", () => {
    expect(after([gets, collects, removes, frees]).context).toMatchObject({ useAfterFree: true, invalidFree: true });
  });

  test("that is freed while it is linked leaves a list into freed memory", () => {
    expect(after([gets, collects, frees]).context).toMatchObject({ useAfterFree: true, invalidFree: false });
  });

  test.each([dequeues, responds])("that was dequeued outlives fault_param, if that is counted: $type", (event) => {
    expect(after([gets, collects, dequeues, removes, event]).context).toMatchObject(NO_DEFECT);
    expect(after([gets, collects, dequeues, removes, event], { counted: false }).context).toMatchObject({
      useAfterFree: true,
    });
  });

  test("of an older reference is not on the list of the next fault_param", () => {
    const late = after([gets, removes, collects, adds, removes]);
    expect(late.types).toEqual(["param.removed"]);
    expect(late.context).toMatchObject({ groups: [{ id: 0, where: "pending", removed: true }], ...NO_DEFECT });
  });
});

describe("a removal", () => {
  test("frees abort_group while a thread has it on its stack, unless it is not linked", () => {
    expect(after([gets, aborts, removes])).toMatchObject({
      types: ["driver.page-response", "group.freed", "param.removed"],
      context: { invalidFree: true },
    });
    expect(after([gets, aborts, removes], { abortGroup: "unlinked" })).toMatchObject({
      types: ["param.removed"],
      context: { groups: [{ where: "dequeued", onStack: true, removed: true }], ...NO_DEFECT },
    });
  });

  test("leaves a group that is not of a stack linked, whatever the rule of abort_group", () => {
    expect(after([gets, collects], { abortGroup: "unlinked" }).context.groups).toMatchObject([{ where: "pending" }]);
  });

  test.each<[FaultParamRules["removal"], readonly string[], object]>([
    ["answer-and-free", ["driver.page-response", "group.freed", "param.removed"], { where: "freed", members: [] }],
    ["free-only", ["group.freed", "param.removed"], { where: "freed", members: [] }],
    ["answer-only", ["driver.page-response", "param.removed"], { where: "answered", members: [fault(8)] }],
  ])("with the rule %s", (removal, types, group) => {
    const removed = after([gets, collects, removes], { removal });
    expect(removed).toMatchObject({ types, context: { groups: [{ removed: true, ...group }], ...NO_DEFECT } });
  });

  test("frees no stack where it only responds", () => {
    expect(after([gets, aborts, removes], { removal: "answer-only" }).context).toMatchObject({ invalidFree: false });
  });

  test.each<[FaultParamRules["partialsAtRemoval"], object, object]>([
    ["freed", { danglingPartials: true }, { useAfterFree: true, lostPartials: true }],
    ["emptied", {}, { useAfterFree: false, lostPartials: true }],
    ["by-last-put", {}, { useAfterFree: false, lostPartials: false }],
    ["kept", { lostPartials: true }, { useAfterFree: false, lostPartials: true }],
  ])("under a reporter, with partial faults %s", (partialsAtRemoval, removed, late) => {
    const before: readonly Event[] = [gets, pushes, removes];
    expect(after(before, { partialsAtRemoval }).context).toMatchObject({ partial: [], ...NO_DEFECT, ...removed });
    expect(after([...before, pushes], { partialsAtRemoval }).context).toMatchObject({ partial: [], ...late });
  });

  test("without partial faults, or without a reporter, leaves nothing to follow", () => {
    expect(after([gets, removes]).context).toMatchObject(NO_DEFECT);
    expect(after([gets, removes], { partialsAtRemoval: "kept" }).context).toMatchObject(NO_DEFECT);
    expect(after([gets, pushes, { type: "param.puts" }, removes]).context).toMatchObject(NO_DEFECT);
  });

  test("makes a group that is collected later follow freed faults, once", () => {
    expect(after([gets, pushes, removes, collects]).context).toMatchObject({
      useAfterFree: true,
      danglingPartials: false,
      reporter: null,
    });
    expect(after([gets, removes, collects]).context).toMatchObject(NO_DEFECT);
    expect(after([gets, removes, collects], { counted: false }).context).toMatchObject({ useAfterFree: true });
  });

  test("does not clear what went wrong before", () => {
    expect(after([gets, collects, frees, removes]).context).toMatchObject({ useAfterFree: true });
    expect(after([gets, collects, removes, frees, adds, gets, collects]).context).toMatchObject({
      useAfterFree: true,
      invalidFree: true,
    });
  });
});
