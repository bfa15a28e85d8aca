/** What a shell offers after the script of `completion` was read. */
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";
import { SHELLS } from "./completion.ts";

const script = async (shell: string): Promise<string> => (await faultline(["completion", shell], engine)).out;

/** What bash offers for the last of these words. */
async function offered(...words: readonly string[]): Promise<readonly string[]> {
  const asks = `${await script("bash")}
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _faultline; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", asks, "bash", "faultline", ...words], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe("bash", () => {
  test.each<readonly [words: readonly string[], offers: readonly string[]]>([
    [["sc"], ["scenarios"]],
    [["--v"], ["--version"]],
    [["check", "pri-ov"], ["pri-overflow"]],
    [["check", "pri-overflow", "--b"], ["--bounds"]],
    [
      ["check", "pri-overflow", "--bounds", "d"],
      ["default", "deep"],
    ],
    [["check", "--design", "linux-6.12.117"], ["linux-6.12.117"]],
    [["explain", "ovfLastR"], ["ovfLastResponse"]],
    [["why", "--claim", "UNM-3"], ["UNM-3"]],
    [["report", "--format", "k"], ["ktap"]],
    [["completion", ""], [...SHELLS]],
    // Where no name fits, a file.
    [["replay", "package.js"], ["package.json"]],
    [["check", "nothing-of-the-kind"], [""]],
  ])("%j", async (words, offers) => {
    const found = await offered(...words);
    expect(found.filter((one) => offers.includes(one))).toEqual(offers);
    expect(found.every((one) => one.startsWith(words.at(-1)!) || one === "")).toBe(true);
  });

  test("every command has a case with its options", async () => {
    const { out: help } = await faultline(["--help"], engine);
    const commands = [...help.matchAll(/^ {2}([a-z]+) \[/gm)]
      .map(([, name = ""]) => name)
      .filter((name) => name !== "help");
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) expect(await offered(command, "--hel"), command).toEqual(["--help"]);
  });
});

test("zsh reads the script of bash; fish has a line for each command and option", async () => {
  expect(await script("zsh")).toContain(await script("bash"));
  const lines = (await script("fish")).trimEnd().split("\n");
  expect(lines).toContainEqual(
    expect.stringMatching(/^complete -c faultline -n __fish_use_subcommand -f -a check -d '/),
  );
  expect(lines).toContainEqual(
    expect.stringMatching(
      /^complete -c faultline -n '__fish_seen_subcommand_from check' -l bounds -x -a 'small default deep' -d '/,
    ),
  );
  expect(lines.every((line) => line.startsWith("complete -c faultline "))).toBe(true);
});

test("another shell is refused with those that there are", async () => {
  const { code, err } = await faultline(["completion", "bahs"], engine);
  expect(code).toBe(2);
  expect(err).toContain("bash");
});
