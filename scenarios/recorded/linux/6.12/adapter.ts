/**
 * Replays recordings of Linux 6.12 through our machines of it. `parts.ts` lists the parts of the kernel that can be
 * replayed; `run.ts` has what they share.
 *
 * Out of scope: as a whole, recordings of
 * the classes in `leftOut612` and hand-written sequences with an operation that no part performs.
 */
import type { Adapter } from "../../conformance.ts";
import { leftOut612 } from "../classes.ts";
import { compare, leftOut, queuesOf, type Recording } from "../drive.ts";
import type { Departure } from "./part.ts";
import { operations, partsOf } from "./parts.ts";
import { Replayed } from "./run.ts";

export type { Departure } from "./part.ts";

export const linux612 = (departure: Departure = {}): Adapter => ({
  name: "linux-6.12-harness",
  accepts: (line) => String((line as Partial<Recording> | null)?.kernel).startsWith("6.12."),
  shape: async () => (await import("./schema.ts")).shape612,
  replay: (line) => {
    const recording = line as Recording;
    if (leftOut612.includes(recording.class)) return leftOut(`class ${recording.class}`);
    const strange = recording.ops.find(({ op, intel }) => !operations.includes(op) || intel);
    if (strange)
      return leftOut(`hand-written sequence with ${strange.op === "init" ? "Intel's page request ring" : strange.op}`);
    return compare(recording, (init) => {
      const groups = (init["groups"] as readonly number[] | undefined) ?? [...Array(Number(init["devs"])).keys()];
      return new Replayed({ recording, init, groups, queues: queuesOf(recording), departure }, partsOf(recording));
    });
  },
});
