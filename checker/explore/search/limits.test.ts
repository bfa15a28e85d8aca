import { describe, expect, test } from "vitest";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../textbook/page-fault-protocol.ts";
import { exhaustive } from "../exhaustive.ts";
import { boundReached } from "./limits.ts";
import { Memory } from "./memory.ts";
import { searched } from "../../textbook/searched.ts";

describe("a bound that is reached", () => {
  const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
  const origin = { system: "", hardware: "", host: "", bounds: "", set: {} };

  test.each([
    ["states", { maxStates: 100 }, "max-states 100"],
    ["more states", { maxStates: 500 }, "max-states 500"],
    ["memory", { maxBytes: 400_000 }, "max-memory 400 kB"],
  ])("of %s is never `holds`", (_, limits, bound) => {
    const run = exhaustive(system, origin, { symmetry: false, ...limits });
    expect(run.search).toMatchObject({ complete: false, stoppedBy: bound });
    const verdicts = Object.fromEntries(run.properties.map(({ id, verdict }) => [id, verdict.kind]));
    const seen = run.properties.find(({ id }) => id === "PFP-1")!.witness!;
    expect(verdicts).toMatchObject({
      "PFP-1": verdicts[seen] === "witnessed" ? "holds-within-bounds" : "unknown",
      DEADLOCK: "holds-within-bounds",
    });
  });

  test("of memory counts what is remembered of machines, channels and claims beside the states", () => {
    const { bytes, store, core, judge } = searched(system, { keepGraph: true });
    expect(core.bytes).toBeGreaterThan(100_000);
    expect(judge.bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeGreaterThan(store.bytes + core.bytes + judge.bytes);
  });

  test("of memory counts nothing of the module before the module runs", () => {
    const search = searched(system, { keepGraph: true });
    expect(search.isInModule).toBe(false);
    expect(search.bytes).toBe(new Memory().of(search));
  });

  test.each([
    [2_000_000, "2 MB"],
    [500_000_000, "500 MB"],
    [2_300_000_000, "2.3 GB"],
    [1.5 * 2 ** 30, "1.5 GiB"],
    [2 ** 21, "2 MiB"],
    [4_123_456_789, "4.1 GB"],
    [1_234_567, "1.2 MB"],
  ])("of %i bytes is told as %s", (maxBytes, words) => {
    const reached = boundReached({ maxBytes }, { states: 1, waiting: 1, bytes: maxBytes });
    expect(reached).toBe(`max-memory ${words}`);
  });

  test("exactly at the number of states is no bound", () => {
    const states = PROTOCOL_SIZES.XS.states;
    const isComplete = (maxStates: number) =>
      exhaustive(system, origin, { symmetry: false, maxStates }).search.complete;
    expect(isComplete(states + 1)).toBe(true);
    expect(isComplete(states - 1)).toBe(false);
  });

  test("the first violation ends the search on demand", () => {
    const broken = pageFaultProtocol(PROTOCOL_SIZES.M.size, { seeded: true });
    expect(searched(broken, { stopAt: "first" })).toMatchObject({
      complete: false,
      stoppedBy: "stopped at the first violation",
    });
  });
});
