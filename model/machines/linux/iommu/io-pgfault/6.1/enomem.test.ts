/**
 * Reports of Linux 6.1.192 without memory, by the source: a partial fault is dropped; without the copy of the last fault
 * iommu_report_device_fault() (drivers/iommu/iommu.c) returns before the handler, so the partial faults stay; without an iopf_group
 * iommu_queue_iopf() (drivers/iommu/io-pgfault.c) frees those of the same index, whatever their PASID, and no others.
 */
import { describe, expect, test } from "vitest";
import { emit, setup } from "xstate";
import type { Message } from "../../../../../../checker/json.ts";
import { initialState, take, type GlobalState } from "../../../../../../checker/simulation.ts";
import { call, defineSystem, type System } from "../../../../../../checker/system.ts";
import { ENOMEM, OK, type Fault } from "../../../include/iommu.ts";
import { outside } from "../outside.ts";
import type { DeviceFaultDataContext } from "./device-fault-data-messages.ts";
import { deviceFaultData } from "./device-fault-data.ts";
import type { QueueContext } from "./iopf-queue-messages.ts";
import { iopfQueue } from "./iopf-queue.ts";
import { queueIopf, queueIopfSteps } from "./queue-iopf.ts";
import { reporter, reporterSteps } from "./reporter.ts";

/** A report, and which of its allocations fails; 0: none. */
interface Report {
  readonly grp: number;
  readonly pasid: number;
  readonly last: boolean;
  readonly fails: number;
}
const REPORTS: readonly Report[] = [0, 1].flatMap((grp) => [
  ...[1, 2].flatMap((pasid) => [0, 1].map((fails) => ({ grp, pasid, last: false, fails }))),
  ...[0, 1, 2].map((fails) => ({ grp, pasid: 1, last: true, fails })),
]);
const DEPTH = 3;

/** Pages, which number the reports. */
interface Outcome {
  readonly results: readonly number[];
  readonly partial: readonly number[];
  readonly pending: readonly number[];
  readonly groups: readonly (readonly number[])[];
}

/** Frees all partial faults in place of those of one index. */
const purgesAll = setup({
  types: {
    events: {} as { type: "partials.purge" },
    emitted: {} as { type: "partials.discard"; device: number },
  },
}).createMachine({
  id: "purges-all",
  on: { "partials.purge": { actions: emit({ type: "partials.discard", device: 0 }) } },
});

function systemOf(purge: "data" | "outside" | "purges-all"): System {
  return defineSystem({
    name: "enomem-6.1",
    parameters: {},
    components: {
      reporter: { machine: reporter, role: "reporter" },
      "queue-iopf": { machine: queueIopf, role: "queue-iopf" },
      data: { machine: deviceFaultData, role: "data", input: { device: 0 } },
      queue: { machine: iopfQueue, role: "queue", input: { queue: 0 } },
      "purges-all": { machine: purgesAll, role: "purges-all" },
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      call("reporter", ["device.locks", "pending.appends", "pending.unlinks"], "data", "block"),
      call("reporter", ["device.unlocks", "pending.stays"], "data"),
      call("reporter", ["handler.called"], "queue-iopf"),
      call("reporter", ["reported", "allocation.fails"], "outside"),
      call("queue-iopf", ["queue.reads", "partial.pushes", "group.collects"], "data"),
      call("queue-iopf", ["partials.purge"], purge),
      call("purges-all", ["partials.discard"], "data"),
      call("queue-iopf", ["handler.returns"], "reporter"),
      call("queue-iopf", ["allocation.fails"], "outside"),
      call("data", ["device.locked"], "reporter"),
      call("data", ["queue.read"], "queue-iopf"),
      call("data", ["param.added", "work.queued"], "queue"),
      call("data", ["handler.changed"], "outside"),
      call("queue", ["param.adds"], "data"),
      call("queue", ["queue.returns"], "outside"),
    ],
    properties: [],
    prologue: [
      { kind: "event", component: "queue", event: { type: "queue.adds", device: 0 } },
      {
        kind: "event",
        component: "data",
        event: { type: "handler.registers", device: 0, handler: "iommu_queue_iopf" },
      },
    ],
  });
}

/** One report from its first step to its last, and what it returns. */
function report(system: System, before: GlobalState, { fails, ...rest }: Report, page: number): [GlobalState, number] {
  let state = before;
  let allocations = 0;
  let result: number | undefined;
  const does = (component: string, event: Message): boolean => {
    const taken = take(system, state, { kind: "event", component, event });
    if (!taken.taken) return false;
    state = taken.state;
    if ("ok" in event) allocations += 1;
    for (const { message } of taken.transfers) if (message.type === "reported") result = Number(message["result"]);
    return true;
  };
  const goesOn = (component: string, steps: readonly Message[]): boolean =>
    steps.some((step) => (!("ok" in step) || step["ok"] === (allocations + 1 !== fails)) && does(component, step));
  const fault: Fault = { device: 0, page, perm: 1, ...rest };
  does("reporter", { type: "driver.reports-fault", fault });
  while (goesOn("reporter", reporterSteps("may-fail")) || goesOn("queue-iopf", queueIopfSteps("may-fail")));
  return [state, result!];
}

function seen(state: GlobalState, results: readonly number[]): Outcome {
  const data = state.snapshots.get("data")!.context as DeviceFaultDataContext;
  const { queued } = state.snapshots.get("queue")!.context as QueueContext;
  return {
    results,
    partial: data.partial.map(({ page }) => page),
    pending: data.pending.map(({ fault }) => fault.page),
    groups: queued.map(({ members }) => members.map(({ page }) => page)),
  };
}

/** What the source makes of one more report; `reports` are those before. */
function after(before: Outcome, reports: readonly Report[], { grp, last, fails }: Report): Outcome {
  const page = reports.length;
  const results = [...before.results, fails > 0 ? ENOMEM : OK];
  if (!last) return { ...before, results, partial: fails > 0 ? before.partial : [...before.partial, page] };
  if (fails === 1) return { ...before, results };
  const joined = before.partial.filter((one) => reports[one]!.grp === grp);
  const partial = before.partial.filter((one) => reports[one]!.grp !== grp);
  if (fails === 2) return { ...before, results, partial };
  const groups = [...before.groups, [...joined, page]];
  return { results, partial, pending: [...before.pending, page], groups };
}

/** Sequences of reports whose outcome is another than that of the source. */
function differing(purge: "data" | "outside" | "purges-all", depth = DEPTH): { compared: number; differ: number } {
  const system = systemOf(purge);
  const count = { compared: 0, differ: 0 };
  const walk = (state: GlobalState, reports: readonly Report[], expected: Outcome): void => {
    if (reports.length === depth) return;
    for (const next of REPORTS) {
      const [then, result] = report(system, state, next, reports.length);
      const wanted = after(expected, reports, next);
      const got = seen(then, [...expected.results, result]);
      count.compared += 1;
      if (JSON.stringify(got) === JSON.stringify(wanted)) walk(then, [...reports, next], wanted);
      else count.differ += 1;
    }
  };
  walk(initialState(system), [], { results: [], partial: [], pending: [], groups: [] });
  return count;
}

describe("reports without memory, Linux 6.1", () => {
  test("each sequence of three reports leaves the partial, pending and queued faults that the source leaves", () => {
    expect(differing("data")).toEqual({ compared: 14 + 14 ** 2 + 14 ** 3, differ: 0 });
  });

  test("partial faults that stay without memory for their group are seen (canary)", () => {
    expect(differing("outside", 2).differ).toBeGreaterThan(0);
  });

  test("partial faults of another index that go with them are seen (canary)", () => {
    expect(differing("purges-all", 2).differ).toBeGreaterThan(0);
  });
});
