/** The parts of Linux 6.12 that can be replayed. */
import type { Recording } from "../drive.ts";
import { core } from "./core.ts";
import type { Part } from "./part.ts";
import { testHandlers } from "./test-handlers.ts";

const parts: readonly Part[] = [core, testHandlers];

/** Operations of the harness itself, which no part performs. */
const OF_THE_HARNESS: readonly string[] = ["init", "fail_alloc", "fail_copy", "state"];

export const operations: readonly string[] = [...OF_THE_HARNESS, ...parts.flatMap((part) => part.operations)];

export const partsOf = (recording: Recording): readonly Part[] =>
  parts.filter(({ isNeeded, operations: own }) =>
    isNeeded ? isNeeded(recording) : recording.ops.some(({ op }) => own.includes(op)),
  );
