import { describe, expect, test } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../checker/kernel/step.ts";
import { READ, WRITE } from "../../include/iommu.ts";
import { addressSpaces, type AddressSpacesContext, type ResolutionRules } from "./address-spaces.ts";

const member = { device: 0, pasid: 1, grp: 0, page: 10, perm: READ, last: true };
const area = (start: number, end: number) => ({ start, end, prot: READ | WRITE, sigbus: false });

const created = (mm: number): Message => ({ type: "mm.is-created", mm });
const maps = (mm: number, start: number): Message => ({ type: "mm.maps", mm, area: area(start, start + 5) });
const handles: Message = { type: "mm.handles-fault", worker: 0, mm: 1, member };
const exits: Message = { type: "mm.exits", mm: 1 };

function after(events: readonly Message[], rules: Partial<ResolutionRules> = {}) {
  let snapshot: AnyMachineSnapshot = initialSnapshot(addressSpaces, { spaces: [], rules });
  let emitted: readonly Message[] = [];
  for (const event of events) ({ snapshot, emitted } = step(addressSpaces, snapshot, event)!);
  return { context: snapshot.context as AddressSpacesContext, codes: emitted.map(({ code }) => code ?? "faults") };
}

describe("the memory of processes", () => {
  test("handles a fault in a mapped area, of the process and of no other", () => {
    expect(after([created(1), maps(1, 8), handles]).codes).toEqual(["faults", "success"]);
    expect(after([created(1), created(2), maps(2, 8), handles]).codes).toEqual(["invalid"]);
    expect(after([created(1), maps(1, 8), { type: "mm.unmaps", mm: 1, start: 8 }, handles]).codes).toEqual(["invalid"]);
  });

  test("handles none after its process has exited, until it begins again", () => {
    const dead = [created(1), maps(1, 8), exits];
    expect(after([...dead, handles])).toMatchObject({ codes: ["invalid"], context: { resolvedDead: false } });
    expect(after([...dead, { type: "mm.begin" }, handles]).codes).toEqual(["faults", "success"]);
  });

  test("without a look at mm_users, a fault of a process that has exited is handled, and that is remembered", () => {
    const dead = after([created(1), maps(1, 8), exits, handles], { checksMm: false });
    expect(dead).toMatchObject({ codes: ["faults", "success"], context: { resolvedDead: true } });
    expect(after([created(1), maps(1, 8), handles], { checksMm: false }).context.resolvedDead).toBe(false);
  });

  test("is in one order, whatever came first", () => {
    const { spaces } = after([created(2), created(1), maps(1, 20), maps(1, 0)]).context;
    expect(spaces).toEqual([
      { mm: 1, exited: false, areas: [area(0, 5), area(20, 25)] },
      { mm: 2, exited: false, areas: [] },
    ]);
  });
});
