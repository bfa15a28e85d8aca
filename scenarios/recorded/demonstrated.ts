/** Machine files that rest on something else than replays. */
import type { Component } from "../../checker/system.ts";
import { cuts } from "../../model/refinements/cuts.ts";
import { defaultsOf, partsOf } from "../../properties/build.ts";

/** The system whose verdicts `type1-deadlock.test.ts` compares with what booted kernels did. */
const DEMONSTRATED = "type1-unmap";

export function demonstratedMachines(): readonly Component["machine"][] {
  const request = { system: DEMONSTRATED, ...defaultsOf(DEMONSTRATED), bounds: "default", set: {} };
  return Object.values(partsOf(request).components).map(({ machine }) => machine);
}

/**
 * Ids of the machines of focused models that can do all that the detailed machines can, by `npx faultline refine`, where
 * recordings hold all of these.
 */
export const refinedMachines = (isRecorded: (machine: string) => boolean): readonly string[] => [
  ...new Set(
    cuts
      .filter(({ difference, detailed }) => difference === undefined && detailed.every(isRecorded))
      .flatMap(({ standIn }) => standIn),
  ),
];
