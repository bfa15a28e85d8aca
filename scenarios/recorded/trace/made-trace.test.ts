import { describe, expect, test } from "vitest";
import { checkTrace } from "./check-trace.ts";
import { madeTrace, type MadeTrace } from "./made-trace.ts";
import { readTrace } from "./read-trace.ts";
import { mutantsOf } from "./trace-mutants.ts";

const made = (trace: MadeTrace): string => madeTrace(trace);
const check = (text: string) => checkTrace(readTrace("made", text, /^6\.12/).events, [], 20_000);

describe("a trace that the machines made under a random schedule", () => {
  test("is the same for the same seed", () => {
    const size = { faults: 5, threads: 2, devices: 1, queues: 1 };
    expect(made({ seed: 3, ...size })).toBe(made({ seed: 3, ...size }));
    expect(made({ seed: 3, ...size })).not.toBe(made({ seed: 4, ...size }));
  });

  test.each([
    { seed: 1, faults: 20, threads: 1, devices: 1, queues: 1 },
    { seed: 1, faults: 20, threads: 2, devices: 1, queues: 1 },
    { seed: 1, faults: 20, threads: 4, devices: 2, queues: 1 },
    { seed: 1, faults: 300, threads: 4, devices: 1, queues: 1 },
    { seed: 21, faults: 300, threads: 4, devices: 2, queues: 2 },
    { seed: 41, faults: 300, threads: 4, devices: 3, queues: 2 },
    // The mutex of a queue is dropped late, in a window that reaches into the next call of the thread.
    { seed: 3, faults: 300, threads: 4, devices: 2, queues: 2 },
    // Groups of an HWPT that was replaced still wait when its device comes back to the queue with another one.
    { seed: 33, faults: 300, threads: 4, devices: 3, queues: 3 },
  ])(
    "of $threads threads, $devices devices, $queues queues and $faults faults is explained",
    (size) => {
      expect(check(made(size)).answer.kind).toBe("explained");
    },
    120_000,
  );

  test("is not, with a line of a thread missing", () => {
    const text = made({ seed: 1, faults: 4, threads: 1, devices: 1, queues: 1 });
    const mutant = mutantsOf(text).find(({ what, kind }) => kind === "dropped" && what === "free_group")!;
    expect(mutant.expected).toBe("rejected");
    expect(check(mutant.text).answer.kind).toBe("not-explained");
  });
});
