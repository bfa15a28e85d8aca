import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fakeEngine } from "./fake-engine.ts";
import { faultline, fresh } from "./fake-run.ts";
import type { Engine } from "./ports.ts";

describe("A mistake of the user is told in one way, with exit code 2, and nothing is written", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [
      "system",
      ["check", "page-quue"],
      'faultline: there is no system "page-quue".\n  Nearest: page-queue.\n  Expected one of page-queue, unmap.\n',
    ],
    [
      "hardware",
      ["check", "--hardware", "vdt"],
      'faultline: there is no hardware "vdt".\n  Nearest: vtd.\n  Expected one of vtd, riscv.\n',
    ],
    [
      "system that is a property",
      ["check", "UNM-1"],
      'faultline: there is no system "UNM-1"; that is a property, which the check of a system judges.\n  Nearest: unmap.\n  Expected one of page-queue, unmap.\n',
    ],
    [
      "system that is a host",
      ["check", "rfc-v2"],
      'faultline: there is no system "rfc-v2"; that is a design: --design rfc-v2.\n  Expected one of page-queue, unmap.\n',
    ],
    [
      "bounds",
      ["check", "--bounds", "tiny\u001b[31m\u009b"],
      'faultline: there are no bounds "tiny\\u001b[31m\\u009b".\n  Expected one of small.\n',
    ],
    ["knob", ["check", "--set", "premapp=1"], 'faultline: there is no knob "premapp". Nearest: premap.\n'],
    [
      "value",
      ["check", "--set", "premap=9"],
      'faultline: "9" is no value of premap; expected a whole number from 0 to 4.\n',
    ],
    ["setting", ["check", "--set", "premap"], 'faultline: --set cannot be "premap".\n  Expected knob=value.\n'],
    [
      "setting twice",
      ["check", "--set", "premap=1", "--set", "premap=2"],
      "faultline: --set gives premap two values.\n  Expected each knob once.\n",
    ],
    [
      "engine",
      ["check", "--engine", "fast"],
      'faultline: --engine cannot be "fast".\n  Expected one of trees, reference.\n',
    ],
    [
      "end of a search",
      ["check", "--stop-at", "last"],
      'faultline: --stop-at cannot be "last".\n  Expected one of first, each, never.\n',
    ],
    [
      "number",
      ["check", "--max-states", "many"],
      'faultline: --max-states cannot be "many".\n  Expected a whole number of at least 1.\n',
    ],
    [
      "size",
      ["check", "--max-memory", "2X"],
      'faultline: --max-memory cannot be "2X".\n  Expected a size of at least 1MB: 500M or 2GB (powers of 1000), 1.5GiB (powers of 1024), or a plain number of bytes.\n',
    ],
    [
      "size without a unit",
      ["check", "--max-memory", "5"],
      'faultline: --max-memory cannot be "5".\n  Expected a size of at least 1MB: 500M or 2GB (powers of 1000), 1.5GiB (powers of 1024), or a plain number of bytes.\n',
    ],
    [
      "system of a list",
      ["list", "knobs", "unmpa"],
      'faultline: there is no system "unmpa".\n  Nearest: unmap.\n  Expected one of page-queue, unmap.\n',
    ],
    [
      "list of a system",
      ["list", "bounds", "unmap"],
      "faultline: list bounds lists all of them, and takes no second word.\n  Expected list knobs SYSTEM, list designs SYSTEM or list properties ID|FAMILY|SYSTEM.\n",
    ],
    [
      "format",
      ["report", "x.json", "--format", "pdf"],
      'faultline: there is no format "pdf".\n  Nearest: itf.\n  Expected one of 13 names (faultline report --help).\n',
    ],
    ["file", ["replay", "nowhere.json"], 'faultline: there is no file "nowhere.json".\n'],
    [
      "list",
      ["list", "knob"],
      'faultline: there is no list "knob".\n  Nearest: knobs.\n  Expected one of 9 names (faultline list).\n',
    ],
    [
      "class",
      ["conform", "--class", "cor"],
      'faultline: there is no class of recordings "cor".\n  Nearest: core.\n  Expected one of core, overflow.\n',
    ],
  ];
  test.each(cases)("%s", async (_name, args, text) => {
    const out = fresh();
    const { code, out: told, err } = await faultline(args[0] === "check" ? [...args, "--out", out] : args);
    expect({ code, told, err }).toEqual({ code: 2, told: "", err: text });
    expect(existsSync(out)).toBe(false);
  });

  test("a command that is nearly right", async () => {
    const { code, err } = await faultline(["chek"]);
    expect(code).toBe(2);
    expect(err).toContain("Did you mean check?");
  });

  test("no command at all", async () => {
    const { code, out, err } = await faultline([]);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: faultline");
  });

  test("help is no mistake", async () => {
    const { code, out } = await faultline(["--help"]);
    expect(code).toBe(0);
    expect(out).toContain("Exit codes:");
  });

  test("an error that is nobody's mistake but ours is 4", async () => {
    const broken: Engine = { ...fakeEngine, runs: () => JSON.parse("{") as never };
    expect((await faultline(["check"], broken)).code).toBe(4);
  });
});
