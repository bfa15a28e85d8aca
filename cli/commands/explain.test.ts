/** With the real dictionary: every name has a meaning that fits a screen, and commands that this tool would run. */
import { describe, expect, test } from "vitest";
import { suite } from "../../properties/suite.ts";
import { contradiction } from "../../properties/build.ts";
import { dictionary } from "../dictionary/load.ts";
import type { Entry, Meaning } from "../dictionary/meaning.ts";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";
import { selectionOf } from "../options.ts";
import { explainText } from "./explain.ts";

const { entries, look } = await dictionary();
const ofKind = (...kinds: readonly Entry["kind"][]): readonly Entry[] =>
  entries.filter(({ kind }) => kinds.includes(kind));
const explained = (...words: readonly string[]) => faultline(["explain", ...words], engine, { columns: 80 });

/** What is wrong with a command of an answer: a name that is none, or choices that do not go together. */
function wrongWith(command: string): string | undefined {
  if (command.startsWith("grep ")) return undefined;
  const [npx, faultlineWord, verb, ...rest] = command.split(" ");
  if (npx !== "npx" || faultlineWord !== "faultline") return "is no command of this tool";
  if (verb === "scenarios") return engine.scenarios.some(({ name }) => name === rest[0]) ? undefined : "asks nothing";
  if (verb === "list") return undefined;
  if (verb === "defects") return engine.defects.some(({ id }) => id === rest[0]) ? undefined : "is no defect";
  if (verb !== "check" && verb !== "random") return "is no command";
  const [system = ""] = rest;
  const options: { [option: string]: string | string[] } = {};
  for (let k = 1; k < rest.length; k += 2) {
    const option = rest[k]!.replace("--", "");
    if (option === "set") options["set"] = [...((options["set"] as string[] | undefined) ?? []), rest[k + 1]!];
    else options[option] = rest[k + 1]!;
  }
  const [run] = engine.runs(selectionOf(engine, [system], options));
  return run && contradiction(run);
}

const longest = (meanings: readonly Meaning[]): number =>
  explainText(meanings, 80, "npx faultline explain WORD --all", false).split("\n").length - 1;

/** Of functions that nothing speaks of, every fiftieth. */
const told = entries.filter(({ kind }, k) => (kind !== "function" && kind !== "kernel file") || k % 100 === 0);
const words = [...new Set(told.flatMap(({ names }) => names))];

describe("every word of the dictionary", () => {
  test("has a meaning, and an answer that fits a screen of 40 lines", () => {
    expect(words.length).toBeGreaterThan(3_000);
    const wrong = words.filter((word) => {
      const meanings = look(word);
      return meanings.length === 0 || meanings.some(({ means }) => means.trim() === "") || longest(meanings) > 40;
    });
    expect(wrong).toEqual([]);
  });

  test("has a command, and each command names things that there are", () => {
    const meanings = told.map(({ tell }) => tell());
    expect(meanings.filter(({ commands }) => commands.length === 0).map(({ name }) => name)).toEqual([]);
    const commands = [...new Set(meanings.flatMap((one) => one.commands))];
    expect(commands.length).toBeGreaterThan(300);
    expect(commands.flatMap((command) => wrongWith(command) ?? [])).toEqual([]);
  });

  test.each([
    "npx faultline check pri-flat --set limt=1",
    "npx faultline check no-such-system",
    "npx faultline check pri-flat --hardware smmu-stall",
    "npx faultline scenarios nobody-asked",
  ])("and a wrong command would be found: %s", (command) => {
    let wrong: unknown;
    try {
      wrong = wrongWith(command);
    } catch (error) {
      wrong = error;
    }
    expect(wrong).toBeDefined();
  });

  test("has every property, knob, system, design, hardware and question, and every machine", () => {
    const names = (...kinds: readonly Entry["kind"][]) => new Set(ofKind(...kinds).map((one) => one.names[0]));
    for (const { id } of engine.properties) expect(names("property")).toContain(id);
    for (const { name } of engine.knobs) expect(names("knob")).toContain(name);
    for (const { name } of engine.systems) expect(names("system")).toContain(name);
    for (const { name } of engine.hosts) expect(names("design")).toContain(name);
    for (const { name } of engine.hardware) expect(names("hardware")).toContain(name);
    for (const { name } of engine.scenarios) expect(names("scenario")).toContain(name);
    expect(names("machine").size).toBeGreaterThan(150);
    expect(names("fact").size).toBeGreaterThan(400);
  });

  test("has every value of every knob", () => {
    for (const { name, values } of engine.knobs) {
      if (values.kind !== "choice") continue;
      for (const value of values.of) expect(look(`${name}=${value}`)[0]?.means).toMatch(/\.$/);
    }
  });
});

describe("explain", () => {
  test("says of a function in kernel words what it does, where it is, and what to run", async () => {
    const { code, out } = await explained("vfio_unmap_unpin()");
    expect(code).toBe(0);
    expect(out).toContain("vfio_unmap_unpin() (function)");
    expect(out).toContain("drivers/vfio/vfio_iommu_type1.c (6.1.192, 6.12.117, 7.3.4)");
    expect(out).toContain("$ npx faultline check ");
    const answer = (text: string): string => text.split("\nMore: ")[0]!;
    expect(answer((await explained("vfio_unmap_unpin")).out)).toBe(answer(out));
  });

  test("begins with the machine that lies where the kernel's file does, of the newest kernel", async () => {
    const { out } = await explained("iommu_report_device_fault");
    const [, first] = /Modelled by:\n +(\S+\.ts)/.exec(out)!;
    expect(first).toBe("model/machines/linux/iommu/io-pgfault/6.12/reporter.ts");
    expect(out.split("\n")[1]).not.toContain("guest");
  });

  test("tells every meaning of a word, the most likely first, and cuts what does not fit", async () => {
    const { out } = await explained("command-queue");
    expect([...out.matchAll(/^command-queue \((.+)\)$/gm)].map(([, kind]) => kind)).toEqual(["role", "machine"]);
    const designs = (await explained("linux-6.12.117")).out;
    expect(designs.match(/\(design\)/g)!.length).toBeGreaterThan(3);
    expect(designs.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
    expect(designs).toContain("More: npx faultline explain linux-6.12.117 --all");
    expect((await faultline(["explain", "linux-6.12.117", "--all"], engine)).out.length).toBeGreaterThan(
      designs.length,
    );
  });

  test("tells what the ids say that an answer cites, each once", async () => {
    const { out } = await explained("deliverOwner");
    expect(out).toContain("(B6, B-27, CVE-2026-74520)");
    expect(out).toContain("What the ids say: B-27: a fault group with two owners");
    expect(out.match(/\bB6: /g)).toHaveLength(1);
    expect((await explained("wakesPoller")).out).not.toContain("What the ids say");
  });

  test("says of a knob where it is read, which presets set it, and what a value breaks", async () => {
    const { out } = await explained("ovfLastResponse");
    expect(out).toContain("Read by: pri-flat, pri-overflow");
    expect(out).toContain("none: amd, qemu-vtd, qemu-riscv");
    expect(out).toContain("RSP-12");
    expect((await explained("ovfLastResponse=none")).out).toContain("ovfLastResponse=none (value)");
  });

  test.each([
    ["K9"],
    ["D-06"],
    ["B38"],
    ["row", "23"],
    ["row 23"],
    ["VFIO facts 2.3"],
    ["liv"],
    ["never", "witnessed"],
  ])("knows %s %s", async (...given) => {
    const { code, err } = await explained(...given.filter((word) => typeof word === "string"));
    expect([code, err]).toEqual([0, ""]);
  });

  test("knows an ioctl, a machine file by any part of its path, and a kernel file", async () => {
    for (const word of [
      "VFIO_IOMMU_UNMAP_DMA",
      "page-release.ts",
      "model/machines/linux/vfio/type1/page-release.ts",
      "drivers/iommu/io-pgfault.c",
      "slot0.0",
      "release.steps",
      "KNOWN",
    ])
      expect((await explained(word)).code).toBe(0);
  });

  test("explains several words one after the other", async () => {
    const { out } = await explained("UNM-3", "K9");
    expect(out).toMatch(/^UNM-3 .*\(property\)$/m);
    expect(out).toContain("K9 (fact)");
  });

  test.each([
    ["vfio_unmap_unpinn", "vfio_unmap_unpin"],
    ["UNM-33", "UNM-3"],
    ["ovfLastRespons", "ovfLastResponse"],
    ["type1unmap", "type1-unmap"],
  ])("of %s says in one error that there is none, with at most eight names near it", async (word, near) => {
    const { code, out, err } = await explained(word);
    expect([code, out]).toEqual([2, ""]);
    const [first, second = ""] = err.split("\n");
    expect(first).toBe(`faultline: there is no meaning of "${word}".`);
    expect(second).toContain(near);
    expect(second.split(", ").length).toBeLessThanOrEqual(8);
  });

  test("refuses a value that the knob cannot have, a knob that is none, and no word", async () => {
    expect((await explained("ovfLastResponse=sucess")).err).toContain("Nearest: success");
    expect((await explained("ovfLastRespnse=none")).err).toContain("Nearest: ovfLastResponse");
    expect((await explained("")).code).toBe(2);
    expect((await faultline(["explain"], engine)).code).toBe(2);
    expect((await explained("\u001b[31m")).err).not.toContain("\u001b");
  });

  test("gives the same as data", async () => {
    const { out } = await faultline(["explain", "K9", "--json"], engine);
    const { schema, word, meanings } = JSON.parse(out) as { schema: string; word: string; meanings: Meaning[] };
    expect([schema, word]).toEqual(["faultline-explain/1", "K9"]);
    expect(meanings).toEqual(look("K9"));
  });

  test("names no run of the suite that the suite does not know", () => {
    const known = ofKind("property").map(({ tell }) => tell());
    const systems = new Set(suite("small").map(({ system }) => system));
    const judged = known.flatMap(({ details }) => details.filter(({ title }) => title === "Judged in"));
    expect(judged.length).toBeGreaterThan(600);
    for (const { items } of judged) for (const name of items[0]!.split(", ")) expect(systems).toContain(name);
  });
});
