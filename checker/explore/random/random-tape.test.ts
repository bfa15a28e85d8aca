import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emit, setup } from "xstate";
import { snapshotText } from "../../kernel/intern.ts";
import { Core } from "../../kernel/core.ts";
import { defineSystem, type System } from "../../system.ts";
import { lockedLimit } from "../../textbook/locked-limit.ts";
import { twoPhaseCommit } from "../../textbook/two-phase-commit.ts";
import { exhaustive } from "../exhaustive.ts";
import { Judge } from "../claims/judge.ts";
import { explain } from "./random-explain.ts";
import { DEFAULT_MAX_LENGTH, drawnTape, tape } from "./random-tape.ts";
import { runTape, subjectOf } from "./random-walk.ts";
import { replay } from "../paths/trace.ts";

const origin = { system: "test", hardware: "none", host: "none", bounds: "test", set: {} };
const racyLimit = lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: false });
const safeLimit = lockedLimit({ pinners: 3, limit: 2, log: 2, atomic: true });

/** The shortest path to a violation of this property. */
function shortest(system: System, id: string) {
  const { verdict } = exhaustive(system, origin).properties.find((property) => property.id === id)!;
  if (verdict.kind !== "violated") throw new Error(`${id} is ${verdict.kind}`);
  return verdict.trace.steps;
}

describe("tapes in property tests", () => {
  test("fast-check shrinks a failing tape, and explain tells it", () => {
    const core = new Core(racyLimit);
    const judge = new Judge(core);
    const details = fc.check(
      fc.property(tape(racyLimit), (entries) => runTape(core, judge, entries).failure === undefined),
      { seed: 1, numRuns: 500 },
    );
    expect(details.failed).toBe(true);
    const [failing] = details.counterexample!;
    expect(subjectOf(runTape(core, judge, failing).failure!)).toBe("LIM-1");
    const drawn = { seed: details.seed, path: details.counterexamplePath!, maxLength: DEFAULT_MAX_LENGTH };
    expect(drawnTape(racyLimit, drawn)).toEqual(failing);
    const trace = explain(racyLimit, origin, { tape: failing, drawn });
    expect(trace.drawn).toEqual(drawn);
    expect(trace.steps.length).toBeLessThanOrEqual(failing.length);
  });

  test("every entry of a drawn tape can be taken", () => {
    const core = new Core(safeLimit);
    const judge = new Judge(core);
    for (const entries of fc.sample(tape(safeLimit), { seed: 1, numRuns: 20 }))
      expect(runTape(core, judge, entries).taken).toEqual(entries);
  });

  test("nothing follows a mistake of the model", () => {
    const lost = setup({ types: { events: {} as { type: "waits" } | { type: "errs" } } }).createMachine({
      id: "lost",
      on: { waits: {}, errs: { actions: emit({ type: "nowhere" }) } },
    });
    const system = defineSystem({
      name: "lost",
      parameters: {},
      components: {
        lost: {
          machine: lost,
          role: "lost",
          events: [{ type: "waits" }, { type: "errs" }],
        },
      },
      routes: [],
      properties: [],
    });
    const errs = system.actions.findIndex((action) => JSON.stringify(action).includes("errs"));
    const tapes = fc.sample(tape(system), { seed: 1, numRuns: 50 }).filter((entries) => entries.includes(errs));
    expect(tapes.length).toBeGreaterThan(10);
    for (const entries of tapes) expect(entries.indexOf(errs)).toBe(entries.length - 1);
  });

  test("tapes of many thousand entries shrink too", () => {
    const core = new Core(racyLimit);
    const judge = new Judge(core);
    const details = fc.check(
      fc.property(
        tape(racyLimit, { maxLength: 50_000 }),
        (entries) => runTape(core, judge, entries).failure === undefined,
      ),
      { seed: 1, numRuns: 20 },
    );
    expect(details.counterexample![0].length).toBeLessThan(12);
  });

  test("a stored tape can be given as an example", () => {
    const stored = shortest(racyLimit, "LIM-1").map(({ action }) =>
      racyLimit.actions.findIndex((other) => JSON.stringify(other) === JSON.stringify(action)),
    );
    const core = new Core(racyLimit);
    const judge = new Judge(core);
    const details = fc.check(
      fc.property(tape(racyLimit), (entries) => runTape(core, judge, entries).failure === undefined),
      { seed: 1, numRuns: 1, examples: [[[...stored, 0, 0, 0]]] },
    );
    expect(details.counterexample).toEqual([stored]);
  });

  test("a tape that fails nothing cannot be explained", () => {
    expect(() => explain(safeLimit, origin, { tape: [0, 1, 2] })).toThrow("nothing fails on it");
  });

  test.each([racyLimit, twoPhaseCommit(4)])(
    "the fast core and XState end every walk in the same state ($name)",
    (system) => {
      const core = new Core(system);
      const judge = new Judge(core);
      fc.assert(
        fc.property(tape(system), (entries) => {
          const { taken } = runTape(core, judge, entries);
          const { final } = replay(
            system,
            taken.map((action) => system.actions[action]!),
          );
          system.componentNames.forEach((name, slot) => {
            const local = core.vector[slot]!;
            expect(snapshotText(core.locals[slot]!.values[local]!)).toBe(snapshotText(final.snapshots.get(name)!));
          });
          system.channelNames.forEach((name) => {
            const slot = core.slotOf(name);
            expect(core.messagesOf(slot, core.vector[slot]!)).toEqual(final.channels.get(name));
          });
        }),
        { seed: 1, numRuns: 30 },
      );
    },
  );
});
