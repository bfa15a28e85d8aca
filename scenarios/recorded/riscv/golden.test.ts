/**
 * Short sequences, written by hand from what a reference model does (hardware facts 10.3 and 10.4), for rules that the
 * recordings do not reach: a third ATC invalidation, and translations of pages that are mapped.
 */
import { describe, expect, test } from "vitest";
import type { Json } from "../../../checker/json.ts";
import { inert, unguarded, withMachine, withRules, type Rule } from "../../../properties/arbitraries/mutated.ts";
import { conform } from "../conformance.ts";
import { riscvIommu, type Departure } from "./adapter.ts";

const ok = { enabled: true, on: true, overflow: false, memoryFault: false, interruptPending: false };
const initial = { head: 0, tail: 0, ...ok };
const device = (number: number, head: number): Json => ({
  op: "device",
  device: number,
  ats: true,
  pri: true,
  prpr: false,
  out: [queue(head, head)],
});
const queue = (head: number, tail: number): Json => ({ event: "commandQueue", head, tail });
const A = 4096;
const B = 8192;

const invalidates = (number: number, address: number, ...out: Json[]): Json => ({
  op: "invalidateAtc",
  device: number,
  address,
  out,
});
const request = (number: number, itag: number, address: number): Json => ({
  event: "atcInvalidate",
  device: number,
  itag,
  address,
});
const completes = (number: number, itag: number, ...out: Json[]): Json => ({
  op: "invalidateAtcComplete",
  device: number,
  itag,
  completions: 1,
  out,
});
const accepted = (ret: 0 | 1): Json => ({ event: "invalidateAccepted", ret });
const answer = { device: 16, pasid: null, prgi: 3, code: 1 };
const responds = (...out: Json[]): Json => ({ op: "respond", ...answer, out });
const response = { event: "pageResponse", ...answer };
const fence = (...out: Json[]): Json => ({ op: "fence", out });
const done = { event: "fenceComplete" };

const reads = (found: Json): Json => ({
  op: "translate",
  device: 16,
  ats: false,
  write: false,
  address: A,
  out: [found],
});
const writes = (found: Json): Json => ({
  op: "translate",
  device: 16,
  ats: false,
  write: true,
  address: A,
  out: [found],
});
const requests = (found: Json): Json => ({
  op: "translate",
  device: 16,
  ats: true,
  write: true,
  address: A,
  out: [found],
});
const grants = (read: boolean, write: boolean, frame?: string): Json => ({
  event: "translated",
  status: 0,
  read,
  write,
  ...(frame === undefined ? {} : { frame }),
});
const faults = { event: "translated", status: 1, read: false, write: false };
const map = (write: boolean): Json => ({ op: "map", address: A, write, out: [] });
const unmap: Json = { op: "unmap", address: A, out: [] };
const flush = (position: number): Json => ({ op: "invalidateIotlb", address: A, out: [queue(position, position)] });

const SEQUENCES: { readonly [what: string]: readonly Json[] } = {
  "a third ATC invalidation waits for an ITag, and what is behind it waits": [
    device(16, 1),
    device(17, 2),
    invalidates(16, A, request(16, 0, A), queue(3, 3)),
    invalidates(17, A, request(17, 1, A), queue(4, 4)),
    invalidates(16, B, queue(5, 5)),
    responds(queue(5, 6)),
    completes(17, 0, accepted(1), queue(5, 6)),
    completes(17, 1, request(16, 1, B), accepted(0), response, queue(6, 6)),
    fence(queue(6, 7)),
    completes(16, 0, accepted(0), queue(6, 7)),
    responds(queue(6, 8)),
    completes(16, 1, done, accepted(0), response, queue(8, 8)),
  ],
  "an ITag is free after as many completions as its device sends": [
    device(16, 1),
    invalidates(16, A, request(16, 0, A), queue(2, 2)),
    fence(queue(2, 3)),
    { op: "invalidateAtcComplete", device: 16, itag: 0, completions: 2, out: [accepted(0), queue(2, 3)] },
    { op: "invalidateAtcComplete", device: 16, itag: 0, completions: 2, out: [done, accepted(0), queue(3, 3)] },
    completes(16, 0, accepted(1), queue(3, 3)),
  ],
  "a read-only page faults a write, and ATS grants less than was asked for": [
    device(16, 1),
    requests(grants(false, false)),
    reads(faults),
    map(false),
    requests(grants(true, false, "one")),
    writes(faults),
    reads(grants(true, false, "one")),
  ],
  "the IOTLB keeps frame and permission until it is invalidated": [
    device(16, 1),
    map(true),
    reads(grants(true, true, "one")),
    unmap,
    reads(grants(true, true, "one")),
    map(false),
    writes(grants(true, true, "one")),
    flush(2),
    writes(faults),
    reads(grants(true, false, "two")),
    unmap,
    flush(3),
    reads(faults),
    requests(grants(false, false)),
  ],
};

const replay = async (departure: Departure = {}) => {
  const lines = Object.entries(SEQUENCES).map(([id, steps], k) => ({
    file: "golden",
    line: k + 1,
    value: { id, entries: 4, initial, steps } as unknown as Json,
  }));
  return conform([riscvIommu(departure)], lines);
};

describe("what a reference model does, and no recording shows", () => {
  test("our machines do the same", async () => {
    const result = await replay();
    expect(result.differences).toEqual([]);
    expect(result).toMatchObject({ sequences: 4, operations: 39 });
    expect(result.outOfScope).toEqual({});
  });

  const changed = (
    component: (name: string) => boolean,
    event: string,
    change: (rules: readonly Rule[]) => readonly Rule[],
  ): Departure => ({ change: withMachine(component, (machine) => withRules(machine, event, change)) });
  const isTable = (name: string): boolean => name.startsWith("translation");
  const isQueue = (name: string): boolean => name === "iommu";

  test.each<[string, Departure, readonly number[]]>([
    ["three ITags", { itags: 3 }, [1]],
    ["one ITag", { itags: 1 }, [1]],
    [
      "responses that pass an invalidation without an ITag",
      changed(isQueue, "command.responds", (rules) => rules.map(unguarded)),
      [1],
    ],
    [
      "an ITag that is free after the first completion",
      changed(isQueue, "atc.invalidation-completed", ([unexpected, , last]) => [unexpected!, last!]),
      [2],
    ],
    ["an invalidation that clears nothing", changed(isTable, "iotlb.invalidates", () => [{ actions: [] }]), [4]],
    [
      "writes to read-only pages",
      changed(isTable, "access.begins", ([first, ...others]) => [
        {
          ...first,
          guard: ({ context }: { context: { present: boolean; cached: boolean } }) => context.present || context.cached,
        },
        ...others,
      ]),
      [3, 4],
    ],
    ["an unmap that is not written", changed(isTable, "translation.unmaps", (rules) => rules.map(inert)), [4]],
    ["a map that is not written", changed(isTable, "translation.maps", (rules) => rules.map(inert)), [3, 4]],
  ])("%s: told apart", async (_, departure, lines) => {
    const { differences } = await replay(departure);
    expect(differences.map(({ line }) => line)).toEqual(lines);
  });
});
