/** A search that is killed at any moment goes on from its last whole checkpoint, and ends as if it had not been killed. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { describe, expect, test } from "vitest";
import { modelRecord, recordOf, startExhaustive } from "../../checker/explore/exhaustive.ts";
import type { BreadthFirst } from "../../checker/explore/search/breadth-first.ts";
import { drawing } from "../../checker/textbook/drawing.ts";
import { pageFaultProtocol, PROTOCOL_SIZES } from "../../checker/textbook/page-fault-protocol.ts";
import { twoPhaseCommit } from "../../checker/textbook/two-phase-commit.ts";
import type { System } from "../../checker/system.ts";
import { engine } from "../engine.ts";
import { fresh } from "../fake-run.ts";
import type { CheckLimits, CheckpointRequest, RunRequest, Watch } from "../ports.ts";
import { disk, type Disk } from "./disk.ts";
import { Keeper } from "./keeper.ts";
import { MANIFEST } from "./manifest.ts";

const origin = { system: "page-faults", hardware: "any", host: "any", bounds: "small", set: {} };
const XS = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true });
const recorded = (search: BreadthFirst): string => JSON.stringify(recordOf(search, origin));

const whole = (() => {
  const search = startExhaustive(XS);
  while (search.advance(1_000));
  return recorded(search);
})();

const aboutOf = (system: System) => ({
  model: modelRecord(system, origin),
  how: { symmetry: true, stopAt: "never", engine: "trees" },
});

function keeping(directory: string, changes: Partial<CheckpointRequest> = {}, on: Disk = disk, about = aboutOf(XS)) {
  const notes: string[] = [];
  const watch: Watch = {
    onProgress: () => undefined,
    signal: new AbortController().signal,
    onNote: (note) => notes.push(note),
  };
  const request = { directory, isResumed: false, seconds: 0, tool: "this test", ...changes };
  return { notes, begun: Keeper.begin(request, about, watch, on) };
}

/** Searches with a checkpoint after every slice, at most so many slices. */
async function kept(directory: string, isResumed: boolean, on = disk, slices = Infinity) {
  const { notes, begun } = keeping(directory, { isResumed }, on);
  const keeper = await begun;
  try {
    const search = keeper.begun(XS, {});
    for (let k = 0; k < slices && search.advance(150); k++) keeper.keepSometimes(search);
    return { search, notes };
  } finally {
    await keeper.end();
  }
}

const contentOf = (directory: string): string =>
  JSON.stringify(
    readdirSync(directory)
      .sort()
      .map((name) => [name, readFileSync(join(directory, name), "base64")]),
  );

/** A process that kills itself: `moment` counts what it does to files, pieces of files included, and slices of the search. */
const dying = await (async () => {
  const path = `${fresh()}.mjs`;
  const source = (name: string): string => JSON.stringify(fileURLToPath(new URL(name, import.meta.url)));
  writeFileSync(
    path,
    `import { existsSync, writeFileSync } from "node:fs";
    import { modelRecord, recordOf } from ${source("../../checker/explore/exhaustive.ts")};
    import { pageFaultProtocol, PROTOCOL_SIZES } from ${source("../../checker/textbook/page-fault-protocol.ts")};
    import { disk } from ${source("disk.ts")};
    import { Keeper } from ${source("keeper.ts")};
    const [directory, at] = process.argv.slice(2);
    let moment = 0;
    const passed = () => {
      if (++moment === Number(at)) process.kill(process.pid, "SIGKILL");
    };
    function* halves(pieces) {
      for (const piece of pieces) {
        passed();
        yield piece.subarray(0, piece.length >> 1);
        passed();
        yield piece.subarray(piece.length >> 1);
      }
    }
    const counting = {
      ...disk,
      write: (path, position, pieces) => (disk.write(path, position, halves(pieces)), passed()),
      rename: (from, to) => (passed(), disk.rename(from, to), passed()),
      remove: (path) => (passed(), disk.remove(path)),
    };
    const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size, { claimsProgress: true });
    const origin = ${JSON.stringify(origin)};
    const about = { model: modelRecord(system, origin), how: { symmetry: true, stopAt: "never", engine: "trees" } };
    const request = { directory, isResumed: existsSync(directory + "/checkpoint.json"), seconds: 0, tool: "this test" };
    const keeper = await Keeper.begin(request, about, { onProgress() {}, signal: new AbortController().signal }, counting);
    const search = keeper.begun(system, {});
    while (search.advance(30)) {
      keeper.keepSometimes(search);
      passed();
    }
    await keeper.end();
    process.stdout.write(JSON.stringify(recordOf(search, origin)));`,
  );
  // One file, so that 21 processes do not each read and strip two hundred.
  const bundle = await rolldown({ input: path, platform: "node", tsconfig: false, logLevel: "silent" });
  const bundled = `${fresh()}.mjs`;
  await bundle.write({ file: bundled, format: "esm" });
  await bundle.close();
  return (directory: string, moment: number) =>
    spawnSync(process.execPath, [bundled, directory, String(moment)], { encoding: "utf8" });
})();

describe("a search with checkpoints", () => {
  test("is killed 20 times at moments drawn from a seed, and ends with the same record", () => {
    const directory = fresh();
    const draw = drawing(2);
    for (let kills = 0; kills < 20; kills++) {
      const { signal, stderr } = dying(directory, 1 + draw.below(100));
      expect({ signal, stderr }).toEqual({ signal: "SIGKILL", stderr: "" });
    }
    const { stdout, stderr } = dying(directory, 0);
    expect(stderr).toBe("");
    expect(stdout === whole).toBe(true);
  }, 240_000);

  test("ends with the same record as one without", async () => {
    const directory = fresh();
    const { search, notes } = await kept(directory, false);
    expect(recorded(search) === whole).toBe(true);
    expect(notes).toEqual([]);
    const again = await kept(directory, true);
    expect(recorded(again.search) === whole).toBe(true);
  });

  test("goes on when the disk is full, says so once, and leaves the last whole checkpoint", async () => {
    for (const after of [0, 3, 40, 77, 110]) {
      const directory = fresh();
      let left = after;
      const full: Disk = {
        ...disk,
        write: (path, position, pieces) => {
          if (left-- > 0) return disk.write(path, position, pieces);
          throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
        },
      };
      const { search, notes } = await kept(directory, false, full);
      expect(recorded(search) === whole).toBe(true);
      expect(notes).toEqual([
        `no checkpoint can be written to "${directory}" any more: ENOSPC: no space left on device, write; the search goes on without`,
      ]);
      if (after < 40) expect(readdirSync(directory).filter((name) => name.endsWith(".bin"))).toEqual([]);
      else expect(recorded((await kept(directory, true)).search) === whole).toBe(true);
    }
  });
});

describe("a checkpoint is refused, and left as it is,", () => {
  const good = fresh();
  const made = kept(good, false, disk, 8);

  /** A copy of the good one, with something done to it. */
  async function damaged(change: (directory: string) => void): Promise<string> {
    await made;
    const directory = fresh();
    mkdirSync(directory);
    for (const name of readdirSync(good)) copyFileSync(join(good, name), join(directory, name));
    change(directory);
    return directory;
  }

  async function refusal(directory: string, changes: Partial<CheckpointRequest> = {}, about = aboutOf(XS)) {
    const before = contentOf(directory);
    const { begun } = keeping(directory, { isResumed: true, ...changes }, disk, about);
    let error: unknown;
    try {
      const keeper = await begun;
      try {
        keeper.begun(XS, {});
      } finally {
        await keeper.end();
      }
    } catch (caught) {
      error = caught;
    }
    expect(contentOf(directory) === before, "left as it is").toBe(true);
    expect(error).toMatchObject({ name: "UsageError" });
    return String((error as Error).message).replace(directory, "DIR");
  }

  test("when any of its files is changed, cut short or gone", async () => {
    await made;
    const names = readdirSync(good);
    expect(names.length).toBeGreaterThan(15);
    const draw = drawing(5);
    for (const name of names) {
      const { length } = readFileSync(join(good, name));
      if (length === 0) continue;
      const flipped = await damaged((directory) => {
        const bytes = readFileSync(join(directory, name));
        const at = draw.below(length);
        bytes[at] = bytes[at]! ^ (1 << draw.below(8));
        writeFileSync(join(directory, name), bytes);
      });
      expect(await refusal(flipped)).toMatch(/^the checkpoint in "DIR" is damaged: /);
      const cut = await damaged((directory) => truncateSync(join(directory, name), draw.below(length)));
      expect(await refusal(cut)).toMatch(/^the checkpoint in "DIR" is damaged: /);
    }
  });

  test("when it is of another run, of other options, or of another version", async () => {
    const directory = await damaged(() => {});
    const about = aboutOf(XS);
    expect(await refusal(directory, { tool: "another test" })).toBe(
      'the checkpoint in "DIR" was written by this test, and this is another test.',
    );
    expect(await refusal(directory, {}, { ...about, model: { ...about.model, hardware: "vtd" } })).toBe(
      'the checkpoint in "DIR" is of another run: page-faults any any small.',
    );
    expect(await refusal(directory, {}, { ...about, how: { ...about.how, stopAt: "each" } })).toBe(
      'the checkpoint in "DIR" was made with --stop-at never --engine trees.',
    );
    expect(await refusal(directory, {}, aboutOf(twoPhaseCommit(2)))).toBe(
      'the checkpoint in "DIR" is of another model of this system.',
    );
  });

  test("when there is none, or one is there already, or something else", async () => {
    const empty = fresh();
    mkdirSync(empty);
    expect(await refusal(empty)).toBe('there is no checkpoint in "DIR".');
    await made;
    await expect(keeping(good).begun).rejects.toThrow(`there is a checkpoint in "${good}" already.`);
    writeFileSync(join(empty, "mine.txt"), "");
    await expect(keeping(empty).begun).rejects.toThrow('mine.txt" is no part of a checkpoint.');
    const held = await keeping(fresh()).begun;
    await held.end();
    const { begun } = keeping(good, { isResumed: true });
    const first = await begun;
    await expect(keeping(good, { isResumed: true }).begun).rejects.toThrow(/^process \d+ on .+ is writing to/);
    await first.end();
    expect(readdirSync(good)).toContain(MANIFEST);
  });
});

describe("a real search that ends early", () => {
  const request: RunRequest = {
    system: "pri-overflow",
    hardware: "riscv",
    host: "rfc-v1-on-groups",
    bounds: "default",
    set: { pages: 2 },
  };

  /** `most`: reports of progress before an interrupt. */
  async function checked(limits: CheckLimits, most = Infinity) {
    const interrupt = new AbortController();
    const notes: string[] = [];
    let reports = 0;
    const onProgress = async () => {
      if (++reports >= most) interrupt.abort();
    };
    const watch: Watch = { onProgress, signal: interrupt.signal, onNote: (note) => notes.push(note) };
    return { record: await engine.check(request, limits, watch), notes };
  }

  test("by an interrupt and by a bound goes on to the same record", async () => {
    const directory = fresh();
    const kept = (isResumed: boolean) => ({ checkpoint: { directory, isResumed, seconds: 3_600, tool: "this test" } });
    const uninterrupted = await checked({});
    expect(uninterrupted.record.search.complete).toBe(true);
    const interrupted = await checked(kept(false), 1);
    expect(interrupted.record.search).toMatchObject({ complete: false, stoppedBy: "interrupted" });
    expect(interrupted.notes).toEqual([
      expect.stringMatching(/^the checkpoint in ".+" has \d\d \d{3} states; --resume goes on with it$/),
    ]);
    const { states } = interrupted.record.search;
    const bounded = await checked({ ...kept(true), maxStates: states + 1_000 });
    expect(bounded.record.search).toMatchObject({ complete: false, stoppedBy: `max-states ${states + 1_000}` });
    expect(bounded.notes).toHaveLength(1);
    const { record, notes } = await checked(kept(true));
    expect(JSON.stringify(record) === JSON.stringify(uninterrupted.record)).toBe(true);
    expect(notes).toEqual([]);
  });
});
