import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { engine } from "../engine.ts";
import { faultline } from "../fake-run.ts";

const recorded = fileURLToPath(new URL("../../scenarios/recorded/data/iommufd-program.trace.txt.gz", import.meta.url));
const text = gunzipSync(readFileSync(recorded)).toString();

function written(content: string): string {
  const path = join(mkdtempSync(join(tmpdir(), "faultline-")), "a.trace.txt");
  writeFileSync(path, content);
  return path;
}

describe("faultline conform --trace", () => {
  test("0: explained, with what it does not rest on", async () => {
    const { code, out } = await faultline(["conform", "--trace", recorded], engine);
    expect(code).toBe(0);
    expect(out).toContain("198 lines are a run of the machines (1 thread, 1 device; 217 hidden steps).");
    expect(out).toContain("Not judged: 101 tracing_mark_write: a text of user space.");
  });

  test("1: not explained, with the line and what could have come instead", async () => {
    const path = written(
      text.replace('dev="iommufd_mock0" pasid=2 grpid=3 code=0', 'dev="iommufd_mock0" pasid=2 grpid=3 code=1'),
    );
    const { code, out } = await faultline(["conform", "--trace", path], engine);
    expect(code).toBe(1);
    expect(out).toMatch(
      /^NOT EXPLAINED .*: line \d+ of the file cannot happen; (\d+) judged events before it are explained, \d+ after it not looked at \(1 thread/,
    );
    const [, before, after] = /; (\d+) judged events before it are explained, (\d+) after it/.exec(out)!;
    expect(Number(before) + 1 + Number(after)).toBe(198);
    expect(out).toMatch(/What could have come instead:\n {4}kprog-42: page_response .*code=0/);
    const { out: json } = await faultline(["conform", "--trace", path, "--json"], engine);
    expect(JSON.parse(json)).toMatchObject({ exit: 1, traces: [{ verdict: "not-explained" }] });
  });

  test("1: what could have come instead is a call, where no thread is inside one", async () => {
    const lines = text.split("\n");
    const begins = lines.findIndex((line) => line.includes(": report_fault:"));
    const { code, out } = await faultline(
      ["conform", "--trace", written(lines.toSpliced(begins, 1).join("\n"))],
      engine,
    );
    expect(code).toBe(1);
    expect(out).toContain("no line of a call that is under way; a thread outside of calls may begin another call");
  });

  test("3: undecided behind lost events, and where the bound is reached", async () => {
    const lines = text.split("\n");
    const lost = written([...lines.slice(0, 60), "CPU:0 [LOST 3 EVENTS]", ...lines.slice(60)].join("\n"));
    const { code, out } = await faultline(["conform", "--trace", lost], engine);
    expect(code).toBe(3);
    expect(out).toContain("events were lost at line 61; what comes after it was not judged");
    expect((await faultline(["conform", "--trace", recorded, "--max-states", "1"], engine)).code).toBe(3);
  });

  test("2: no trace, no line of a probe, an unknown probe", async () => {
    const none = written("  a-1 [000] ..... 1.000000: sched_switch: prev_comm=a\n");
    for (const args of [[written("nothing\n")], [none], [recorded, "--without", "fops_rad"], []])
      expect((await faultline(["conform", "--trace", ...args], engine)).code).toBe(2);
  });

  test("prints the probes", async () => {
    const { code, out } = await faultline(["conform", "--print-probes"], engine);
    expect(code).toBe(0);
    expect(out).toContain("r:faultline/fops_read_ret iommufd_fault_fops_read ret=$retval:s64");
  });
});
