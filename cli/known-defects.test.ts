/** With the real systems: a value that is known to break something, at bounds that leave out what it needs. */
import { describe, expect, test } from "vitest";
import type { RunRecord } from "../checker/run-record.ts";
import { catalogue } from "../properties/catalogue/index.ts";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";

async function run(args: readonly string[]): Promise<RunRecord> {
  const { out } = await faultline([...args, "--json", "--out", fresh()], engine);
  return (JSON.parse(out) as { runs: RunRecord[] }).runs[0]!;
}

const violated = ({ properties }: RunRecord): readonly string[] =>
  properties.filter(({ verdict }) => verdict.kind === "violated").map(({ id }) => id);

const known = ({ notes = [] }: RunRecord): readonly string[] =>
  notes.filter((note) => note.includes("is known to break"));

describe("a defect that small bounds leave out", () => {
  test.each([
    ["table-entries", "entryReplace=in-place", "ENT-1", "At --bounds default it breaks ENT-1."],
    ["iommufd", "hwptReplace=switch-then-store", "IFD-4", "At --bounds default it breaks IFD-4"],
    ["attachments", "iopfEnabledFor=every-device", "ATT-17", "deviceOwnFaults=false (not true)"],
    ["pri-control", "interfaceOrder=no-drain", "PCL-1", "together with withoutMemory=failure"],
    ["pri-control", "coreAnswers=every", "PCL-1", "together with refusals=true"],
    ["pri-flat", "clearPolicy=immediate", "GRP-1", "(pri-flat in place of pri-overflow)"],
  ])("%s --set %s is told with its claim, and with a command that breaks it", async (system, knob, id, opening) => {
    const record = await run(["check", system, "--bounds", "small", "--set", knob]);
    expect(violated(record)).not.toContain(id);
    const [note, ...others] = known(record);
    expect(others).toEqual([]);
    expect(note).toContain(knob);
    expect(note).toContain(`${id} ("${catalogue.find((one) => one.id === id)!.statement.replace(/\.$/, "")}")`);
    expect(note).toContain(opening);
    // A broken model can be much larger than a right one: its first states are enough.
    const command = / To see it: npx faultline (.+)$/.exec(note!)![1]!;
    expect(violated(await run(command.replace("400000", "50000").split(" ")))).toContain(id);
    const bounds = / At (--bounds \w+) it breaks ([A-Z]+-\d+)/.exec(note!);
    if (bounds)
      expect(
        violated(
          await run([
            "check",
            system,
            ...bounds[1]!.split(" "),
            "--set",
            knob,
            "--stop-at",
            "never",
            "--max-states",
            "100000",
          ]),
        ),
      ).toContain(bounds[2]);
  });

  test("is told of random walks too, without a search at other bounds", async () => {
    const args = ["random", "table-entries", "--bounds", "small", "--runs", "20", "--set", "entryReplace=in-place"];
    const [note] = known(await run(args));
    expect(note).toContain("which has entryTables=1 (not 2)");
    expect(note).not.toContain("At --bounds");
  });
});

test("nothing is said of what a search has left open", async () => {
  const record = await run([
    "check",
    "unmap-race",
    "--bounds",
    "small",
    "--set",
    "core=6.1",
    "--set",
    "workerLocks=false",
  ]);
  expect(record.search.complete).toBe(false);
  expect(known(record)).toEqual([]);
});

describe("nothing is said", () => {
  test.each([
    [
      "of a defect whose other half the system has",
      ["lifetimes", "--bounds", "small", "--set", "iopfDisable=unlocked"],
    ],
    ["of a defect that is seen", ["table-entries", "--bounds", "small", "--set", "entryDetach=zero-first"]],
    ["of a value that the system has anyway", ["accounting", "--bounds", "small", "--set", "repins=false"]],
    [
      "of a value that a preset has, for the sake of another knob",
      ["stall-flat", "--bounds", "small", "--set", "core=6.12"],
    ],
    ["where nothing was set", ["table-entries", "--bounds", "small"]],
  ])("%s", async (_, args) => {
    expect(known(await run(["check", ...args]))).toEqual([]);
  });
});

describe("a knob that nothing looks at", () => {
  const unread = async (...args: readonly string[]): Promise<readonly string[]> =>
    ((await run(["check", ...args])).notes ?? []).filter((note) => note.includes("has no effect"));

  test("says what opens it", async () => {
    expect(await unread("pri-control", "--bounds", "small", "--set", "interfaceOrder=no-drain")).toEqual([
      "interfaceOrder has no effect in pri-control at these bounds; with --bounds default it has.",
    ]);
    const [note] = await unread("iommufd", "--bounds", "small", "--set", "fdCloseOrder=drop-then-read");
    expect(note).toMatch(/^fdCloseOrder has no effect in iommufd here; with --set \w+=\S+ it has\.$/);
  });

  test("says where it belongs, or that no system looks at it", async () => {
    const [other] = await unread("table-entries", "--bounds", "small", "--set", "pqEntries=2");
    expect(other).toMatch(/^pqEntries has no effect in table-entries: it is a knob of pri-flat, /);
    expect(await unread("table-entries", "--bounds", "small", "--set", "flr=anytime")).toEqual([
      expect.stringMatching(/^flr has no effect in table-entries: no system uses it\.$/),
    ]);
  });
});
