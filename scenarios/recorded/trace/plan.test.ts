import { describe, expect, test } from "vitest";
import { linearization } from "../../../checker/explore/observed/linearization.ts";
import { withQueues } from "./before-trace.ts";
import { madeTrace, type MadeTrace } from "./made-trace.ts";
import { planOf } from "./plan.ts";
import { PlanMachine } from "./plan-machine.ts";
import { depends, type TraceOperation } from "./plan-operations.ts";
import { readTrace } from "./read-trace.ts";
import { sortLines } from "./trace-lines.ts";
import { traceSystem } from "./trace-system.ts";

const made = (trace: Omit<MadeTrace, "faults">): string => madeTrace({ faults: 60, ...trace });

function plan(text: string) {
  const sorted = sortLines(readTrace("made", text, /^6\.12/).events, []);
  const size = { slots: 4, devices: 2, queues: 6 };
  const system = traceSystem(size);
  const devices = ["iommufd_mock0", "iommufd_mock1"];
  return planOf(sorted, system, size, devices)(withQueues(system, size));
}

describe("a plan", () => {
  test.each([1, 2, 3])("is complete for a trace that the machines made (seed %i)", (seed) => {
    expect(plan(made({ seed, threads: 4, devices: 2, queues: 2 })).isComplete).toBe(true);
  });

  test("names the queue of each read that returns records", () => {
    const text = made({ seed: 1, threads: 4, devices: 2, queues: 2 });
    const { queues } = plan(text);
    expect(new Set(queues.values()).size).toBe(2);
    const { lines } = sortLines(readTrace("made", text, /^6\.12/).events, []);
    const full = lines.filter(({ word, event }) => word === "fops_read_ret" && Number(event.fields["ret"]) > 0).length;
    expect([...queues.keys()].filter((call) => lines[call]!.word === "fops_read")).toHaveLength(full);
  });

  test("is not, where a cookie is used that no read can have given out", () => {
    const text = made({ seed: 1, threads: 1, devices: 1, queues: 1 });
    const wrong = text.replace(/(group_response: .*cookie=)[1-9]\d*/, "$199");
    expect(wrong).not.toBe(text);
    expect({ right: plan(text).isComplete, wrong: plan(wrong).isComplete }).toEqual({ right: true, wrong: false });
  });
});

describe("a read of a fault queue", () => {
  const place = { lane: "a", next: undefined, call: 0 };
  const reads = { ...place, kind: "reads", records: 1, room: 1, opens: 0, closes: 4 } as const;
  const looksUp = (opens: number): TraceOperation => {
    const window = { lane: "b", next: undefined, opens, closes: 9 };
    const appends = { ...window, device: "d", from: "d", key: "", records: 1, cookies: undefined };
    return { ...place, ...window, opens: 1, kind: "looks-up", device: "d", pasid: null, appends };
  };

  test("may come after the look-up of a group that is appended meanwhile, and of no later one", () => {
    expect([2, 5].map((opens) => depends(reads, looksUp(opens)))).toEqual([true, false]);
  });
});

describe("an automatic answer that finds no group", () => {
  const [reports, replaces] = [
    { lane: "a", next: undefined, call: 0 },
    { lane: "b", next: undefined, call: 0 },
  ];
  const device = "iommufd_mock0";
  const looksUp = (opens: number, appends?: { readonly opens: number; readonly closes: number }): TraceOperation => {
    const looked = {
      ...reports,
      kind: "looks-up",
      device,
      pasid: null,
      finds: true,
      opens,
      closes: opens + 4,
    } as const;
    const group = { lane: "a", next: undefined, device, from: device, key: "", records: 1, cookies: undefined };
    return appends ? { ...looked, appends: { ...group, ...appends } } : looked;
  };
  const stuck = (later: readonly TraceOperation[], isCut = false) => {
    const operations: readonly TraceOperation[] = [
      { ...replaces, kind: "stores", device, to: "queue", opens: 0, closes: 1 },
      looksUp(2, { opens: 4, closes: 6 }),
      ...later,
      { ...replaces, kind: "stores", device, to: "no-queue", opens: 3, closes: 20 },
      { ...replaces, kind: "answers", answers: [], isCut, opens: 3, closes: 21 },
      { ...replaces, kind: "ends", opens: 3, closes: 22 },
    ];
    const size = { slots: 2, devices: 1, queues: 2 };
    const system = traceSystem(size);
    const machine = new PlanMachine(system, size, [device], operations);
    return linearization(operations, machine, machine.initial(withQueues(system, size))).stuck?.kind;
  };

  test("may come before the group is appended", () => {
    expect(stuck([])).toBeUndefined();
  });

  test("may not, where the thread that appended it has found the old handle again", () => {
    expect(stuck([looksUp(7)])).toBe("answers");
  });

  test("may leave the group, where the trace ends before the next line of its thread", () => {
    expect(stuck([looksUp(7)], true)).toBeUndefined();
  });
});
