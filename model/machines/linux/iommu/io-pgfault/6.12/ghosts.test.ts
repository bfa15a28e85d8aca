/** The ghost flags of the core: which accesses to freed memory they note, step by step. */
import { describe, expect, test } from "vitest";
import type { AnyStateMachine } from "xstate";
import type { Json, Message } from "../../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import type { Fault } from "../../../include/iommu.ts";
import type { FaultParamContext, FaultParamRules } from "./fault-groups.ts";
import { queuedFaultParam } from "./fault-param.ts";
import { reporter } from "./reporter.ts";
import type { ReporterContext } from "./reporter-messages.ts";

/** Wirings drop them where nobody has the pointer. */
const GHOSTS: readonly string[] = ["handle.freed", "group.freed"];

const after = <Context>(machine: AnyStateMachine, input: Json, events: readonly Message[]): Context => {
  let snapshot = initialSnapshot(machine, input);
  for (const event of events) {
    const outcome = step(machine, snapshot, event);
    if (!outcome && GHOSTS.includes(event.type)) continue;
    if (!outcome) throw new Error(`${machine.id} does not take ${event.type} in state ${String(snapshot.value)}`);
    snapshot = outcome.snapshot;
  }
  return snapshot.context as Context;
};

const device = 0;
const fault = (last: boolean): Fault => ({ device, pasid: 1, grp: 0, page: 0, perm: 1, last });
const group = { device, group: 0 };
const GETS: Message = { type: "param.gets", device };
const PUTS: Message = { type: "param.puts", device };
const REMOVES: Message = { type: "param.removes", device, queue: 0 };
const PUSHES: Message = { type: "partial.pushes", device, fault: fault(false) };
const collects = (onStack = false): Message => ({ type: "group.collects", device, fault: fault(true), onStack });
const RESPONDS: Message = { type: "group.responds", ...group, code: "success" };
const DEQUEUES: Message = { type: "group.dequeues", ...group };
const FREES: Message = { type: "group.frees", ...group };
const QUEUES: Message = { type: "work.queues", ...group };

type Flag = "useAfterFree" | "invalidFree" | "lostPartials";
const pending = [GETS, collects()];
const freed = [...pending, REMOVES];
/** A partial fault is on the list, and a reporter with a reference meets the removal. */
const stale = [GETS, PUSHES, PUTS, GETS, REMOVES];
const uncounted = { counted: false } as const;
const emptied = { partialsAtRemoval: "emptied" } as const;
const byLastPut = { partialsAtRemoval: "by-last-put" } as const;
const kept = { partialsAtRemoval: "kept" } as const;
const unlinked = { abortGroup: "unlinked" } as const;

describe("fault_param", () => {
  test.each<[string, readonly Message[], Partial<FaultParamRules>, readonly Flag[]]>([
    ["notes nothing of a group that is answered and freed", [...pending, DEQUEUES, RESPONDS, FREES], {}, []],
    ["notes a free of a group that is still on its list", [...pending, FREES], {}, ["useAfterFree"]],
    ["notes nothing of a removal alone", freed, {}, []],
    ["notes a response to a group that a removal has freed", [...freed, RESPONDS], {}, ["useAfterFree"]],
    ["notes that such a group is dequeued", [...freed, DEQUEUES], {}, ["useAfterFree"]],
    ["notes that such a group is queued as work", [...freed, QUEUES], {}, ["useAfterFree"]],
    ["notes a second free of such a group", [...freed, FREES], {}, ["useAfterFree", "invalidFree"]],
    ["notes a free of a group that it does not have", [GETS, PUTS, FREES], {}, ["useAfterFree", "invalidFree"]],
    ["keeps a dequeued group alive over a removal", [...pending, DEQUEUES, REMOVES, RESPONDS], {}, []],
    ["and not without a count", [...pending, DEQUEUES, REMOVES, RESPONDS], uncounted, ["useAfterFree"]],
    ["keeps itself alive for a reporter", [GETS, REMOVES, collects()], {}, []],
    ["and not without a count, at a last request", [GETS, REMOVES, collects()], uncounted, ["useAfterFree"]],
    ["notes that a removal frees a group on a stack (D6)", [GETS, collects(true), REMOVES], {}, ["invalidFree"]],
    ["which is not on its list in another kernel", [GETS, collects(true), REMOVES], unlinked, []],
    ["notes that a last request follows freed partial faults (D19)", [...stale, collects()], {}, ["useAfterFree"]],
    ["which a kernel that empties the list does not", [...stale, collects()], emptied, []],
    ["nor does the next reporter, after the reference is put", [...stale, PUTS], {}, []],
    [
      "notes a partial fault added to freed ones, which leaks",
      [...stale, PUSHES],
      {},
      ["useAfterFree", "lostPartials"],
    ],
    ["which leaks only, if the list is emptied", [...stale, PUSHES], emptied, ["lostPartials"]],
    ["and is freed, if the last put frees the list", [...stale, PUSHES], byLastPut, []],
    [
      "and is a use of a freed fault_param without a count",
      [GETS, REMOVES, PUSHES],
      uncounted,
      ["useAfterFree", "lostPartials"],
    ],
    ["notes nothing of partial faults that a removal frees", [GETS, PUSHES, PUTS, REMOVES], {}, []],
    ["notes partial faults that a removal keeps (B-34)", [GETS, PUSHES, PUTS, REMOVES], kept, ["lostPartials"]],
  ])("%s", (_, events, rules, flags) => {
    const context = after<FaultParamContext>(queuedFaultParam, { device, rules }, events);
    const noted = (["useAfterFree", "invalidFree", "lostPartials"] as const).filter((flag) => context[flag]);
    expect(noted).toEqual(flags);
  });

  test("forgets no use after free", () => {
    const events = [...stale, collects(), DEQUEUES, RESPONDS, FREES];
    expect(after<FaultParamContext>(queuedFaultParam, { device }, events).useAfterFree).toBe(true);
  });
});

describe("the reporter", () => {
  const domain = { handler: "test", nested: false };
  const handle = { iommuGroup: 0, pasid: 1, domain };
  const built: readonly Message[] = [
    { type: "driver.reports-fault", fault: fault(true) },
    { type: "reporter.finds-handler" },
    { type: "handle.found", device, handle },
    { type: "reporter.takes-reference" },
    { type: "param.got", device, found: true },
    { type: "reporter.allocates", ok: true },
    { type: "reporter.collects-group" },
    { type: "group.built", ...group, members: [fault(true)] },
  ];
  const CALLS: Message = { type: "reporter.calls-handler" };

  test.each<[string, readonly Message[], boolean]>([
    ["uses what it has", [], false],
    ["uses a freed attach handle (B7)", [{ type: "handle.freed", handle }], true],
    ["does not use the handle of another PASID", [{ type: "handle.freed", handle: { ...handle, pasid: 2 } }], false],
    ["uses a freed group (D6)", [{ type: "group.freed", ...group }], true],
    ["does not use another group", [{ type: "group.freed", device, group: 1 }], false],
  ])("%s when it calls the handler", (_, between, expected) => {
    expect(after<ReporterContext>(reporter, null, [...built, ...between, CALLS]).useAfterFree).toBe(expected);
  });
});
