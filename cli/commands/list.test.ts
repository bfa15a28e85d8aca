/** With the real systems: `list knobs SYSTEM` lists what that system looks at. */
import { expect, test } from "vitest";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";

async function knobsOf(system: string): Promise<readonly string[]> {
  const { code, out } = await faultline(["list", "knobs", system, "--json"], engine);
  expect(code).toBe(0);
  return (JSON.parse(out) as { knobs: { name: string }[] }).knobs.map(({ name }) => name);
}

test("stalls have no page request queue, and page requests no event queue", async () => {
  const [stalls, requests, notified] = [
    await knobsOf("stall-flat"),
    await knobsOf("pri-flat"),
    await knobsOf("mmu-notifier"),
  ];
  expect(stalls).toContain("evtqEntries");
  expect(stalls).not.toContain("pqEntries");
  expect(requests).toContain("pqEntries");
  expect(requests).not.toContain("evtqEntries");
  expect(notified).not.toContain("limit");
  for (const knobs of [stalls, requests, notified]) expect(knobs).not.toContain("flr");
});

test("says what it left out, and of all knobs which one no system looks at", async () => {
  const { out } = await faultline(["list", "knobs", "stall-flat"], engine);
  expect(out.replaceAll(/\s+/g, " ")).toContain("Knobs that stall-flat looks at, with some hardware, host or bounds");
  const all = await faultline(["list", "knobs"], engine);
  expect(all.out).toMatch(/^flr +K\d+ +nothing yet /m);
});
