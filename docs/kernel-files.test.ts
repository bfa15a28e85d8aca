/**
 * The table of kernel files in docs/architecture.md is what the machines say. After a machine has changed:
 * `FAULTLINE_RENEW=1 npx vitest run docs/kernel-files`.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { setup, type AnyStateMachine } from "xstate";
import { linux612 } from "../model/said.ts";
import { kernelFileTable, type Home } from "../properties/kernel-files.ts";

const PAGE = fileURLToPath(new URL("architecture.md", import.meta.url));
const MACHINES = new URL("../model/machines/", import.meta.url);
/** Prettier would pad the table, so that each new row changed all others. */
const [BEGIN, END] = ["<!-- prettier-ignore-start -->", "<!-- prettier-ignore-end -->"] as const;

async function homes(): Promise<readonly Home[]> {
  const files = readdirSync(MACHINES, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .sort();
  const found: Home[] = [];
  for (const file of files) {
    const exported: Record<string, unknown> = await import(new URL(file, MACHINES).href);
    for (const value of Object.values(exported))
      if (typeof value === "object" && value !== null && "getTransitionData" in value)
        found.push({ file, machine: value as AnyStateMachine });
  }
  return found;
}

test("the table of kernel files is what the machines say", async () => {
  const page = readFileSync(PAGE, "utf8");
  const [before = "", rest = ""] = page.split(BEGIN);
  const after = rest.split(END)[1];
  expect(after).toBeDefined();
  const lines = kernelFileTable(await homes());
  const expected = `${[`${before}${BEGIN}`, "", ...lines, "", END].join("\n")}${after!}`;
  if (process.env["FAULTLINE_RENEW"] === "1") writeFileSync(PAGE, expected);
  else expect(page === expected, "FAULTLINE_RENEW=1 npx vitest run docs/kernel-files renews the table").toBe(true);
  expect(lines.length).toBeGreaterThan(30);
});

test("a machine is in the row of its own file, and a step of it in that of another", () => {
  const machine = setup({}).createMachine({
    meta: { origin: linux612("a.c", "f"), lane: "", messages: { m: { says: "", origin: linux612("b.c", "g") } } },
  });
  expect(kernelFileTable([{ file: "x.ts", machine }]).slice(2)).toEqual([
    "| `a.c` | `x.ts` |  |",
    "| `b.c` |  | `x.ts` |",
  ]);
});
