import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Message } from "../checker/json.ts";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { chart, CHART_COLUMNS } from "./chart.ts";
import { unmapAgainstFault } from "./example.ts";

describe("The chart of a counterexample", () => {
  test("tells who did what to whom, and which values break the sentence", () => {
    expect(chart(unmapAgainstFault)).toMatchInlineSnapshot(`
      "PIN-1: A page a device can still reach is pinned.
      unmap, hardware vtd, design rfc-v2, bounds small, premap=1; 5 steps, no
        shorter path exists

      In short: fault-handler maps (step 3), and then unmapper unpins page 0 (step
        5): this violates PIN-1.

           device            io-page-table
                 fault-handler     unmapper
                       page
           |     |     |     |     |
        1  o....>|     |     |     |  reads page=0; page-request last
        2  |     @---->|     |     |  page-request page=0 last; pin; *pinned:
           |     |     |     |     |    false -> true
        3  |     o---------->|     |  maps page=0; *reachable: false -> true
        4  o....x|     |     |     |  reads page=1; page-request last lost,
           |     |     |     |     |    page-requests is full
        5  |     |     |<----------o  unpins page=0; *pinned: true -> false
        !  |     |     |     |     |  PIN-1 is violated here

      o own event   @ takes from its queue   + called by a component without lane
      --> call   ..> into a queue   ..x lost   * what the property compares
      Shortened, and steps that matter less are folded (...): --steps tells all.

      PIN-1 is violated after step 5: A page a device can still reach is pinned.
        pinned    = false (set at step 5)
        reachable = true (set at step 3)
      "
    `);
  });

  test("gives long names short ids with a legend, and folds what has no lane into words", () => {
    const names = Array.from({ length: 9 }, (_, k) => `page-request-group-slot-${k}`);
    const steps: StepRecord[] = names.slice(1).map((name, k) => ({
      action: { kind: "event", component: name, event: { type: "slot.frees" } },
      transfers: [
        {
          from: name,
          to: names[0]!,
          how: "call",
          message: { type: "freed", by: k },
        },
      ],
      changes:
        k > 5
          ? []
          : [
              {
                component: name,
                before: { state: "busy", context: {} },
                after: { state: "free", context: {} },
              },
            ],
    }));
    const text = chart({ ...unmapAgainstFault, components: names, steps });
    expect(text).toMatchInlineSnapshot(`
      "PIN-1: A page a device can still reach is pinned.
      unmap, hardware vtd, design rfc-v2, bounds small, premap=1; 8 steps, no
        shorter path exists

           prgs1 = page-request-group-slot-1
           prgs2 = page-request-group-slot-2
           prgs3 = page-request-group-slot-3
           prgs4 = page-request-group-slot-4
           prgs5 = page-request-group-slot-5
           prgs6 = page-request-group-slot-6
           prgs7 = page-request-group-slot-7
           prgs8 = page-request-group-slot-8

           prgs1   prgs3   prgs5   prgs7
               prgs2   prgs4   prgs6   prgs8
           |   |   |   |   |   |   |   |
        1  o   |   |   |   |   |   |   |  frees
        2  |   o   |   |   |   |   |   |  frees
        3  |   |   o   |   |   |   |   |  frees
        4  |   |   |   o   |   |   |   |  frees
        5  |   |   |   |   o   |   |   |  frees
        6  |   |   |   |   |   o   |   |  frees
        7  |   |   |   |   |   |   o   |  frees
        8  |   |   |   |   |   |   |   o  frees

      o own event   @ takes from its queue   + called by a component without lane
      --> call   ..> into a queue   ..x lost   * what the property compares
      Shortened, and steps that matter less are folded (...): --steps tells all.

      PIN-1 was not evaluated after step 8: A page a device can still reach is
          pinned.
      "
    `);
  });
});

const own = (component: string, event: Message): StepRecord => ({
  action: { kind: "event", component, event },
  transfers: [],
  changes: [],
});
const withSteps = (components: readonly string[], steps: readonly StepRecord[], more: Partial<TraceRecord> = {}) =>
  chart({ ...unmapAgainstFault, components, steps, ...more });

describe("A message in a channel with several receivers", () => {
  const put = (page: number): StepRecord => ({
    ...own("iommu", { type: "iommu.completes" }),
    transfers: [{ from: "iommu", to: "wire", how: "sent", message: { type: "completion", page } }],
  });
  const take = (page: number): StepRecord => ({
    action: { kind: "deliver", channel: "wire" },
    transfers: [{ from: "wire", to: `entry${page}`, how: "delivered", message: { type: "completion", page } }],
    changes: [{ component: `entry${page}`, before: { state: "a", context: {} }, after: { state: "b", context: {} } }],
  });

  test("points to the one that takes it, and to none while nobody has", () => {
    const text = withSteps(["iommu", "entry0", "entry1"], [put(0), put(1), take(0), take(1), put(0)]);
    expect(text.match(/^ {2}\d .{18}/gm)).toEqual([
      "  1  o......>|       |",
      "  2  o..............>|",
      "  3  |       @       |",
      "  4  |       |       @",
      "  5  o       |       |",
    ]);
    expect(text).toContain("completion page=0 into wire");
  });
});

describe("The end of the chart", () => {
  const steps = unmapAgainstFault.steps;

  test("says of a goal that it can never be reached from here on", () => {
    expect(withSteps(unmapAgainstFault.components, steps, { kind: "canAlways" }).replaceAll(/[|\s]+/g, " ")).toContain(
      "! from here on, what PIN-1 asks for can never be reached",
    );
  });

  test("says of a deadlock that no step is possible", () => {
    const bare = steps.map(({ action, transfers, changes }) => ({ action, transfers, changes }));
    const property = { id: "DEADLOCK", statement: "Some step must always be possible." };
    expect(withSteps(unmapAgainstFault.components, bare, { property })).toContain("no step is possible here");
  });

  test("of a run without an end, tells where its cycle begins, and that it goes on", () => {
    const owed = steps.map((step) => ({ ...step, holds: false }));
    const rounds = (loop: number) =>
      withSteps(unmapAgainstFault.components, owed, { kind: "leadsTo", loop, minimality: "unknown" });
    const text = rounds(3).replaceAll(/[|\s]+/g, " ");
    expect(text).toContain("3 steps, then 2 steps again and again");
    expect(text).toMatch(/ ~ again and again: steps 4 to 5 4 o/);
    expect(text).toContain("! as before step 4: steps 4 to 5 again, and so on for ever");
    expect(text).toContain("PIN-1 is violated by steps 4 to 5 for ever: ");
    const resting = rounds(5).replaceAll(/[|\s]+/g, " ");
    expect(resting).toContain("5 steps, then no step that fairness requires");
    expect(resting).toContain("! from here on fairness requires no step; what PIN-1 promises may never come");
    expect(resting).toContain("PIN-1 is violated after step 5: ");
  });

  test("of a property without values of its own, tells only what changed in the components that it reads", () => {
    const seen = [[], [0]].map((records) => ({ prq: { state: "accepting", capacity: 2, records } }));
    const told = seen.map((values, k) => ({ ...steps[k]!, holds: k === 0, values }));
    const text = withSteps(unmapAgainstFault.components, told);
    expect(text).toContain("  records of prq = [0] (set at step 2)\n");
    expect(text).not.toContain("capacity");
  });
});

test("A trace of forty steps takes less than ninety lines", () => {
  const steps = Array.from({ length: 8 }, () => unmapAgainstFault.steps).flat();
  expect(chart({ ...unmapAgainstFault, steps }).split("\n").length).toBeLessThan(90);
});

const names = fc.string({ maxLength: 30, unit: "grapheme" });
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<never>;
const local = fc.record({ state: names, context: json });
const after = fc.record({ state: names, context: json, says: names }, { requiredKeys: ["state", "context"] });
const says = fc.record({ text: names, by: fc.oneof(names, fc.constant("unpin_user_page()")) });

const traces: fc.Arbitrary<TraceRecord> = fc
  .tuple(
    fc.uniqueArray(names, { minLength: 1, maxLength: 10 }),
    fc.uniqueArray(names, { minLength: 1, maxLength: 3 }),
    fc.boolean(),
  )
  .chain(([components, channels, speaks]) => {
    const component = fc.constantFrom(...components);
    const anyone = fc.constantFrom(...components, ...channels);
    const message = fc.record({ type: names, page: json });
    const step = fc.record(
      {
        action: fc.oneof(
          fc.record({
            kind: fc.constant("event" as const),
            component,
            event: message,
          }),
          fc.record({
            kind: fc.constant("deliver" as const),
            channel: fc.constantFrom(...channels),
          }),
        ),
        transfers: fc.array(
          fc.record({
            from: anyone,
            to: anyone,
            how: fc.constantFrom(
              "call" as const,
              "sent" as const,
              "delivered" as const,
              "lost" as const,
              "ignored" as const,
            ),
            message,
            ...(speaks && { says }),
          }),
          { maxLength: 4 },
        ),
        changes: fc.array(fc.record({ component, before: local, after }), { maxLength: 3 }),
        ...(speaks && { says }),
        holds: fc.boolean(),
        values: fc.dictionary(names, json, { maxKeys: 3 }),
      },
      { requiredKeys: ["action", "transfers", "changes"] },
    );
    const steps = fc.oneof(fc.array(step, { maxLength: 6 }), fc.array(step, { minLength: 14, maxLength: 24 }));
    return fc.record({
      schema: fc.constant("faultline-trace/1" as const),
      model: fc.constant(unmapAgainstFault.model),
      property: fc.constant(unmapAgainstFault.property),
      components: fc.constant(components),
      steps,
      lanes: fc.dictionary(component, names),
      kind: fc.constantFrom("always" as const, "sometimes" as const, "canAlways" as const, "leadsTo" as const),
      minimality: fc.constantFrom("shortest" as const, "one-minimal" as const, "unknown" as const),
      loop: fc.nat(4),
      reads: fc.subarray(components),
    });
  });

describe("Whatever the trace, its chart", () => {
  test("is plain ASCII, no line wider than 78 columns, without blanks at the ends of lines", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        for (const line of chart(trace).split("\n")) {
          expect(line.length).toBeLessThanOrEqual(CHART_COLUMNS);
          expect(line).toMatch(/^[ -~]*$/);
          expect(line).not.toMatch(/ $/);
        }
      }),
    );
  });

  test("numbers every step once, in order, or folds it; never the last one", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const [drawn = ""] = chart(trace).split("\n\no own event");
        const rows = drawn
          .split("\n\n")
          .filter((text, k) => k > 0 && !text.startsWith("In short: "))
          .flatMap((text) => text.split("\n"))
          .flatMap((line) => /^ {0,2}(\d+)(?= |$)|^\.\.\. .*? {2}(\d+) steps\b/.exec(line)?.slice(1) ?? []);
        const numbers: number[] = [];
        const shown: number[] = [];
        for (let k = 0; k < rows.length; k += 2) {
          const [step, folded] = [rows[k], rows[k + 1]];
          if (step !== undefined) shown.push(Number(step));
          const many = step === undefined ? Number(folded) : 1;
          for (let n = 0; n < many; n++) numbers.push((numbers.at(-1) ?? 0) + 1);
          if (step !== undefined) expect(numbers.at(-1)).toBe(Number(step));
        }
        expect(numbers).toEqual(trace.steps.map((_, k) => k + 1));
        expect(shown.at(-1)).toBe(trace.steps.length === 0 ? undefined : trace.steps.length);
      }),
    );
  });
});
