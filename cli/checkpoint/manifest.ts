/** What a checkpoint consists of: one file that names all others, with their lengths and checksums. */
import { createHash } from "node:crypto";
import { endianness } from "node:os";
import type { ModelRecord } from "../../checker/run-record.ts";

export const CHECKPOINT_SCHEMA = "faultline-checkpoint/1";
/** The file that is renamed into its place when all others are written. */
export const MANIFEST = "checkpoint.json";
/** The order of bytes in numbers of this machine. */
export const ORDER = endianness();

/** What was written at one time. */
interface Part {
  readonly bytes: number;
  readonly sha256: string;
}

export interface TableFile {
  /** The file is NAME.BEGUN.bin: in which checkpoint it was begun. */
  readonly begun: number;
  /** Bytes of one number. */
  readonly width: number;
  /** One after the other in the file. What comes behind them is of a checkpoint that was never completed. */
  readonly parts: readonly Part[];
}

/** The run that is searched, and what decides how. */
export interface About {
  readonly model: ModelRecord;
  readonly how: { readonly symmetry: boolean; readonly stopAt: string; readonly engine: string };
}

export interface Manifest {
  readonly schema: typeof CHECKPOINT_SCHEMA;
  /** Version and sources: another one may number states in another way. */
  readonly tool: string;
  readonly order: string;
  /** How many checkpoints there were of this search. */
  readonly number: number;
  readonly about: About;
  readonly tables: { readonly [name: string]: TableFile };
}

export const fileOf = (name: string, { begun }: Pick<TableFile, "begun">): string => `${name}.${begun}.bin`;

export const filesOf = ({ tables }: Manifest): ReadonlySet<string> =>
  new Set(Object.entries(tables).map(([name, table]) => fileOf(name, table)));

export const bytesIn = ({ parts }: TableFile): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

export const manifestText = (manifest: Manifest): string =>
  `${JSON.stringify({ ...manifest, sha256: sumOf(JSON.stringify(manifest)) }, null, 1)}\n`;

/** The manifest, if the text is as it was written. */
export function manifestIn(text: string): Manifest | undefined {
  try {
    const { sha256, ...manifest } = JSON.parse(text) as Manifest & { readonly sha256: string };
    return sumOf(JSON.stringify(manifest)) === sha256 ? manifest : undefined;
  } catch {
    return undefined;
  }
}
