import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sideBySide, type Ended } from "./side-by-side.ts";

const node = (script: string): readonly string[] => [process.execPath, "-e", script];

/** Whether all were fine, and what was told. */
async function told(commands: readonly (readonly string[])[], atOnce = 2) {
  const ends: Ended[] = [];
  const isFine = await sideBySide(commands, atOnce, (ended) => ends.push(ended));
  return { isFine, ends: ends.map(({ code, output }) => [code, output]) };
}

test("each command is told as a whole, in the order in which they were given", async () => {
  const slow = "process.stdout.write('a'); setTimeout(() => process.stderr.write('b'), 200)";
  expect(await told([node(slow), node("console.log('c')"), node("console.log('d')")])).toEqual({
    isFine: true,
    ends: [
      [0, "ab"],
      [0, "c\n"],
      [0, "d\n"],
    ],
  });
});

test("one that fails does not stop the others, and counts", async () => {
  const { isFine, ends } = await told([node("process.exit(3)"), ["no-such-program"], node("console.log('c')")], 1);
  expect(isFine).toBe(false);
  expect(ends.map(([code]) => code)).toEqual([3, undefined, 0]);
  expect(ends[1]![1]).toContain("no-such-program");
});

test("as many run at once as may, and no more", async () => {
  const directory = mkdtempSync(join(tmpdir(), "side-by-side-"));
  const there = (name: string): string => `require("node:fs").existsSync(${JSON.stringify(join(directory, name))})`;
  const write = (name: string): string =>
    `require("node:fs").writeFileSync(${JSON.stringify(join(directory, name))}, "")`;
  const remove = (name: string): string => `require("node:fs").rmSync(${JSON.stringify(join(directory, name))})`;
  // Each ends when the other has begun.
  const meeting = (own: string, other: string): readonly string[] =>
    node(`${write(own)}; const look = () => (${there(other)} ? 0 : setTimeout(look, 5)); look()`);
  expect((await told([meeting("a", "b"), meeting("b", "a")], 2)).isFine).toBe(true);
  // Each fails where another one has begun and not ended.
  const alone = node(
    `if (${there("busy")}) process.exit(1); ${write("busy")}; setTimeout(() => ${remove("busy")}, 100)`,
  );
  expect((await told([alone, alone, alone], 1)).isFine).toBe(true);
  rmSync(directory, { recursive: true });
});
