/** A trace as a numbered list. */
import { describe, expect, test } from "vitest";
import { chart } from "./chart.ts";
import { unmapAgainstFault } from "./example.ts";
import { traceText } from "./trace-text.ts";

describe("The list of steps", () => {
  test("leaves nothing out", () => {
    expect(traceText(unmapAgainstFault)).toMatchInlineSnapshot(`
      "PIN-1: A page a device can still reach is pinned.
      unmap, hardware vtd, design rfc-v2, bounds small, premap=1; 5 steps, no shorter path exists

      In short: fault-handler maps (step 3), and then unmapper unpins page 0 (step 5): this violates PIN-1.

        1. device: device.reads page=0
             device puts into page-requests: page-request page=0 last=true
             device changes: idle -> waiting
        2. delivery from page-requests
             fault-handler takes from page-requests: page-request page=0 last=true
             fault-handler calls page: page.pin
             fault-handler changes: idle -> pinned; page: null -> 0
             page changes: pins: 0 -> 1
        3. fault-handler: handler.maps
             fault-handler calls io-page-table: map page=0 writable=false
             fault-handler changes: pinned -> mapped
             io-page-table changes: entries: [] -> [0]
        4. device: device.reads page=1
             device loses at page-requests, which is full: page-request page=1 last=true
        5. unmapper: unmap.unpins page=0
             unmapper calls page: page.unpin
             unmapper changes: clearing -> unpinning
             page changes: pins: 1 -> 0
        !  PIN-1 is violated here

      PIN-1 is violated after step 5: A page a device can still reach is pinned.
        pinned    = false (set at step 5)
        reachable = true (set at step 3)
      "
    `);
  });

  test("says of a trace without an evaluation that there is none", () => {
    const steps = unmapAgainstFault.steps.map(({ action, transfers, changes }) => ({ action, transfers, changes }));
    for (const kind of ["always", "sometimes", "canAlways"] as const)
      expect(traceText({ ...unmapAgainstFault, kind, steps })).toContain("PIN-1 was not evaluated after step 5: ");
    expect(traceText({ ...unmapAgainstFault, steps })).toContain("PIN-1 was not evaluated after step 5: ");
  });

  test("calls a trace of a claim that something happens a witness, or none", () => {
    const ending = (holds: boolean) => unmapAgainstFault.steps.map((step) => ({ ...step, holds }));
    for (const [holds, words] of [
      [true, "PIN-1 is witnessed after step 5: "],
      [false, "PIN-1 is not witnessed after step 5: "],
    ] as const)
      for (const text of [traceText, chart]) {
        const told = text({ ...unmapAgainstFault, kind: "sometimes", steps: ending(holds) });
        expect(told).toContain(words);
        expect(told).not.toContain("violated");
      }
    expect(traceText({ ...unmapAgainstFault, kind: "always", steps: ending(true) })).toContain("is not violated after");
  });
});

test("The numbered list of a run without an end says where its cycle begins", () => {
  const text = traceText({ ...unmapAgainstFault, kind: "leadsTo", loop: 4, minimality: "unknown" });
  expect(text).toContain("4 steps, then 1 step again and again");
  expect(text).toMatch(/\n {2}~ {2}again and again: step 5\n {2}5\. /);
  expect(text).toContain("  !  as before step 5: step 5 again, and so on for ever");
});
