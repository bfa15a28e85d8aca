/**
 * Conformance: recordings of real code, replayed through our machines, event by event. An adapter only translates the
 * words of a recording into events of machines and back; it has no rules of its own.
 */
import type { Json } from "../../checker/json.ts";

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
  readonly sequences: number;
  readonly operations: number;
  readonly compared: number;
  readonly differences: readonly (Difference & { readonly file: string; readonly line: number })[];
  readonly outOfScope: { readonly [reason: string]: number };
}

/** A recording that cannot be used: says the file, the line and what was expected. Never a verdict about a machine. */
export class RecordingError extends Error {
  override name = "RecordingError";
}

/** Replays every line through the first adapter that accepts it. */
export async function conform(adapters: readonly Adapter[], lines: Iterable<RecordedLine>): Promise<ConformanceResult> {
  const used = new Map<Adapter, (line: Json) => string | undefined>();
  const total = { sequences: 0, operations: 0, compared: 0 };
  const differences: (Difference & { file: string; line: number })[] = [];
  const outOfScope: Record<string, number> = {};
  for (const { file, line, value } of lines) {
    const adapter = adapters.find(({ accepts }) => accepts(value));
    if (!adapter)
      throw new RecordingError(
        `${file}, line ${line}: not a recording that is known here; expected one of ${adapters.map(({ name }) => name).join(", ")}.`,
      );
    const shape = used.get(adapter) ?? (await adapter.shape());
    used.set(adapter, shape);
    const wrong = shape(value);
    if (wrong !== undefined)
      throw new RecordingError(`${file}, line ${line}: not a ${adapter.name} recording: ${wrong}.`);
    const replay = adapter.replay(value);
    total.sequences += 1;
    total.operations += replay.operations;
    total.compared += replay.compared;
    for (const difference of replay.differences) differences.push({ ...difference, file, line });
    for (const [reason, count] of Object.entries(replay.outOfScope))
      outOfScope[reason] = (outOfScope[reason] ?? 0) + count;
  }
  return { adapters: [...used.keys()].map(({ name }) => name), ...total, differences, outOfScope };
}
