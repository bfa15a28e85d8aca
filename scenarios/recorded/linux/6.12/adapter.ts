/**
 * Replays recordings of Linux 6.12 through our machines of it. `parts.ts` lists the parts of the kernel that can be
 * replayed; `run.ts` has what they share.
 *
 * Out of scope: as a whole, hand-written sequences with an operation that no part performs.
 */
import type { Adapter } from "../../conformance.ts";
import { BOOTED_612 } from "../classes.ts";
import { compare, leftOut, queuesOf, type Op, type Recording, type Unrecorded } from "../drive.ts";
import type { Departure } from "./part.ts";
import { operations, partsOf } from "./parts.ts";
import { PRQ_QUEUE } from "./prq.ts";
import { Replayed } from "./run.ts";

export type { Departure } from "./part.ts";

/** What cannot be seen from outside on a booted kernel; its groups have no tokens, and only iommufd handles them. */
const NOT_SEEN_BOOTED: Unrecorded = {
  events: ["iopf_enable", "iopf_disable", "wake", "copy_fail", "alloc_fail", "log", "warn_on"],
  fields: ["g", "via"],
};

export const linux612 = (departure: Departure = {}): Adapter => ({
  name: "Linux 6.12",
  accepts: (line) => String((line as Partial<Recording> | null)?.kernel).startsWith("6.12."),
  shape: async () => (await import("./schema.ts")).shape612,
  replay: (line) => {
    const recording = line as Recording;
    const strange = recording.ops.find(({ op }) => !operations.includes(op));
    if (strange) return leftOut(`hand-written sequence with ${strange.op}`);
    const parts = partsOf(recording);
    const own = parts.flatMap((part) => part.queues ?? []);
    const start = (init: Op): Replayed => {
      const groups = (init["groups"] as readonly number[] | undefined) ?? [...Array(Number(init["devs"])).keys()];
      const prq = init["intel"] === true ? [PRQ_QUEUE] : [];
      const queues = [...new Set([...prq, ...queuesOf(recording), ...own])].sort((a, b) => a - b);
      return new Replayed({ recording, init, groups, queues, departure }, parts);
    };
    return compare(recording, start, recording.class === BOOTED_612 ? NOT_SEEN_BOOTED : { events: [] });
  },
});
