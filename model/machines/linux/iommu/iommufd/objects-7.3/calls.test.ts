/** Ways of the calls of Linux 7.3 that no recording takes: errors on the way, and the sweep of a context that cannot end. */
import { describe, expect, test } from "vitest";
import { initialSnapshot, step } from "../../../../../../checker/kernel/step.ts";
import type { Message } from "../../../../../../checker/json.ts";
import { EBUSY, ENOMEM } from "../../../include/iommu.ts";
import { sweptSteps } from "./call-branches.ts";
import { planOf } from "./call-plans.ts";
import { callThread } from "./call-thread.ts";
import { mockViommu } from "./mock-viommu.ts";
import { counted } from "./object-entries.ts";
import type { ObjectTableContext } from "./object-entries.ts";

describe("a call", () => {
  test("that does not find its second object gives back the first", () => {
    let snapshot = initialSnapshot(callThread, { name: "thread" });
    const said: Message[] = [];
    const take = (event: Message): void => {
      const taken = step(callThread, snapshot, event);
      if (!taken) throw new Error(`"${event.type}" is not taken`);
      snapshot = taken.snapshot;
      said.push(...taken.emitted);
    };
    take({ type: "call.begins", call: "vdevice-alloc", args: { viommu: 1, device: 2 }, memory: {}, names: {} });
    for (let k = 0; k < 20 && said.at(-1)?.type !== "call.returned"; k++) {
      const before = said.length;
      take({ type: "thread.steps" });
      const asked = said.slice(before).find(({ type }) => type === "object.looks-up");
      if (asked) take({ type: "object.found", by: "thread", ...(asked["id"] === 1 ? VIOMMU : NONE) });
    }
    expect(said.map(({ type }) => type)).toContain("object.drops-wait");
    expect(said.at(-1)).toMatchObject({ type: "call.returned", result: -2 });
  });

  test("of a vDEVICE may have no memory for its virtual ID", () => {
    const asks = planOf("vdevice-alloc", {}).find((one) => one.do === "ask" && one.what === "viommu.reserves");
    expect(asks).toMatchObject({ fails: [ENOMEM] });
  });
});
const VIOMMU = { kind: "viommu", at: 0 };
const NONE = { kind: null, at: null };

test("the sweep of a context begins again while it finds something, and then ends", () => {
  const sweep = { do: "sweep", after: 3 } as const;
  expect(sweptSteps({ ...sweep, found: true }, EBUSY, 0)).toEqual([{ do: "sweep", after: 0, found: false }]);
  expect(sweptSteps({ ...sweep, found: false }, EBUSY, 0)).toEqual([]);
});

test("a vIOMMU without a page for mmap() takes none away", () => {
  const drops = (page: number): readonly string[] => {
    const input = { at: 0, queueIndex: "stored" };
    const begun = step(mockViommu, initialSnapshot(mockViommu, input), { type: "driver.inits-viommu", by: "t", page });
    const ended = step(mockViommu, begun!.snapshot, { type: "driver.drops-viommu", by: "t" });
    return ended!.emitted.map(({ type }) => type);
  };
  expect([drops(0), drops(1)]).toEqual([["call.answered"], ["mmap.removes", "call.answered"]]);
});

test("a count below zero, or of an object that is not there, is remembered", () => {
  const device = { kind: "device", at: 0 } as const;
  const table: ObjectTableContext = {
    entries: [{ ...device, id: 1, place: "visible", users: 1, waits: 1 }],
    tombstones: [],
    broken: false,
  };
  expect(counted(table, device, { users: -2 })).toEqual({ broken: true });
  expect(counted(table, device, { waits: -2 })).toEqual({ broken: true });
  expect(counted(table, { kind: "device", at: 1 }, {})).toEqual({ broken: true });
  expect(counted(table, device, { users: -1 })).toMatchObject({ entries: [{ users: 0 }] });
});
