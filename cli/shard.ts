/** A part of the runs, for machines that share them: which runs are in it depends on their order alone. */
import { createHash } from "node:crypto";
import { UsageError } from "./errors.ts";

export interface Shard {
  /** From 1. */
  readonly index: number;
  readonly of: number;
}

/** As a shard is kept, so that the parts of other runs are not taken for its own. */
export interface ShardRecord extends Shard {
  /** Of all shards together. */
  readonly runs: number;
  /** A hash of what is run, and how. */
  readonly plan: string;
}

/** `plan`: everything that says what is run, and how. */
export const shardRecord = ({ index, of }: Shard, plan: unknown, runs: number): ShardRecord => ({
  index,
  of,
  runs,
  plan: createHash("sha256").update(JSON.stringify(plan)).digest("hex").slice(0, 16),
});

/** How many pieces a shard has when nothing of it is missing. */
export const piecesOf = ({ index, of, runs }: ShardRecord): number => Math.ceil((runs - index + 1) / of);

/** "2/5". @throws UsageError */
export function shardOf(text: string): Shard {
  const [, index, of] = /^([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  if (shard.index <= shard.of) return shard;
  throw new UsageError(`--shard cannot be "${text}".`, "which one of how many, from 1/5 to 5/5");
}

/** Every `of`-th of the pieces. @throws UsageError when a shard would be empty */
export function partOf<Piece>(pieces: readonly Piece[], shard: Shard | undefined): readonly Piece[] {
  if (shard === undefined) return pieces;
  const { index, of } = shard;
  if (of > pieces.length)
    throw new UsageError(
      `--shard ${index}/${of} divides ${pieces.length} ${pieces.length === 1 ? "run" : "runs"}.`,
      `at most ${pieces.length} shards`,
    );
  return pieces.filter((_, k) => k % of === index - 1);
}

/** The pieces of all shards, 1 to the last, in the order that they had before they were divided. */
export function together<Piece>(parts: readonly (readonly Piece[])[]): readonly Piece[] {
  const most = Math.max(...parts.map(({ length }) => length));
  return Array.from({ length: most }, (_, k) => parts.flatMap((part) => part.slice(k, k + 1))).flat();
}

/** A file that has one shard. */
export interface ShardFile {
  readonly path: string;
  readonly shard: ShardRecord | undefined;
}

/** The files in the order of their shards, each there once. @throws UsageError */
export function inOrder<File extends ShardFile>(files: readonly File[]): readonly File[] {
  const [first] = files;
  const whole = files.find(({ shard }) => shard === undefined);
  if (whole) throw new UsageError(`"${whole.path}" is no shard.`, "results of check or sweep with --shard");
  const { of, plan } = first!.shard!;
  for (const { path, shard } of files)
    if (shard!.of !== of || shard!.plan !== plan)
      throw new UsageError(
        `"${path}" is a shard of another ${shard!.of === of ? "run" : "division"} than "${first!.path}".`,
        "shards of one command, made by one version of faultline",
      );
  const places = Array.from({ length: of }, (_, k) => files.filter(({ shard }) => shard!.index === k + 1));
  const twice = places.find(({ length }) => length > 1);
  if (twice)
    throw new UsageError(
      `"${twice[0]!.path}" and "${twice[1]!.path}" are both shard ${twice[0]!.shard!.index}/${of}.`,
      "each shard once",
    );
  const missing = places.flatMap(({ length }, k) => (length === 0 ? [`${k + 1}/${of}`] : []));
  if (missing.length > 0)
    throw new UsageError(
      `${missing.length === 1 ? "shard" : "shards"} ${missing.slice(0, 8).join(", ")}${missing.length > 8 ? ", ..." : ""} missing.`,
      `all ${of} shards`,
    );
  return places.flat();
}
