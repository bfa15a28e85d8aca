/** Replays the kept recordings through the machines of this process, sequence by sequence. */
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { UNNAMED_CLASS } from "../../scenarios/recorded/classes.ts";
import type { Adapter, RecordedLine } from "../../scenarios/recorded/conformance.ts";
import { linux61 } from "../../scenarios/recorded/linux/6.1/adapter.ts";
import { linux612 } from "../../scenarios/recorded/linux/6.12/adapter.ts";
import { linux73 } from "../../scenarios/recorded/linux/7.3/adapter.ts";
import { readRecording } from "../../scenarios/recorded/read.ts";
import { riscvIommu } from "../../scenarios/recorded/riscv/adapter.ts";
import { TICK } from "./tick.ts";

const DATA = fileURLToPath(new URL("../../scenarios/recorded/data/", import.meta.url));
const END = ".jsonl.gz";

/** Rounds of loops in the replay of one sequence; without a mutant, the longest takes some 2,000. */
export const MOST_ROUNDS = 200_000;

/** A line of a file of recordings. */
export interface Sequence {
  readonly recording: string;
  readonly class: string;
  /** From 1. */
  readonly line: number;
}

/** The first difference that a mutant makes. */
export interface Noticed {
  /** The sequence; null: the machines could not even be made. */
  readonly where: Sequence | null;
  /** Index of the operation in its sequence; null: the replay threw, or did not end. */
  readonly operation: number | null;
  readonly how: "differs" | "throws" | "does not end";
  /** What was thrown, in one line. */
  readonly because?: string;
}

let rounds = 0;
const adapters: readonly Adapter[] = [riscvIommu(), linux73(), linux612(), linux61()];
const read = new Map<string, readonly RecordedLine[]>();

const recordings = (): readonly string[] =>
  readdirSync(DATA)
    .filter((name) => name.endsWith(END))
    .map((name) => name.slice(0, -END.length))
    .sort();

function linesOf(recording: string): readonly RecordedLine[] {
  const lines = read.get(recording) ?? readRecording(`${DATA}${recording}${END}`);
  read.set(recording, lines);
  return lines;
}

const classOf = ({ value }: RecordedLine): string =>
  String((value as { readonly class?: string }).class ?? UNNAMED_CLASS);

export const sequences = (): readonly Sequence[] =>
  recordings().flatMap((recording) =>
    linesOf(recording).map((one) => ({ recording, class: classOf(one), line: one.line })),
  );

/** Counts rounds of loops from here on. */
export function countRounds(): void {
  Object.assign(globalThis, {
    [TICK]: () => {
      rounds += 1;
      if (rounds > MOST_ROUNDS) throw new Error(`more than ${MOST_ROUNDS} rounds of loops`);
    },
  });
}

function replayed(where: Sequence): Noticed | undefined {
  const { value } = linesOf(where.recording).find(({ line }) => line === where.line)!;
  const adapter = adapters.find(({ accepts }) => accepts(value))!;
  rounds = 0;
  try {
    const [difference] = adapter.replay(value).differences;
    return difference && { where, operation: difference.index, how: "differs" };
  } catch (error) {
    const because = String(error instanceof Error ? error.message : error).split("\n")[0]!;
    // A machine may say in words of its own that it failed.
    return { where, operation: null, how: rounds > MOST_ROUNDS ? "does not end" : "throws", because };
  }
}

/** The first difference of the sequences, in their order. */
export function firstNoticed(asked: readonly Sequence[]): Noticed | undefined {
  for (const sequence of asked) {
    const noticed = replayed(sequence);
    if (noticed) return noticed;
  }
  return undefined;
}
