import { expect, test } from "vitest";
import { Answering } from "./answer.ts";
import { costsOf } from "./look-ups.ts";
import { lookUpScenarios } from "./questions/look-ups.ts";

const [scenario] = lookUpScenarios;
const { runs, answer } = new Answering(lookUpScenarios).answer(scenario!);
const counts = runs.map(({ costs = [] }) => ({
  lookUps: costs.filter(({ kind }) => kind === "look-up").length,
  locks: costs.filter(({ kind }) => kind === "lock").length,
}));

test("the numbers of the answer are those that the paths of the model give, in the order of the runs", () => {
  const told = [...answer.matchAll(/(\d+) look-ups and (\d+) locks/g)].map(([, lookUps, locks]) => ({
    lookUps: Number(lookUps),
    locks: Number(locks),
  }));
  // RFC v1 and v2 are told together.
  expect(counts[0]).toEqual(counts[1]);
  expect(told).toEqual(counts.slice(1));
});

test("the way to the container is a walk and a lock in v1, a tree and a lock in v3, and nothing on the core of 6.12", () => {
  const ofRun = (at: number) => runs[at]!.costs!.map(({ of }) => of);
  expect(ofRun(0)).toContain("vfio.group_list");
  expect(ofRun(2)).not.toContain("vfio.group_list");
  expect(ofRun(2)).toEqual(expect.arrayContaining(["the group tree", "the mutex of the group tree"]));
  expect(ofRun(3).filter((of) => /group_list|group tree|container/.test(of))).toEqual([]);
});

test("a path on which nobody reports costs nothing, and so do the same calls of somebody else", () => {
  expect(costsOf({ steps: [] })).toEqual([]);
  const call = (from: string) => ({
    from,
    to: "L",
    how: "call" as const,
    message: { type: "lock.acquires", lock: "L", owner: from },
  });
  const stepOf = (from: string) => ({
    action: { kind: "deliver" as const, channel: "c" },
    transfers: [call(from)],
    changes: [],
  });
  expect(costsOf({ steps: [stepOf("vmm")] })).toEqual([]);
  expect(costsOf({ steps: [stepOf("handler0")] })).toEqual([{ kind: "lock", of: "vfio_iommu.lock" }]);
});
