/** `impact`: which machines, properties, knobs and questions speak of what a patch touches, and what to run. */
import type { ImpactRecord } from "../../reports/impact.ts";
import { impactText } from "../../reports/impact-text.ts";
import type { NameIndex } from "../../scenarios/names/index-of-names.ts";
import { printableLines, short, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { nothingTouched } from "../impact/nothing.ts";
import type { Patch } from "../patch/mails.ts";
import { calledInput, readPatch, STANDARD_INPUT } from "../patch/read-patch.ts";
import { StatusLine } from "../progress.ts";
import { expectEachOnce } from "../single.ts";
import type { Terminal } from "../terminal.ts";

const PATCH = "a unified diff: git diff, git format-patch, a mail or a mailbox with patches";

/** @throws UsageError for a file without any patch: a mail that quotes one, and a cover letter, are part of a series. */
async function patchesOf(path: string): Promise<readonly Patch[]> {
  const bytes = await readPatch(path);
  const { patchesIn } = await import("../patch/mails.ts");
  const patches = await patchesIn(bytes);
  if (patches.every(({ kind }) => kind === "no diff"))
    throw new UsageError(`${calledInput(path)} has no patch in it.`, PATCH);
  return patches;
}

/** "vfio_unmap_unpin()" and "vfio_unmap_unpin" are one. */
const bare = (name: string): string => name.trim().replace(/\(\)$/, "");

async function expectKnown(index: NameIndex, name: string): Promise<void> {
  if (index.functions.has(name)) return;
  const { nearFunctions } = await import("../../scenarios/names/near-functions.ts");
  throw new UsageError(
    `there is no kernel function "${short(name)}" in the trees that were read (6.1.192, 6.12.117, 7.3.4).`,
    "a function of drivers/iommu, drivers/vfio or what they call; a patch may have others",
    nearFunctions(name, index.functions),
  );
}

/** Loads what it needs to look something up, and only where there is something. */
async function recordOf(
  patches: readonly Patch[],
  functions: readonly string[],
  count: boolean,
): Promise<ImpactRecord> {
  const told = patches.map(({ title, kind, damage, files }) => ({
    title,
    kind,
    damage,
    files: files.map(({ path }) => path),
  }));
  if (functions.length === 0 && patches.every(({ files }) => files.length === 0)) return nothingTouched(told);
  const [{ nameSources }, { indexOfNames }, { impactOf }, { touchedBy }] = await Promise.all([
    import("../machine-files.ts"),
    import("../../scenarios/names/index-of-names.ts"),
    import("../impact/impact-of.ts"),
    import("../impact/touched.ts"),
  ]);
  const sources = await nameSources();
  const index = indexOfNames(sources);
  for (const name of functions) await expectKnown(index, name);
  const statesOf = count ? (await import("../impact/states.ts")).statesOf : undefined;
  return impactOf(index, sources.files, { patches: told, files: touchedBy(patches), functions }, statesOf);
}

export interface ImpactOptions {
  readonly functions: readonly string[];
  /** Whether the states of the commands are counted. */
  readonly count: boolean;
  readonly json: boolean;
}

export async function impact(terminal: Terminal, paths: readonly string[], options: ImpactOptions): Promise<number> {
  const functions = options.functions.map(bare);
  if (paths.length === 0 && functions.length === 0)
    throw new UsageError(
      "impact has nothing to look up.",
      "a file with a patch, - for standard input, or --function NAME",
    );
  if (functions.includes("")) throw new UsageError("--function is empty.", "--function <name>");
  expectEachOnce("file", paths);
  expectEachOnce("function", functions);
  if (paths.includes(STANDARD_INPUT) && process.stdin.isTTY)
    terminal.err("faultline: reading a patch from the terminal; Ctrl-D ends it.\n");
  const patches: Patch[] = [];
  for (const path of paths) patches.push(...(await patchesOf(path)));
  const status = new StatusLine(terminal);
  status.start("looking up machines");
  try {
    const record = await recordOf(patches, functions, options.count);
    status.clear();
    terminal.out(
      options.json
        ? `${JSON.stringify({ ...record, exit: EXIT.asExpected })}\n`
        : printableLines(impactText(record, terminal.columns)),
    );
  } finally {
    status.clear();
  }
  return EXIT.asExpected;
}
