import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../../checker/json.ts";
import { BOOTED_612 } from "../classes.ts";
import type { Op, Recording } from "../drive.ts";
import { LINUX_6_12_IOMMUFD } from "./iommufd-system.ts";
import type { Departure } from "./part.ts";
import { partsOf } from "./parts.ts";
import { Replayed } from "./run.ts";

/** Calls of a program, of its devices, and failures of memory and copies, more of them and in other orders than recorded. */
const some = (most: number) => fc.integer({ min: 0, max: most - 1 });
const QUEUES = [0, 1];
/** Without a fault queue; with each of the two; and one more with the first. */
const HWPTS: readonly Op[] = [
  { op: "hwpt_alloc", h: 0, nested: false },
  { op: "hwpt_alloc", h: 1, nested: true, f: 0 },
  { op: "hwpt_alloc", h: 2, nested: true, f: 1 },
  { op: "hwpt_alloc", h: 3, nested: false, f: 0 },
];

const dev = some(3);
/** The last one was never allocated. */
const h = some(HWPTS.length + 1);
const f = some(QUEUES.length);
const cookie = some(5);
const nth = fc.integer({ min: 1, max: 4 });
const named = <Name extends string>(op: Name, fields: { readonly [field: string]: fc.Arbitrary<Json> }) =>
  fc.record({ op: fc.constant(op), ...fields }) as unknown as fc.Arbitrary<Op>;
const fault = named("fault", {
  dev,
  grp: some(3),
  last: fc.constantFrom(true, true, false),
  perm: fc.constant(1),
  addr: some(8),
  type: fc.constant(1),
});
const operation: fc.Arbitrary<Op> = fc.oneof(
  { weight: 4, arbitrary: named("hwpt_attach", { dev, h }) },
  { weight: 4, arbitrary: named("hwpt_replace", { dev, h }) },
  { weight: 2, arbitrary: named("hwpt_detach", { dev }) },
  { weight: 10, arbitrary: fault },
  { weight: 4, arbitrary: named("fd_read", { f, n: some(4) }) },
  { weight: 1, arbitrary: named("fd_read", { f, bytes: fc.constantFrom(0, 39, 40, 41, 80) }) },
  {
    weight: 5,
    arbitrary: named("fd_write", {
      f,
      resps: fc.array(fc.tuple(cookie, some(3)), { maxLength: 3 }),
    }),
  },
  { weight: 1, arbitrary: named("fd_poll", { f }) },
  { weight: 1, arbitrary: named("hwpt_destroy", { h }) },
  { weight: 1, arbitrary: named("fq_destroy", { f }) },
  { weight: 2, arbitrary: named("fail_alloc", { n: nth }) },
  { weight: 2, arbitrary: named("fail_copy", { n: nth }) },
  { weight: 1, arbitrary: fc.constant<Op>({ op: "discard", q: 0 }) },
);

const ATTACHING = ["hwpt_attach", "hwpt_replace"];

/** Everything is given back. */
const END: readonly Op[] = [
  ...[0, 1, 2].map((device): Op => ({ op: "hwpt_detach", dev: device })),
  ...HWPTS.map(({ h: number }): Op => ({ op: "hwpt_destroy", h: number! })),
  ...QUEUES.map((queue): Op => ({ op: "fd_close", f: queue })),
  ...QUEUES.map((queue): Op => ({ op: "fq_destroy", f: queue })),
];

interface Said {
  readonly op: Op;
  readonly events: readonly { readonly ev: string; readonly [field: string]: Json }[];
  /** What all machines are in before and after it. */
  readonly before: Json;
  readonly after: Json;
}

const contexts = ({ drive }: Replayed): Json =>
  Object.fromEntries([...drive.state.snapshots].map(([name, { context }]) => [name, context as Json]));

function performed(departure: Departure, groups: readonly number[], vf: number, drawn: readonly Op[]): readonly Said[] {
  const init: Op = { op: "init", devs: 3, groups, vf, upt: true };
  const attached = [0, 1, 2].map((device): Op => ({ op: "hwpt_attach", dev: device, h: 1 + (device % 2) }));
  const begin = [...QUEUES.map((queue): Op => ({ op: "fq_alloc", f: queue })), ...HWPTS, ...attached];
  const ops = [init, ...begin, ...drawn, ...END].map((op) => ({ ...op }));
  // The IOPF queue of the driver is there from the start.
  const recording: Recording = { kernel: "6.12.117", class: BOOTED_612, ops, events: [] };
  const run = new Replayed({ recording, init, groups, queues: [0], departure }, partsOf(recording));
  return ops.slice(1).map((op) => {
    const before = contexts(run);
    const events = run.perform(op) as Said["events"];
    return { op, events, before, after: contexts(run) };
  });
}

const script = fc.tuple(
  fc.constantFrom([0, 1, 2], [0, 0, 1], [0, 0, 0]),
  fc.constantFrom(0, 0, 1, 2, 4, 7),
  fc.array(operation, { minLength: 10, maxLength: 60, size: "max" }),
);

/** Calls return, each group is answered once, a call that fails changes nothing, and in the end all is given back. */
function check(departure: Departure, numRuns: number): { readonly answered: number; readonly failed: number } {
  let answered = 0;
  let failed = 0;
  fc.assert(
    fc.property(script, ([groups, vf, drawn]) => {
      const said = performed(departure, groups, vf, drawn);
      const all = said.flatMap(({ events }) => events);
      expect(all.filter(({ ev }) => ev === "stuck")).toEqual([]);
      const of = (name: string) => all.filter(({ ev, g }) => ev === name && g !== null).map(({ g }) => Number(g));
      expect(of("response").toSorted((a, b) => a - b)).toEqual(of("deliver"));
      answered += of("response").length;
      for (const { op, events, before, after } of said) {
        const result = events.find(({ ev }) => ev === "ret")?.["val"];
        if (!ATTACHING.includes(op.op) || typeof result !== "number" || result === 0) continue;
        failed += 1;
        expect(after, JSON.stringify(op)).toEqual(before);
      }
      const enabled = all.filter(({ ev, val }) => ev === "iopf_enable" && val === 0);
      expect(enabled.filter(({ dev: device }) => (vf >> Number(device)) % 2 === 1)).toEqual([]);
      expect(said.slice(-2).map(({ events }) => events.at(-1)?.["val"])).toEqual([0, 0]);
    }),
    { numRuns, seed: 20210125 },
  );
  return { answered, failed };
}

describe("iommufd of Linux 6.12, in scripts that nobody recorded", () => {
  test("calls return, each group is answered once, failures change nothing, and all is given back", () => {
    const { answered, failed } = check({}, 60);
    expect(answered).toBeGreaterThan(100);
    expect(failed).toBeGreaterThan(100);
  });

  test("groups that neither a detach nor the end of the queue answers are noticed", () => {
    const control = { ...LINUX_6_12_IOMMUFD.control, detach: "no-answer", destroyAnswers: "delivered" } as const;
    expect(() => check({ iommufd: { control } }, 20)).toThrow(/Property failed/);
  });
});
