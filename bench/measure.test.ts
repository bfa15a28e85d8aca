import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { childrenTime, measure } from "./measure.ts";

const node = (program: string) => measure(process.execPath, ["-e", program], tmpdir());

test("gives what the program prints, and the processor time of the program, not of the shell around it", async () => {
  const { stdout, cpuSeconds } = await node("console.log('a b')");
  expect(stdout).toBe("a b\n");
  expect(cpuSeconds).toBeGreaterThan(0);
});

test("an argument with blanks and quotes stays one", async () => {
  const { stdout } = await measure("printf", ["%s|", `"a b" $HOME`, "c"], tmpdir());
  expect(stdout).toBe(`"a b" $HOME|c|`);
});

test("a program that fails is an error with what it wrote", async () => {
  await expect(node("console.error('no room'); process.exitCode = 3")).rejects.toThrow(/ended with 3: no room/);
});

test("the time of the children is the second line of the shell", () => {
  expect(childrenTime("0m0.01s 0m0.00s\n1m2.50s 0m0.25s\n")).toBe(62.75);
  expect(() => childrenTime("")).toThrow('The shell\'s "times" printed "".');
});
