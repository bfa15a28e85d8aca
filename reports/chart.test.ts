import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { chart, CHART_COLUMNS } from "./chart.ts";
import { unmapAgainstFault } from "./example.ts";

const { model, property } = unmapAgainstFault;

describe("The chart of a counterexample", () => {
  test("tells who did what to whom, and which values break the sentence", () => {
    expect(chart(unmapAgainstFault)).toMatchInlineSnapshot(`
      "PIN-1: A page a device can still reach is pinned.
      unmap, hardware vtd, host rfc-v2, bounds small, premap=1; 5 steps, no
        shorter path exists

            device        fault-handler page          io-page-table unmapper
            |             |             |             |             |
        1   o device.reads page=0       |             |             |
            | page-request page=0 last=true into page-requests      |
            |- - - - - ->[|             |             |             |
            * idle -> waiting           |             |             |
            |             |             |             |             |
        2   |           [>| page-request page=0 last=true from page-requests
            |             | page.pin    |             |             |
            |             |------------>|             |             |
            |             * idle -> pinned; page: null -> 0         |
            |             |             * pins: 0 -> 1|             |
            |             |             |             |             |
        3   |             o handler.maps|             |             |
            |             | map page=0 writable=false |             |
            |             |-------------------------->|             |
            |             * pinned -> mapped          |             |
            |             |             |             * entries: [] -> [0]
            |             |             |             |             |
        4   o device.reads page=1       |             |             |
            | page-request page=1 last=true lost, page-requests is full
            |- - - - - - x|             |             |             |
            |             |             |             |             |
        5   |             |             |       unmap.unpins page=0 o
            |             |             |<------------ page.unpin --|
            |             |             |     clearing -> unpinning *
            |             |             * pins: 1 -> 0|             |
        !   | PIN-1 is violated here    |             |             |

      o event  --> call  - ->[ put into a queue  [> taken from it  x lost  * change

      PIN-1 is violated after step 5: A page a device can still reach is pinned.
        pinned    = false (since step 5)
        reachable = true (since step 3)
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
      unmap, hardware vtd, host rfc-v2, bounds small, premap=1; 8 steps, no
        shorter path exists

      prgs0=page-request-group-slot-0, prgs1=page-request-group-slot-1,
      prgs2=page-request-group-slot-2, prgs3=page-request-group-slot-3,
      prgs4=page-request-group-slot-4, prgs5=page-request-group-slot-5

            prgs0       prgs1       prgs2       prgs3       prgs4       prgs5
            |           |           |           |           |           |
        1   |           o slot.frees|           |           |           |
            | freed by=0|           |           |           |           |
            |<----------|           |           |           |           |
            |           * busy -> free          |           |           |
            |           |           |           |           |           |
        2   |           |           o slot.frees|           |           |
            |<-------- freed by=1 --|           |           |           |
            |           |           * busy -> free          |           |
            |           |           |           |           |           |
        3   |           |           |           o slot.frees|           |
            |<-------------------- freed by=2 --|           |           |
            |           |           |           * busy -> free          |
            |           |           |           |           |           |
        4   |           |           |           |           o slot.frees|
            |<-------------------------------- freed by=3 --|           |
            |           |           |           |           * busy -> free
            |           |           |           |           |           |
        5   |           |           |           |           |           o slot.frees
            |<-------------------------------------------- freed by=4 --|
            |           |           |           |          busy -> free *
            |           |           |           |           |           |
        6   | (page-request-group-slot-6: slot.frees)       |           |
            < freed by=5 by page-request-group-slot-6       |           |
            | (page-request-group-slot-6: busy -> free)     |           |
            |           |           |           |           |           |
        7   | (page-request-group-slot-7: slot.frees)       |           |
            < freed by=6 by page-request-group-slot-7       |           |
            |           |           |           |           |           |
        8   | (page-request-group-slot-8: slot.frees)       |           |
            < freed by=7 by page-request-group-slot-8       |           |

      o event  --> call  - ->[ put into a queue  [> taken from it  x lost  * change

      PIN-1 is witnessed after step 8: A page a device can still reach is pinned.
      "
    `);
  });
});

const names = fc.string({ maxLength: 30, unit: "grapheme" });
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<never>;
const local = fc.record({ state: names, context: json });

const traces: fc.Arbitrary<TraceRecord> = fc
  .tuple(fc.uniqueArray(names, { minLength: 1, maxLength: 10 }), fc.uniqueArray(names, { minLength: 1, maxLength: 3 }))
  .chain(([components, channels]) => {
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
          }),
          { maxLength: 4 },
        ),
        changes: fc.array(fc.record({ component, before: local, after: local }), { maxLength: 3 }),
        holds: fc.boolean(),
        values: fc.dictionary(names, json, { maxKeys: 3 }),
      },
      { requiredKeys: ["action", "transfers", "changes"] },
    );
    return fc.record({
      schema: fc.constant("faultline-trace/1" as const),
      model: fc.constant(model),
      property: fc.constant(property),
      components: fc.constant(components),
      steps: fc.array(step, { maxLength: 6 }),
      minimality: fc.constantFrom("shortest" as const, "one-minimal" as const, "unknown" as const),
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

  test("numbers every step once, in order", () => {
    fc.assert(
      fc.property(traces, (trace) => {
        const numbers = chart(trace)
          .split("\n")
          .flatMap((line) => /^ {0,2}(\d+)(?= |$)/.exec(line)?.slice(1) ?? [])
          .map(Number);
        expect(numbers).toEqual(trace.steps.map((_, k) => k + 1));
      }),
    );
  });
});
