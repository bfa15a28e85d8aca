/** Which steps of a chart are told one by one, and what is said of the others. */
import { describe, expect, test } from "vitest";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { chart } from "./chart.ts";
import { rowsOf, type Row } from "./matters.ts";
import { becomes, messageOf, said, stepOf, takenFrom, unpinBeforeWait } from "./spoken-example.ts";

const names = ["device", "handler", "page", "lock", "clock"];
const traceOf = (steps: readonly StepRecord[], more: Partial<TraceRecord> = {}): TraceRecord => ({
  ...unpinBeforeWait,
  components: names,
  reads: ["page"],
  lanes: {},
  steps,
  ...more,
});
const told = (row: Row): string => ("step" in row ? String(row.step + 1) : `${row.from + 1}-${row.to + 1}`);
const rows = (trace: TraceRecord): string => rowsOf([trace]).map(told).join(" ");

/** So many steps of somebody who has nothing to do with it. */
const ticks = (count: number): readonly StepRecord[] =>
  Array.from({ length: count }, (_, k) => stepOf("clock", "clock.ticks", said(`ticks ${k + 1}`, "tick_handle()")));
const pins = stepOf("handler", "handler.pins", {
  ...said("pins page 0", "vfio_pin_page_external()"),
  transfers: [messageOf("handler", "call", "page", "page.pins")],
});
const thinks = stepOf("handler", "handler.thinks", said("thinks"));

describe("A step matters", () => {
  test("if it acts on what the property reads; runs of three others are folded, of two not", () => {
    expect(rows(traceOf([...ticks(11), pins, ...ticks(2), pins, ...ticks(3), pins]))).toBe("1-11 12 13 14 15 16-18 19");
  });

  test("if it puts a message into what the property reads, or takes one from it, or changes it", () => {
    const sends = stepOf("device", "device.asks", { transfers: [messageOf("device", "sent", "requests", "request")] });
    const takes = takenFrom("requests", "handler", "request");
    const changes = stepOf("lock", "lock.turns", { changes: [becomes("page", "pinned", "free")] });
    for (const step of [sends, takes, changes])
      expect(rows(traceOf([...ticks(9), step, ...ticks(9), pins], { reads: ["requests", "page"] }))).toBe(
        "1-9 10 11-19 20",
      );
  });

  test("if it changes a value that the property compares, whoever takes it", () => {
    const turns = stepOf("lock", "lock.turns");
    const steps = [...ticks(7), turns, ...ticks(12), pins].map((step, k) => ({
      ...step,
      values: { time: k < 7 ? 0 : 1 },
    }));
    expect(rows(traceOf(steps))).toBe("1-7 8 9-20 21");
  });

  test("if it is the last one, whatever it does", () => {
    expect(rows(traceOf([pins, ...ticks(13), stepOf("device", "device.stops")]))).toBe("1 2-14 15");
  });

  test("if whoever takes one that matters takes it before, or sent what one that matters takes", () => {
    const sends = stepOf("device", "device.asks", { transfers: [messageOf("device", "sent", "wire", "request")] });
    const takes = takenFrom("wire", "handler", "request", {
      transfers: [messageOf("handler", "call", "page", "pins")],
    });
    const steps = [sends, ...ticks(5), thinks, ...ticks(5), takes];
    expect(rows(traceOf(steps))).toBe("1 2-6 7 8-12 13");
  });

  test("less if its causes would make the chart long", () => {
    const busy = Array.from({ length: 20 }, () => thinks);
    expect(rows(traceOf([...busy, pins]))).toBe("1-20 21");
  });

  test("where a run gets stuck, if it brought somebody into the state that it is left in", () => {
    const waits = stepOf("device", "device.waits", { changes: [becomes("device", "idle", "waiting")] });
    const returns = [
      stepOf("clock", "clock.sleeps", { changes: [becomes("clock", "awake", "asleep")] }),
      stepOf("clock", "clock.wakes", { changes: [becomes("clock", "asleep", "awake")] }),
    ];
    const steps = [...ticks(4), waits, ...returns, ...ticks(8), pins];
    const stuck = { property: { id: "DEADLOCK", statement: "Some step must always be possible." }, reads: [] };
    expect(rows(traceOf(steps, stuck))).toBe("1-4 5 6-15 16");
    expect(rows(traceOf(steps, { kind: "canAlways" }))).toBe("1-4 5 6-15 16");
    expect(rows(traceOf(steps, { kind: "always" }))).toBe("1-15 16");
  });
});

test("A path of a dozen steps is told whole", () => {
  expect(rows(traceOf([...ticks(11), pins]))).toBe("1 2 3 4 5 6 7 8 9 10 11 12");
});

test("A fold ends where a cycle begins, and the steps of the cycle that matter are told", () => {
  const steps = [...ticks(9), ...ticks(4), pins, ...ticks(3), pins];
  expect(rows(traceOf(steps, { kind: "leadsTo", loop: 9 }))).toBe("1-9 10-13 14 15-17 18");
});

test("In a long chart, steps that are the same as others before are folded, outside of a cycle", () => {
  const round = Array.from({ length: 8 }, (_, k) => ({
    ...pins,
    action: { kind: "event", component: "handler", event: { type: "handler.pins", page: k } } as const,
  }));
  const steps = [...round, ...ticks(1), ...round, ...round, ...round, pins];
  expect(rows(traceOf(steps))).toBe("1 2 3 4 5 6 7 8 9 10-17 18-25 26-33 34");
  expect(rows(traceOf(steps, { kind: "leadsTo", loop: 25 }))).toMatch(/^1 .* 10-17 18-25 26 27 .* 34$/);
  expect(rows(traceOf([...round, ...round, pins]))).not.toContain("-");
  const same = expect.stringMatching(/ 8 steps, the same as steps 1 to 8$/) as string;
  expect(chart(traceOf(steps)).match(/^\.\.\. .*/gm)).toEqual([same, same, same]);
});

test("One chart of several claims tells what matters for any of them", () => {
  const steps = [...ticks(9), pins, ...ticks(9), stepOf("device", "device.stops")];
  const [one, other] = [traceOf(steps, { reads: ["lock"] }), traceOf(steps)];
  expect(rowsOf([one]).map(told).join(" ")).toBe("1-19 20");
  expect(rowsOf([one, other]).map(told).join(" ")).toBe("1-9 10 11-19 20");
});

test("A line stands for folded steps, with the first and the last of them, and where the same is told", () => {
  const again = [
    stepOf("device", "device.asks", said("requests page 0")),
    stepOf("clock", "clock.ticks", said("ticks", "tick_handle()")),
    stepOf("device", "device.waits", said("waits")),
  ];
  const lock = stepOf("lock", "lock.turns", { transfers: [messageOf("lock", "call", "page", "page.turns")] });
  const steps = [...again, pins, ...ticks(6), lock, ...again, pins];
  const text = chart(traceOf(steps, { lanes: { clock: "the timer" } }));
  expect(text.slice(text.indexOf("     handler"), text.indexOf("\no own event"))).toMatchInlineSnapshot(`
    "     handler lock
         |       |
    ...  |       |  3 steps: device requests page 0; ...; device waits
      4  o       |  vfio_pin_page_external(): pins page 0
    ...  |       |  6 steps: tick_handle() ticks 1; ...; tick_handle() ticks 6
     11  |       o  turns
    ...  |       |  3 steps, the same as steps 1 to 3
     15  o       |  vfio_pin_page_external(): pins page 0
    "
  `);
});
