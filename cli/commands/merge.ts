/** `merge`: the shards of a check or of a sweep, put together to what the whole would have written. */
import { dirname, join } from "node:path";
import type { RunRecord, TraceRecord, Verdict } from "../../checker/run-record.ts";
import { counterexamplePath } from "../../reports/counterexample.ts";
import type { SweptResult } from "../../reports/sweep.ts";
import { claimDirectory } from "../claim.ts";
import { printable, UsageError } from "../errors.ts";
import { RUNS_SCHEMA, type Document } from "../document.ts";
import { readDocument } from "../files.ts";
import { FORMS } from "../forms.ts";
import { inOrder, piecesOf, together, type ShardFile } from "../shard.ts";
import { expectEachOnce } from "../single.ts";
import { shardOfPlan, sumOf, SWEEP_SHARD_SCHEMA } from "../sweep/shards.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { finish as finishRuns } from "./search.ts";
import { finish as finishSweep, recordOf, type Form } from "./sweep.ts";

/** What ended a search that the user has ended. */
const INTERRUPTED = "interrupted";

interface Read {
  readonly path: string;
  readonly document: Document;
}

/** @throws UsageError for a shard some of whose runs are missing */
function expectWhole({ path, shard }: ShardFile, pieces: number): void {
  const { index, of } = shard!;
  if (pieces === piecesOf(shard!)) return;
  throw new UsageError(
    `"${path}" has ${pieces} of the ${piecesOf(shard!)} runs of shard ${index}/${of}.`,
    "a shard whose runs all ended; its command can be given again",
  );
}

/** The run with its counterexamples as their own files have them: with whole states. */
async function withCounterexamples(run: RunRecord, directory: string): Promise<RunRecord> {
  const { traceIn } = await import("../schemas.ts");
  const whole = async (trace: TraceRecord): Promise<TraceRecord> => {
    const path = join(directory, counterexamplePath(trace));
    const found = traceIn(await readDocument(path, FORMS.save), path);
    if (counterexamplePath(found) === counterexamplePath(trace)) return found;
    throw new UsageError(`"${path}" is another counterexample than its name says.`, "the directory as check wrote it");
  };
  const properties = run.properties.map(async (property) => {
    const { verdict } = property;
    if (verdict.kind !== "violated") return property;
    return { ...property, verdict: { kind: "violated", trace: await whole(verdict.trace) } satisfies Verdict };
  });
  return { ...run, properties: await Promise.all(properties) };
}

/** Writes and prints into a directory; gives the exit code. */
type Finish = (directory: string) => Promise<number>;

async function mergedRuns(engine: Engine, terminal: Terminal, read: readonly Read[], form: Form): Promise<Finish> {
  if (form === "csv") throw new UsageError("--csv is for sweeps, and these are runs of check.", "--json, or neither");
  const { recordsIn } = await import("../schemas.ts");
  const files = inOrder(
    read.map(({ path, document }) => {
      const records = recordsIn(document, path);
      return { path, records, shard: records.shard };
    }),
  );
  const parts = await Promise.all(
    files.map(async ({ path, records: { runs }, shard }) => {
      expectWhole({ path, shard }, runs.filter(({ search }) => search.stoppedBy !== INTERRUPTED).length);
      return Promise.all(runs.map((run) => withCounterexamples(run, dirname(path))));
    }),
  );
  const { expectKnown } = files[0]!.records;
  const runs = together(parts);
  const changes = expectKnown ? runs.flatMap((run) => engine.changed(run) ?? []) : [];
  const made = { runs, failures: [], left: 0, expectKnown, changes };
  const output = { json: form === "json", steps: false, colour: false, queued: false };
  return (out) => finishRuns(terminal, made, { ...output, out }, "faultline-check/1");
}

/** Whether the run was made, as far as its limits let it. */
const isMade = (result: SweptResult): boolean =>
  result.kind !== "left" && !(result.kind === "searched" && result.stoppedBy === INTERRUPTED);

async function mergedSweep(_: Engine, terminal: Terminal, read: readonly Read[], form: Form): Promise<Finish> {
  const { sweepShardIn } = await import("../sweep/schemas.ts");
  const files = inOrder(
    read.map(({ path, document }) => {
      const content = sweepShardIn(document, path);
      return { path, content, shard: content.shard };
    }),
  );
  for (const { path, content } of files)
    if (shardOfPlan(content).plan !== content.shard.plan)
      throw new UsageError(`"${path}" was changed: its plan is another one.`, "sweep.json as sweep wrote it");
  for (const { path, content } of files)
    if (sumOf(content) !== content.sum)
      throw new UsageError(`"${path}" was changed: its results are other ones.`, "sweep.json as sweep wrote it");
  for (const { path, content, shard } of files) expectWhole({ path, shard }, content.results.filter(isMade).length);
  const { plan, tool, maxStates } = files[0]!.content;
  const results = together(files.map(({ content }) => content.results));
  const record = recordOf(plan, results, { tool, maxStates });
  return (out) => finishSweep(terminal, out, record, results, form);
}

const SHARDS = "run.json or sweep.json of a shard";
const MERGED = [RUNS_SCHEMA, SWEEP_SHARD_SCHEMA];

/** @throws UsageError for files that are not all shards of one command */
export async function merge(
  engine: Engine,
  terminal: Terminal,
  paths: readonly string[],
  out: string,
  form: Form,
): Promise<number> {
  expectEachOnce("file", paths);
  const read = await Promise.all(paths.map(async (path) => ({ path, document: await readDocument(path, SHARDS) })));
  const [first] = read;
  for (const { path, document } of read) {
    if (!MERGED.includes(document.schema)) throw new UsageError(`"${path}" (${document.schema}) is no shard.`, SHARDS);
    if (document.schema !== first!.document.schema)
      throw new UsageError(`"${path}" is of another command than "${first!.path}".`, "shards of one command");
  }
  const merged = first!.document.schema === RUNS_SCHEMA ? mergedRuns : mergedSweep;
  const finish = await merged(engine, terminal, read, form);
  const { directory, notes, release } = await claimDirectory(out);
  for (const note of notes) terminal.err(`faultline: ${printable(note)}.\n`);
  try {
    return await finish(directory);
  } finally {
    await release();
  }
}
