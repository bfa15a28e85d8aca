/** What simulations take steps with, held against XState and the compiled step table in every system. */
import { describe, expect, test } from "vitest";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { auditLive } from "../checker/kernel/live-audit.ts";
import { auditQuick } from "../checker/kernel/quick-audit.ts";
import { defineSystem } from "../checker/system.ts";
import { defaultsOf, partsOf, systemNames } from "./build.ts";

const systemOf = (system: string) =>
  defineSystem({ ...partsOf({ system, ...defaultsOf(system), bounds: "small", set: {} }), properties: [] });

describe("in the system", () => {
  test.each(systemNames)("%s, each quick step is that of XState, and each live step that of the core", (name) => {
    const system = systemOf(name);
    const search = startExhaustive(system, { symmetry: false, maxStates: 2_000 });
    while (search.advance(1_000));
    expect(auditQuick(search.core).plain).toBeGreaterThan(30);
    // Some systems come to their end within a few steps.
    expect(auditLive(system, 100).tried).toBeGreaterThan(30);
  });
});
