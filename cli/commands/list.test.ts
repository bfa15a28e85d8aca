/** With the real systems: what `list` shows of all, of a system, of a family. */
import { describe, expect, test } from "vitest";
import { families, familyOf } from "../../properties/catalogue/families.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
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
  expect(out.replaceAll(/\s+/g, " ")).toContain("stall-flat looks at these knobs with some hardware, design or bounds");
  const all = await faultline(["list", "knobs"], engine);
  expect(all.out).toMatch(/^flr +no system yet /m);
});

describe("list", () => {
  const lines = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await faultline(["list", ...words], engine, { columns: 80 })).out.trimEnd().split("\n");

  test("alone is an overview that fits a screen of 24 lines and 80 columns", async () => {
    const overview = await lines();
    expect(overview.length).toBeLessThanOrEqual(23);
    expect(overview.filter((line) => line.length > 80)).toEqual([]);
    for (const what of [
      "systems",
      "cuts",
      "designs",
      "hardware",
      "bounds",
      "knobs",
      "families",
      "properties",
      "scenarios",
    ]) {
      expect(overview.some((line) => line.startsWith(`faultline list ${what} `))).toBe(true);
      expect((await faultline(["list", what], engine)).code).toBe(0);
    }
    expect(overview.join("\n")).toMatch(new RegExp(`list properties +${catalogue.length} `));
  });

  test("has a legend for each family, and no legend of a family that is none", async () => {
    const ofCatalogue = [...new Set(catalogue.map(({ id }) => familyOf(id)))];
    expect(Object.keys(families)).toEqual(ofCatalogue);
    expect((await lines("families")).filter((line) => /^[A-Z]+ +\d+ /.test(line)).length).toBe(ofCatalogue.length);
  });

  test("shows the properties of an id, of a family and of a system", async () => {
    const idsOf = async (word: string): Promise<readonly string[]> =>
      (await lines("properties", word)).flatMap((line) => /^[A-Z]+-\d+(?= )/.exec(line)?.[0] ?? []);
    expect(await idsOf("UNM-3")).toEqual(["UNM-3"]);
    expect(await idsOf("crd")).toEqual(catalogue.filter(({ id }) => id.startsWith("CRD-")).map(({ id }) => id));
    const ofSystem = await idsOf("type1-unmap");
    expect(ofSystem).toContain("LCK-10");
    expect(ofSystem).not.toContain("PIN-1");
    const { out } = await faultline(["list", "properties", "type1-unmap", "--json"], engine);
    expect((JSON.parse(out) as { properties: { id: string }[] }).properties.map(({ id }) => id)).toEqual(ofSystem);
  });

  test("says of a word that is none which are near, and of a list that takes none so", async () => {
    const wrong = await faultline(["list", "properties", "UNM-33"], engine);
    expect([wrong.code, wrong.out]).toEqual([2, ""]);
    expect(wrong.err).toContain("Nearest: UNM-3");
    const none = await faultline(["list", "hardware", "vtd"], engine);
    expect([none.code, none.err.split("\n")[0]]).toEqual([
      2,
      "faultline: list hardware lists all of them, and takes no second word.",
    ]);
  });

  test("knows designs as hosts, too", async () => {
    expect(await lines("hosts")).toEqual(await lines("designs"));
    expect((await lines("designs", "type1-unmap")).join("\n")).toContain("lock-order-mended");
    const { out } = await faultline(["list", "hosts", "--json"], engine);
    expect(Object.keys(JSON.parse(out) as object)).toEqual(["schema", "hosts"]);
  });

  test("says what the source of a knob is about", async () => {
    expect((await lines("knobs", "pri-overflow")).join(" ").replaceAll(/ +/g, " ")).toContain(
      "Source: K9: what answers a last request that overflow drops",
    );
  });
});
