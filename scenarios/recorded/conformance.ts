/**
 * Conformance: recordings of real code, replayed through our machines, event by event. An adapter only translates the
 * words of a recording into events of machines and back; it has no rules of its own.
 */
import type { Json } from "../../checker/json.ts";
import type { RulesTaken } from "./rules-taken.ts";

/** One line of a recording: one sequence of operations with what the real code did. */
export interface RecordedLine {
  /** As the user named it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly value: Json;
}

/** The recording says one thing, the machines another. */
export interface Difference {
  /** Index of the operation in its sequence, from 0. */
  readonly index: number;
  readonly operation: Json;
  /** What the real code did. */
  readonly expected: Json;
  readonly got: Json;
  /** The state of the machines before the operation. */
  readonly before: Json;
}

/** One sequence, replayed. A replay may stop at the first difference: what follows it is noise. */
export interface Replay {
  readonly operations: number;
  /** Events, records and registers of the recording that were compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
  /** Reason, and how many events or operations were left out for it. */
  readonly outOfScope: { readonly [reason: string]: number };
  /** What the harness that recorded says of itself, and how often: equal, but no agreement of a machine with real code. */
  readonly ofHarness?: { readonly [words: string]: number };
  /** The machines that it ran, and what they did; absent where none ran. */
  readonly rules?: RulesTaken;
}

export interface Adapter {
  readonly name: string;
  /** Whether the line looks like a recording of this kind: a quick look at one or two fields. */
  readonly accepts: (line: Json) => boolean;
  /** Loads the schema; the function given back says what is wrong with the shape of a line ("steps[3].op: expected ..."), or undefined. */
  readonly shape: () => Promise<(line: Json) => string | undefined>;
  /** Called only with lines of the right shape. A sequence that is out of scope as a whole gives 0 operations and the reason. */
  readonly replay: (line: Json) => Replay;
}

export interface ConformanceResult {
  /** Names of the adapters that were used. */
  readonly adapters: readonly string[];
  /** Read; and those of them of which at least one operation was replayed. */
  readonly sequences: number;
  readonly replayed: number;
  readonly operations: number;
  readonly compared: number;
  readonly differences: readonly (Difference & { readonly file: string; readonly line: number })[];
  readonly outOfScope: { readonly [reason: string]: number };
  readonly ofHarness: { readonly [words: string]: number };
}

/** A recording that cannot be used: says the file, the line and what was expected. Never a verdict about a machine. */
export class RecordingError extends Error {
  override name = "RecordingError";
}

/** A line of the right shape, and who replays it. */
export interface SoundLine extends RecordedLine {
  readonly adapter: Adapter;
}

/** The lines, each with the first adapter that accepts it. @throws RecordingError at the first line of a wrong shape */
export async function soundLines(
  adapters: readonly Adapter[],
  lines: Iterable<RecordedLine>,
): Promise<readonly SoundLine[]> {
  const shapes = new Map<Adapter, (line: Json) => string | undefined>();
  const sound: SoundLine[] = [];
  for (const line of lines) {
    const where = `"${line.file}", line ${line.line}`;
    const adapter = adapters.find(({ accepts }) => accepts(line.value));
    if (!adapter)
      throw new RecordingError(
        `${where}: not a recording that is known here; expected one of ${adapters.map(({ name }) => name).join(", ")}.`,
      );
    const shape = shapes.get(adapter) ?? (await adapter.shape());
    shapes.set(adapter, shape);
    const wrong = shape(line.value);
    if (wrong !== undefined) throw new RecordingError(`${where}: not a ${adapter.name} recording: ${wrong}.`);
    sound.push({ ...line, adapter });
  }
  return sound;
}

type Counts = { readonly [name: string]: number };

/** Both together, name by name. */
export function sumOf(a: Counts, b: Counts): Counts {
  const sums: Record<string, number> = { ...a };
  for (const [name, count] of Object.entries(b)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}

/** Hears of each sequence after it was replayed. */
export type Witness = (line: SoundLine, replay: Replay) => void;

export function replayLines(lines: Iterable<SoundLine>, witness?: Witness): ConformanceResult {
  const names = new Set<string>();
  const total = { sequences: 0, replayed: 0, operations: 0, compared: 0 };
  const differences: (Difference & { file: string; line: number })[] = [];
  let outOfScope: Counts = {};
  let ofHarness: Counts = {};
  for (const sound of lines) {
    const { file, line, value, adapter } = sound;
    const replay = adapter.replay(value);
    witness?.(sound, replay);
    names.add(adapter.name);
    total.sequences += 1;
    total.replayed += replay.operations > 0 || replay.differences.length > 0 ? 1 : 0;
    total.operations += replay.operations;
    total.compared += replay.compared;
    for (const difference of replay.differences) differences.push({ ...difference, file, line });
    outOfScope = sumOf(outOfScope, replay.outOfScope);
    ofHarness = sumOf(ofHarness, replay.ofHarness ?? {});
  }
  return { adapters: [...names], ...total, differences, outOfScope, ofHarness };
}

/** All lines are looked at before the first is replayed: a bad line hides no difference, and none hides it. */
export const conform = async (
  adapters: readonly Adapter[],
  lines: Iterable<RecordedLine>,
  witness?: Witness,
): Promise<ConformanceResult> => replayLines(await soundLines(adapters, lines), witness);
