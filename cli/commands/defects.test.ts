/** `defects`: choices, mistakes of the user, and docs/defects.md. */
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defectsPageOf, figuresOf, type DefectFigures } from "../../reports/defects-page.ts";
import type { TriedDefect } from "../../reports/defects.ts";
import { engine } from "../engine.ts";
import { fakeTerminal } from "../fake-engine.ts";
import { faultline, fresh } from "../fake-run.ts";
import type { Engine } from "../ports.ts";

const good = (id: string): TriedDefect => ({
  id,
  mistakes: [],
  states: 7,
  claims: [{ id: "PRQ-9", steps: 3 }],
  walks: { kind: "found", runs: 2, claim: "PRQ-9", excess: 0 },
  seconds: 0.1,
});
const quick: Engine = {
  ...engine,
  // The getter of the real engine is asked once.
  defects: engine.defects,
  tryDefects: async (ids) => ids.map(good),
};

const PAGE = readFileSync(new URL("../../docs/defects.md", import.meta.url), "utf8");

/** What the rows of the page say of searches. */
const figures: ReadonlyMap<string, DefectFigures> = new Map(
  [...PAGE.matchAll(/^\| <a id="([^"]+)">.* \| ([^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)].map(
    ([, id, steps, states, walks]) => [id!, { steps: steps!, states: states!, walks: walks! }] as const,
  ),
);

describe("docs/defects.md (npm run findings)", () => {
  test("says what is written down of each defect", () => {
    expect([...figures.keys()]).toEqual(engine.defects.map(({ id }) => id));
    const [walks = ""] = /^Random walks found .*$/m.exec(PAGE) ?? [];
    expect(defectsPageOf(engine.defects, figures, walks)).toBe(PAGE);
  });

  /** Every 15th is searched; FAULTLINE_DEFECTS=all searches all of them. */
  const step = process.env["FAULTLINE_DEFECTS"] === "all" ? 1 : 15;
  test.each(engine.defects.filter((_, k) => k % step === 7 % step).map(({ id }) => id))(
    "has the numbers of %s",
    async (id) => {
      const watch = { onProgress: () => undefined, signal: fakeTerminal().terminal.signal };
      const [one] = await engine.tryDefects([id], true, watch);
      expect(figuresOf(one!)).toEqual(figures.get(id));
    },
  );
});

describe("defects", () => {
  test("lists what is chosen, and searches nothing", async () => {
    const never: Engine = { ...quick, tryDefects: () => Promise.reject(new Error("searched")) };
    const { code, out } = await faultline(["defects", "--list", "--fixed-in", "5.10"], never);
    expect(code).toBe(0);
    expect(out).toContain("overflow-cleared-early");
    expect(out).not.toContain("unmap-deadlock");
  });

  test.each([
    [["--kernel", "6.12.117"], "unmap-deadlock", "overflow-cleared-early"],
    [["--system", "teardown"], "rid-detached-undrained", "unmap-deadlock"],
    [["--kind", "proposed"], "rfc-detach-lock-order", "overflow-cleared-early"],
    [["--fixed-in", "6.12.75"], "rid-detached-undrained", "queue-destroyed-with-read-groups"],
  ])("%j chooses", async (choice, has, hasNot) => {
    const { code, out } = await faultline(["defects", ...choice, "--json"], quick);
    const { defects, tried } = JSON.parse(out) as { defects: readonly { id: string }[]; tried: readonly TriedDefect[] };
    const ids = defects.map(({ id }) => id);
    expect(code).toBe(0);
    expect(ids).toContain(has);
    expect(ids).not.toContain(hasNot);
    expect(tried.map(({ id }) => id)).toEqual(ids);
  });

  test.each([
    ["CVE-2026-74520", ["two-owners-of-a-group", "group-with-two-owners", "teardown-answers-and-keeps"]],
    ["172fc8b19825", ["read-retries-for-ever"]],
    ["B12", ["one-lock-for-reader-and-handler", "one-lock-for-reader-and-pinner"]],
  ])("%s names what it is about", async (name, ids) => {
    const { out } = await faultline(["defects", name, "--list", "--json"], quick);
    expect((JSON.parse(out) as { defects: readonly { id: string }[] }).defects.map(({ id }) => id)).toEqual(ids);
  });

  test("tells one in full, with its chart, in at most 78 columns before the command", async () => {
    const { code, out } = await faultline(["defects", "unmap-deadlock", "--random"], {
      ...quick,
      tryDefects: engine.tryDefects,
    });
    expect(code).toBe(0);
    expect(out).toContain("violates LCK-10 in");
    expect(out).toContain("at random");
    expect(out).toContain(
      "Search it: npx faultline check type1-unmap --design lock-order-mended --bounds small --set deviceListLock=inside",
    );
    const long = out.split("\n").filter((line) => line.length > 80 && !line.startsWith("Search it: "));
    expect(long).toEqual([]);
  });

  test("ends with 1 when a defect is not as it is written down", async () => {
    const wrong = { ...good("unmap-deadlock"), mistakes: ["unmap-deadlock: without the defect UNM-1 is violated"] };
    const { code, err } = await faultline(["defects", "unmap-deadlock"], { ...quick, tryDefects: async () => [wrong] });
    expect({ code, err }).toEqual({
      code: 1,
      err: "faultline: unmap-deadlock: without the defect UNM-1 is violated.\n",
    });
  });

  test("writes no page after Ctrl-C", async () => {
    const control = new AbortController();
    const interrupting: Engine = {
      ...quick,
      tryDefects: async (ids) => {
        control.abort(130);
        return ids.map(good);
      },
    };
    const out = fresh();
    mkdirSync(out);
    const { code } = await faultline(["defects", "--write", out], interrupting, { signal: control.signal });
    expect(code).toBe(130);
    expect(existsSync(join(out, "defects.md"))).toBe(false);
  });
});

describe("refuses with exit code 2", () => {
  test.each([
    ["an unknown defect", "overflow-cleard-early", "Nearest: overflow-cleared-early"],
    ["an unknown kernel", "--kernel 6.12.118", "6.12.117"],
    ["an unknown kind", "--kind publish", "published"],
    ["an unknown system", "--system teardwon", "Nearest: teardown"],
    ["a release without a fix", "--fixed-in 4.19", 'there is no release with a fix "4.19"'],
    ["names and a choice", "unmap-deadlock --kind read", "names and a choice exclude each other."],
    ["a list that is searched", "--list --random", "--list searches nothing."],
    ["a defect twice", "unmap-deadlock unmap-deadlock", 'the defect "unmap-deadlock" is given twice.'],
    ["a choice that leaves nothing", "--kernel 7.3.4 --fixed-in 5.9.2", "no defect is of all that was chosen."],
    ["a page of some", "--write docs --kind read", "defects.md is made of all defects."],
    ["a folder that is none", "--write nowhere", 'the folder "nowhere" cannot be read'],
  ])("%s", async (_what, args, said) => {
    const { code, out, err } = await faultline(["defects", ...args.split(" ")], quick);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(said);
  });
});
