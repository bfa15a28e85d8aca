/** Machine files that rest on something else than replays. */
import type { Component } from "../../checker/system.ts";
import { defaultsOf, partsOf } from "../../properties/build.ts";

/** The system whose verdicts `type1-deadlock.test.ts` compares with what booted kernels did. */
const DEMONSTRATED = "type1-unmap";

export function demonstratedMachines(): readonly Component["machine"][] {
  const request = { system: DEMONSTRATED, ...defaultsOf(DEMONSTRATED), bounds: "default", set: {} };
  return Object.values(partsOf(request).components).map(({ machine }) => machine);
}

/** Paths of files that were compared with the detailed machines over all messages of an interface. */
export const refinedFiles: readonly string[] = [];
