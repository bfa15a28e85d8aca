import { describe, expect, test } from "vitest";
import { exampleRuns, propertyWith, runWith, unmapAgainstFault } from "./example.ts";
import { replayCommand } from "./counterexample.ts";
import { markdownReport } from "./markdown.ts";
import { familyVerdicts, standing } from "./standing.ts";
import { textReport } from "./text.ts";
import { coverage, verdictWords } from "./words.ts";

const telling = { directory: "reports/out", expectKnown: true };

describe("The text report", () => {
  test("says first what is broken and how much was looked at, then the table, then each violation with its replay command", () => {
    const text = textReport(exampleRuns, telling);
    expect(text.slice(0, text.indexOf("VIOLATED PIN-1: "))).toMatchInlineSnapshot(`
      "1 property is VIOLATED: PIN-1; 1 situation was NEVER WITNESSED: UNM-2.
      Incomplete: 2 of 3 configurations searched to the end (25 190 states in all). Largest table: 2 MB.

      SYSTEM  HARDWARE  DESIGN           STATES  TRANSITIONS  DEPTH    TIME  VERDICTS
      unmap   vtd       rfc-v2 premap=1  12 345       67 890     21  1.23 s  VIOLATED PIN-1; known PRQ-1; holds UNM
      unmap   vtd       rfc-v2 premap=1    500+       67 890     21  1.23 s  unknown PIN-2
      unmap   vtd       rfc-v2 premap=1  12 345       67 890     21  1.23 s  NEVER WITNESSED UNM-2

      "
    `);
    expect(text.slice(text.indexOf("PIN-1 is violated after"))).toMatchInlineSnapshot(`
      "PIN-1 is violated after step 5: A page a device can still reach is pinned.
        pinned    = false (set at step 5)
        reachable = true (set at step 3)
        Source: Linux 6.12, drivers/iommu/io-pgfault.c, iommu_report_device_fault().

      Replay: npx faultline replay reports/out/counterexamples/PIN-1-12ac728a.json

      NEVER WITNESSED UNM-2: The claim UNM-2 is made.
        Searched  unmap, hardware vtd, design rfc-v2, bounds small, premap=1.
                  Complete: 12 345 reachable states, 67 890 transitions, depth 21.
        Source    Linux 6.12, drivers/iommu/io-pgfault.c,
                  iommu_report_device_fault().
        Command   npx faultline check unmap --hardware vtd --design rfc-v2 --bounds small --set premap=1 --stop-at never

      Known, unmap vtd rfc-v2 premap=1: PRQ-1 (5 steps): the queue may overflow by design

      PIN-2 is unknown: not seen within the bound (unmap, vtd, rfc-v2)

      Incomplete (max-states 500): unmap, hardware vtd, design rfc-v2, bounds small, premap=1.
      "
    `);
  });

  test("counts states and transitions of the whole graph in the table, and beside them those that were kept", () => {
    const run = runWith([], { states: 100, orbits: 190, transitions: 250, orbitTransitions: 480 });
    const text = textReport([run], telling);
    expect(text).toMatch(
      /^Complete: 190 reachable states \(100 up to symmetry\), 480 transitions \(250 up to symmetry\), depth 21\./,
    );
    expect(text).toMatch(/^unmap .* 190 +480 +21 /m);
  });

  test("says before the table what replaces a chosen value, and how to keep it; of the suite, that it does", () => {
    const replaced = [
      { knob: "pqEntries", from: 4, to: 2, of: "hardware vtd", because: "it is to overflow" },
      { knob: "policy", from: "fits", to: "over", of: "hardware vtd", because: "it is to overflow" },
      { knob: "slots", from: 3, to: 2, of: "--set", because: "there is no room" },
    ];
    const run = { ...runWith([]), replaced };
    const text = textReport([run], { ...telling, expectKnown: false });
    const before = text.slice(0, text.indexOf("SYSTEM ")).split("\n\n")[1]!;
    expect(before.replaceAll("\n", " ")).toBe(
      "unmap replaces values of hardware vtd: pqEntries=2 in place of 4, policy=over in place of fits (it is to overflow). " +
        "To keep the preset: --set pqEntries=4 --set policy=fits. " +
        "unmap uses slots=2 in place of 3, which was set: there is no room.",
    );
    expect(markdownReport([run], { ...telling, expectKnown: false })).toContain(
      "To keep the preset: --set pqEntries=4",
    );
    const suite = textReport([run], telling);
    expect(suite).not.toContain("To keep the preset");
    expect(suite).toContain('Note: unmap: some values of the preset are replaced ("replaced" in run.json says which');
  });

  test("tells at most three violations with their chart, the shortest, and where the charts of the others are", () => {
    const broken = (id: string, steps: number, known?: string) => {
      const trace = {
        ...unmapAgainstFault,
        steps: unmapAgainstFault.steps.slice(-steps),
        property: { id, statement: "" },
      };
      return propertyWith(id, { kind: "violated", trace }, known);
    };
    const run = runWith([
      broken("A-1", 4),
      broken("A-2", 1, "why"),
      broken("A-3", 2),
      broken("A-4", 5),
      broken("A-5", 3),
    ]);
    const text = textReport([run], { ...telling, expectKnown: false });
    expect(text.match(/^Replay: .*counterexamples\/A-\d/gm)?.map((line) => line.slice(-3))).toEqual([
      "A-1",
      "A-3",
      "A-5",
    ]);
    expect(text).toMatch(
      /^VIOLATED A-4 in 5 steps: The claim A-4 is made\.\n.*Chart: reports\/out\/counterexamples\/A-4-\w+\.txt$/m,
    );
    expect(text).toContain("KNOWN A-2 in 1 step: ");
  });

  test("draws a path once, headed by all that it breaks, and says what the signs mean once", () => {
    const trace = (id: string, value: number, steps = unmapAgainstFault.steps) => ({
      ...unmapAgainstFault,
      property: { id, statement: `The claim ${id} is made.` },
      steps: steps.map((step) => ({ ...step, values: { ...step.values, pinned: value } })),
    });
    const run = runWith([
      propertyWith("A-1", { kind: "violated", trace: unmapAgainstFault }),
      propertyWith("A-2", { kind: "violated", trace: trace("A-2", 7) }, "why"),
      propertyWith("A-3", { kind: "violated", trace: trace("A-3", 7, unmapAgainstFault.steps.slice(2)) }),
    ]);
    const text = textReport([run], { ...telling, expectKnown: false });
    expect(text.match(/^ +device +io-page-table$/gm)).toHaveLength(2);
    expect(text.match(/^o own event/gm)).toHaveLength(1);
    expect(text).toMatch(/^VIOLATED PIN-1: .*\nKNOWN A-2: The claim A-2 is made\.\nunmap, hardware vtd/m);
    expect(text).toMatch(/^ {2}! .*PIN-1 and A-2 are violated here$/m);
    expect(text).toContain("A-2 is violated after step 5: The claim A-2 is made.\n  pinned    = 7\n");
    expect(text.match(/^Replay: .*counterexamples\/(PIN-1|A-2|A-3)-/gm)).toHaveLength(3);
    const page = markdownReport([run], { ...telling, expectKnown: false });
    expect(page.match(/^o own event/gm)).toHaveLength(1);
    expect(page.match(/^```text$/gm)).toHaveLength(3);
  });

  test("says once what is to be said of all that a path breaks", () => {
    const broken = (id: string, known: string) =>
      propertyWith(
        id,
        { kind: "violated", trace: { ...unmapAgainstFault, property: { id, statement: "It is." } } },
        known,
      );
    const times = (...reasons: readonly string[]) =>
      textReport([runWith(reasons.map((why, k) => broken(`A-${k + 1}`, why)))], {
        ...telling,
        expectKnown: false,
      }).match(/Expected here: /g)?.length;
    expect([times("why", "why"), times("why", "how")]).toEqual([1, 2]);
  });

  test("tells what is open after a violation in one line, and by families in the table", () => {
    const because = "stopped at the first violation";
    const open = ["PIN-2", "LIV-1", "LIV-2"].map((id) => propertyWith(id, { kind: "unknown", because }));
    const violated = propertyWith("PIN-1", { kind: "violated", trace: unmapAgainstFault });
    const stopped = { complete: false, stoppedBy: because };
    const text = textReport([runWith([violated, ...open], stopped)], telling);
    expect(text).toMatch(/^1 property is VIOLATED: PIN-1\.\nIncomplete \(stopped at the first violation\): 12 345 /);
    expect(text).toContain("  VIOLATED PIN-1; unknown LIV\n");
    expect(text).toContain(
      "\n3 properties of unmap, vtd, rfc-v2 are unknown: stopped at the first violation. With --stop-at never all are decided.\n",
    );
  });

  test("says of a lost witness what was searched, which claims rest on it, and how to see it", () => {
    const leftOut = [{ ids: ["UNM-1"], because: 'UNM-2 ("It unmaps") never occurs', witness: "UNM-2" }];
    const text = textReport([{ ...runWith([propertyWith("UNM-2", { kind: "never-witnessed" })]), leftOut }], telling);
    expect(text).toMatch(/^1 situation was NEVER WITNESSED: UNM-2\.\n/);
    expect(text.slice(text.indexOf("NEVER WITNESSED UNM-2: "))).toMatchInlineSnapshot(`
      "NEVER WITNESSED UNM-2: The claim UNM-2 is made.
        Searched  unmap, hardware vtd, design rfc-v2, bounds small, premap=1.
                  Complete: 12 345 reachable states, 67 890 transitions, depth 21.
        So        these claims are vacuous as long as UNM-2 is not seen: UNM-1.
        Source    Linux 6.12, drivers/iommu/io-pgfault.c,
                  iommu_report_device_fault().
        Command   npx faultline check unmap --hardware vtd --design rfc-v2 --bounds small --set premap=1 --stop-at never

      Not claimed here, unmap vtd rfc-v2 premap=1: UNM-1 (UNM-2 ("It unmaps") never occurs).
      "
    `);
  });

  test("tells the known violations of a run in one line for each reason", () => {
    const violated = { kind: "violated", trace: unmapAgainstFault } as const;
    const run = runWith([
      propertyWith("A-1", violated, "nobody answers"),
      propertyWith("B-1", { kind: "never-witnessed" }, "no such unit"),
      propertyWith("A-2", violated, "nobody answers"),
    ]);
    expect(textReport([run], telling).match(/^Known.*/gm)).toEqual([
      "Known, unmap vtd rfc-v2 premap=1: A-1 (5 steps), A-2 (5 steps): nobody answers",
      "Known, unmap vtd rfc-v2 premap=1: B-1 (never witnessed): no such unit",
    ]);
  });

  test("tells a known violation in full when nothing was said to be expected", () => {
    const strict = textReport(exampleRuns, { ...telling, expectKnown: false });
    expect(strict).toContain("KNOWN PRQ-1: The claim PRQ-1 is made.");
    expect(textReport(exampleRuns, telling)).not.toContain("KNOWN PRQ-1: ");
  });
});

describe("The page of Markdown", () => {
  test("has the same table, charts as code, and every property", () => {
    const page = markdownReport(exampleRuns, telling);
    expect(page.slice(0, page.indexOf("```text\nPIN-1"))).toMatchInlineSnapshot(`
      "# Faultline report

      **1 property is VIOLATED: PIN-1; 1 situation was NEVER WITNESSED: UNM-2.**

      **Incomplete: 2 of 3 configurations searched to the end (25 190 states in all).**

      | system | hardware | design | states | transitions | depth | time | verdicts |
      | --- | --- | --- | --: | --: | --: | --: | --- |
      | unmap | vtd | rfc-v2 premap=1 | 12 345 | 67 890 | 21 | 1.23 s | VIOLATED PIN-1; known PRQ-1; holds UNM |
      | unmap | vtd | rfc-v2 premap=1 | 500+ | 67 890 | 21 | 1.23 s | unknown PIN-2 |
      | unmap | vtd | rfc-v2 premap=1 | 12 345 | 67 890 | 21 | 1.23 s | NEVER WITNESSED UNM-2 |

      ## Violations

      What the signs of the charts mean:

      \`\`\`text
      o own event   @ takes from its queue   + called by a component without lane
      --> call   ..> into a queue   ..x lost   * what the property compares
      Shortened, and steps that matter less are folded (...): --steps tells all.
      \`\`\`

      ### PIN-1: The claim PIN-1 is made.

      unmap, hardware vtd, design rfc-v2, bounds small, premap=1. Complete: 12 345 reachable states, 67 890 transitions, depth 21.

      Source: Linux 6.12, drivers/iommu/io-pgfault.c, iommu_report_device_fault().

      "
    `);
    expect(page).toContain("| PRQ-1 | always | The claim PRQ-1 is made. | violated in 5 steps |");
    expect(page).toMatch(/\(counterexamples\/PIN-1-[0-9a-f]{8}\.json\)/);
  });
});

describe("The replay command", () => {
  test("survives a shell, whatever the directory is called", () => {
    expect(replayCommand("out/", unmapAgainstFault)).toMatch(
      /^npx faultline replay out\/counterexamples\/PIN-1-[0-9a-f]{8}\.json$/,
    );
    expect(replayCommand("my $HOME's", unmapAgainstFault)).toContain("replay 'my $HOME'\\''s/counterexamples/");
  });
});

describe("Verdicts", () => {
  test("only a complete search says holds", () => {
    expect(verdictWords({ kind: "holds" })).toBe("holds");
    expect(verdictWords({ kind: "approximate" })).toBe("no violation found, approximate");
    expect(verdictWords({ kind: "holds-within-bounds", bound: "depth 7" })).toBe("holds within bounds (depth 7)");
    expect(verdictWords({ kind: "no-violation", runs: 1000 })).toBe("no violation in 1 000 random runs");
    expect(
      coverage({
        kind: "random",
        complete: false,
        states: 0,
        transitions: 5000,
        depth: 50,
        seed: 7,
        runs: 100,
      }),
    ).toBe("100 random runs from seed 7: 5 000 steps. A random search proves nothing.");
  });

  test("an approximate search says with every number that it may have missed something", () => {
    const search = { complete: false, states: 500, stoppedBy: "approximate search" };
    const missing = (missed: number) =>
      runWith([propertyWith("UNM-1", { kind: "approximate" })], { ...search, approximate: { bits: 64, missed } });
    expect(textReport([missing(2.7e-4)], telling)).toContain(
      "Incomplete (approximate search): 500 reachable states, 67 890 transitions, depth 21. " +
        "A hash of 64 bits stood for each state; the probability that one was missed is at most 1 in 3 703.",
    );
    expect(textReport([missing(1e-15)], telling)).toContain("at most 1 in 1 000 000 000.");
    expect(textReport([missing(0.27)], telling)).toContain("at most 27 %.");
    expect(familyVerdicts(missing(0))).toBe("no violation found, approximate UNM");
    expect(markdownReport([missing(0)], telling)).toContain("no violation found, approximate");
  });

  test("a violation that was declared is known; one that was declared and does not happen is outdated", () => {
    const violated = { kind: "violated", trace: unmapAgainstFault } as const;
    expect(standing(propertyWith("A-1", violated))).toBe("violated");
    expect(standing(propertyWith("A-1", violated, "why"))).toBe("known");
    expect(standing(propertyWith("A-1", { kind: "holds" }, "why"))).toBe("outdated");
    expect(standing(propertyWith("A-1", { kind: "never-witnessed" }))).toBe("unseen");
  });

  test("a family is told once, by its worst verdict", () => {
    const violated = { kind: "violated", trace: unmapAgainstFault } as const;
    const run = runWith([
      propertyWith("PIN-1", violated, "why"),
      propertyWith("PIN-2", violated),
      propertyWith("PRQ-1", violated, "why"),
      propertyWith("UNM-1", { kind: "holds" }),
      propertyWith("DMA-1", { kind: "witnessed", depth: 2 }),
    ]);
    expect(familyVerdicts(run)).toBe("VIOLATED PIN-2; known PRQ-1; holds UNM DMA");
    const open = runWith([propertyWith("PIN-2", violated), propertyWith("PIN-3", { kind: "unknown", because: "why" })]);
    expect(familyVerdicts(open)).toBe("VIOLATED PIN-2; unknown PIN-3");
  });
});
