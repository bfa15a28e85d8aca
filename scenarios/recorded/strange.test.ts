/** Recordings that nobody can have made: each is refused with its place, or told apart; none counts as agreement. */
import { describe, expect, test } from "vitest";
import type { Json } from "../../checker/json.ts";
import { conform, type ConformanceResult } from "./conformance.ts";
import { linux61 } from "./linux/6.1/adapter.ts";
import { linux612 } from "./linux/6.12/adapter.ts";
import { riscvIommu } from "./riscv/adapter.ts";

const replay = (value: Json): Promise<ConformanceResult> =>
  conform([riscvIommu(), linux612(), linux61()], [{ file: "strange.jsonl", line: 3, value }]);

const linux = (ops: readonly Json[], events: readonly Json[] = [], rest: { readonly [field: string]: Json } = {}) => ({
  kernel: "6.12.117",
  class: "core",
  ops,
  events,
  ...rest,
});
const init = { op: "init", devs: 2 };
const queue = { op: "queue_alloc", q: 0 };
const done = (i: number): Json => ({ i, ev: "ret", val: 0 });

describe("scripts of Linux", () => {
  test.each<[string, Json, string]>([
    [
      "page requests of VT-d without its queue",
      linux([init, queue, { op: "prq_put", dev: 0, grp: 1, addr: 4096 }], [done(1)]),
      'ops[2].op: "prq_put" needs a page request queue',
    ],
    [
      "an IOPF queue that was never allocated",
      linux([init, queue, { op: "add_dev", q: 1, dev: 0 }], [done(1)]),
      'ops[2].q: "add_dev" names IOPF queue 1, which no "queue_alloc" before it has made',
    ],
    [
      "a bond with a process that was never there",
      linux([init, { op: "bind", dev: 0, mm: 4 }]),
      'ops[1].mm: "bind" names process 4',
    ],
    [
      "a fault queue that was never made",
      linux([init, { op: "hwpt_alloc", h: 0, f: 1 }, { op: "fq_alloc", f: 1 }]),
      'ops[1].f: "hwpt_alloc" names fault queue 1',
    ],
    [
      "an HWPT that was never made",
      linux([init, { op: "hwpt_destroy", h: 2 }]),
      'ops[1].h: "hwpt_destroy" names HWPT 2',
    ],
    [
      "a driver's call beside iommufd",
      linux([init, { op: "hwpt_alloc", h: 0 }, { op: "add_dev", q: 0, dev: 0 }]),
      'ops[2].op: "add_dev" is a call of the driver',
    ],
    [
      "what only a booted kernel may leave out, of another kernel",
      linux([init, queue], [done(1)], { class: "xk" }),
      'class: "xk" is the class of booted kernels',
    ],
    [
      "a booted kernel in another class",
      linux([init, queue], [done(1)], { kernel: "6.12.117 (booted, QEMU)" }),
      'class: "xk" is the class of booted kernels',
    ],
    [
      "events in another order than their operations",
      linux([init, queue, { op: "queue_free", q: 0 }], [done(2), done(1)]),
      "events[1].i: expected events in the order of their operations",
    ],
    [
      "a read without a size",
      linux([init, { op: "fq_alloc", f: 0 }, { op: "fd_read", f: 0 }], [done(1)]),
      "ops[2]: expected either n or bytes",
    ],
    [
      "a response without a code",
      linux([init, { op: "fq_alloc", f: 0 }, { op: "fd_write", f: 0, resps: [[1]] }], [done(1)]),
      "ops[2].resps[0]",
    ],
    ["a discard of two queues", linux([init, queue, { op: "discard", q: 0, null: true }], [done(1)]), "ops[2]"],
  ])("%s: refused with the place", async (_, line, message) => {
    await expect(replay(line)).rejects.toThrow(`"strange.jsonl", line 3: not a Linux 6.12 recording: ${message}`);
  });

  test("a program on a booted kernel may name an HWPT that was never made", async () => {
    const line = linux([init, { op: "hwpt_destroy", h: 2 }], [{ i: 1, ev: "ret", val: -2 }], {
      class: "xk",
      kernel: "6.12.117 (booted, QEMU)",
    });
    expect(await replay(line)).toMatchObject({ compared: 1, differences: [] });
  });

  test("memory of a process that Linux 6.1 does not have is refused", async () => {
    const line = linux([init, { op: "vma", mm: 0, start: 0, end: 4096, prot: 7 }], [], { kernel: "6.1.192" });
    await expect(replay(line)).rejects.toThrow('line 3: not a Linux 6.1 recording: ops[1].mm: "vma" names process 0');
  });

  const unmade = linux([init, queue, queue], [done(1), done(2)]);
  test("what the machines cannot do is a difference with its place", async () => {
    const { differences, compared } = await replay(unmade);
    expect(differences).toMatchObject([{ line: 3, index: 2, got: [{ ev: "stuck" }] }]);
    expect(compared).toBe(2);
  });

  test("what a machine has no rule for is a difference with its place, and no mistake of the model", async () => {
    const fault = { f: 0 };
    const ops = [init, { op: "fq_alloc", ...fault }, { op: "fd_close", ...fault }, { op: "fq_destroy", ...fault }];
    const line = linux(
      [...ops, { op: "hwpt_alloc", h: 0, ...fault }],
      [done(1), { i: 2, ev: "ret", val: null }, done(3)],
    );
    const { differences } = await replay(line);
    expect(differences).toMatchObject([{ line: 3, index: 4, got: [{ ev: "stuck" }] }]);
  });

  test("nothing that the harness states counts where two devices share an IOMMU group, in any class", async () => {
    const ops = [
      { ...init, groups: [0, 0] },
      { op: "fq_alloc", f: 0 },
      { op: "hwpt_alloc", h: 0, f: 0, nested: true },
    ];
    const attaches = { op: "hwpt_attach", h: 0, dev: 0 };
    const events = [done(1), done(2), { i: 3, ev: "iopf_enable", dev: 0, val: 0 }, done(3)];
    const { differences, compared, ofHarness } = await replay(linux([...ops, attaches], events, { class: "iommufd" }));
    expect(differences).toEqual([]);
    expect(compared).toBe(2);
    expect(Object.values(ofHarness)).toEqual([2]);
  });
});

const registers = { head: 0, tail: 0, enabled: true, on: true, overflow: false, memoryFault: false };
const riscv = (...steps: readonly Json[]): Json => ({
  id: "strange",
  entries: 4,
  initial: { ...registers, interruptPending: false },
  steps,
});
const tail = (head: number, to = head): Json => ({ event: "commandQueue", head, tail: to });
const device = (...out: Json[]): Json => ({ op: "device", device: 1, ats: true, pri: true, prpr: true, out });
const completes = (...out: Json[]): Json => ({
  op: "invalidateAtcComplete",
  device: 1,
  itag: 0,
  completions: 1,
  out,
});

describe("sequences of a RISC-V IOMMU", () => {
  test.each<[string, Json, string]>([
    ["a verdict about a completion is left out", riscv(device(), completes()), "steps[1].out: expected one invalid"],
    [
      "a completion is accepted that nobody sent",
      riscv(device({ event: "invalidateAccepted", ret: 0 })),
      "steps[0].out: expected no invalidateAccepted",
    ],
    ["the command queue is left out once", riscv(device(tail(1)), device()), "steps[1].out: expected one commandQueue"],
    [
      "head and tail of the command queue have moved together",
      riscv(device(tail(1)), device(tail(7))),
      "steps[1].out: expected tail 2, one more for each command",
    ],
  ])("%s: refused with the place", async (_, line, message) => {
    await expect(replay(line)).rejects.toThrow(`"strange.jsonl", line 3: not a RISC-V IOMMU recording: ${message}`);
  });

  test("the frame before cannot stand for the frame after", async () => {
    const reads = (frame: string): Json => ({
      op: "translate",
      device: 1,
      ats: true,
      write: false,
      address: 4096,
      out: [{ event: "translated", status: 0, read: true, write: true, frame }],
    });
    const remapped = (frame: string): Json =>
      riscv(
        device(),
        { op: "map", address: 4096, write: true, out: [] },
        reads("A"),
        { op: "unmap", address: 4096, out: [] },
        { op: "invalidateIotlb", address: 4096, out: [] },
        { op: "map", address: 4096, write: true, out: [] },
        reads(frame),
      );
    expect((await replay(remapped("B"))).differences).toEqual([]);
    expect((await replay(remapped("A"))).differences).toMatchObject([
      { index: 6, got: { frame: "another frame" }, expected: { frame: "A" } },
    ]);
  });
});
