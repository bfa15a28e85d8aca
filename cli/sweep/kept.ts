/**
 * Results of a sweep, kept one by one as they come: a sweep that was interrupted goes on where it was. A result is found
 * again by the hash of the sources, the run, and its bound.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Searched, SweptRequest } from "../../reports/sweep.ts";
import { writeWhole } from "../write.ts";

const SCHEMA = "faultline-swept-run/1";

export const SWEPT_RUNS = "sweep-runs";

/** What the result of a run depends on. */
export interface Origin {
  /** Version and hash of the sources. */
  readonly tool: string;
  readonly maxStates: number;
}

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Whether the same run always gives this result: memory and interrupts end a search somewhere else each time. */
const isLasting = ({ complete, stoppedBy = "" }: Searched): boolean => complete || stoppedBy.startsWith("max-states ");

export type Found =
  | { readonly kind: "kept"; readonly result: Searched }
  | { readonly kind: "none" }
  /** There is a file, and it is not as it was written. */
  | { readonly kind: "damaged"; readonly path: string };

export class KeptRuns {
  readonly #folder: string;
  readonly #origin: Origin;

  constructor(directory: string, origin: Origin) {
    this.#folder = join(directory, SWEPT_RUNS);
    this.#origin = origin;
  }

  #of({ system, hardware, host, bounds, set }: SweptRequest): string {
    const { tool, maxStates } = this.#origin;
    return JSON.stringify({ tool, maxStates, request: { system, hardware, host, bounds, set } });
  }

  #path(of: string): string {
    return join(this.#folder, `${sumOf(of).slice(0, 24)}.json`);
  }

  async find(request: SweptRequest): Promise<Found> {
    const of = this.#of(request);
    const path = this.#path(of);
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) =>
      error.code === "ENOENT" ? undefined : "",
    );
    if (text === undefined) return { kind: "none" };
    const [first, second = "", end] = text.split("\n");
    const isWhole = first === JSON.stringify({ schema: SCHEMA, of, sum: sumOf(second) }) && end === "";
    return isWhole ? { kind: "kept", result: JSON.parse(second) as Searched } : { kind: "damaged", path };
  }

  /** Two lines: what the result is of, with a sum of it, and the result. @throws OutputError */
  async keep(request: SweptRequest, result: Searched): Promise<void> {
    if (!isLasting(result)) return;
    const of = this.#of(request);
    const text = JSON.stringify(result);
    await writeWhole(this.#path(of), `${JSON.stringify({ schema: SCHEMA, of, sum: sumOf(text) })}\n${text}\n`);
  }
}
