import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../checker/json.ts";
import { riscv } from "../../../model/hardware/riscv.ts";
import type { PageRequestQueueKnobs } from "../../../model/machines/iommu/page-request-queue.ts";
import { conform, type RecordedLine } from "../conformance.ts";
import { readRecording } from "../read.ts";
import { riscvPageRequestQueue } from "./adapter.ts";

const recording = readRecording(fileURLToPath(new URL("../data/riscv-page-queue.jsonl.gz", import.meta.url)));

const line = (value: Json): RecordedLine => ({ file: "made-up.jsonl", line: 7, value });
const registers = {
  head: 0,
  tail: 0,
  enabled: true,
  on: true,
  overflow: false,
  memoryFault: false,
  interruptPending: false,
};

describe("recordings of RISC-V IOMMU reference models", () => {
  test(
    "all 400 sequences of the page-request queue are replayed without a difference",
    { timeout: 60_000 },
    async () => {
      const result = await conform([riscvPageRequestQueue()], recording);
      expect(result.differences).toEqual([]);
      expect(result).toMatchObject({ sequences: 400, operations: 41_200, compared: 58_243 });
      expect(Object.values(result.outOfScope)).toEqual([1200]);
    },
  );

  const wrong: readonly (readonly [string, Partial<PageRequestQueueKnobs>])[] = [
    ["all slots usable", { pqUsable: "N" }],
    ["an overflow that keeps nothing out", { ovfInhibits: false }],
    ["no answer to a last request lost by overflow", { ovfLastResponse: "none" }],
    ["another answer while the queue is off", { offLastResponse: "invalid" }],
    ["another answer to devices without configuration", { cfgErrResponse: "invalid" }],
    ["another answer to devices without PRI", { priOffResponse: "failure" }],
    ["another answer on a memory fault", { memFaultResponse: "success" }],
    ["a queue that keeps its records when turned on", { enableResets: false }],
    ["a PASID in every Success", { autoRespPasid: "mirror" }],
    ["no PASID in Failure", { autoRespFailurePasid: "none" }],
    ["stop markers only with PASID", { stopMarker: "supported" }],
    ["answered stop markers", { stopMarker: "treatedAsRequest" }],
    ["discarded stop markers", { stopMarker: "none" }],
    ["a head register written later", { headAdvance: "batch" }],
    ["a pending bit without error flags", { irqErrorLatch: false }],
    ["a level interrupt", { irqModel: "level" }],
    ["an implicit invalidation", { implicitInvOnPR: true }],
  ];
  test.each(wrong)("a model with %s is told apart", async (_, knobs) => {
    const result = await conform([riscvPageRequestQueue({ ...riscv, ...knobs })], recording.slice(0, 60));
    expect(result.differences.length).toBeGreaterThan(0);
  });

  test("a difference shows operation, expectation, result and the state before", async () => {
    const steps = [
      { op: "device", device: 1, ats: true, pri: true, prpr: false, out: [] },
      {
        op: "pageRequest",
        device: 1,
        pasid: null,
        read: true,
        write: false,
        last: true,
        prgi: 0,
        address: 4096,
        out: [{ event: "pageResponse", device: 1, pasid: null, prgi: 0, code: 0 }],
      },
    ];
    const result = await conform([riscvPageRequestQueue()], [line({ id: "x", entries: 2, initial: registers, steps })]);
    expect(result.differences).toEqual([
      {
        file: "made-up.jsonl",
        line: 7,
        index: 1,
        operation: {
          op: "pageRequest",
          device: 1,
          pasid: null,
          read: true,
          write: false,
          last: true,
          prgi: 0,
          address: 4096,
        },
        expected: { event: "pageResponse", device: 1, pasid: null, prgi: 0, code: 0 },
        got: null,
        before: {
          state: "accepting",
          context: {
            records: [],
            unpublished: 0,
            unwritable: null,
            positions: { head: 0, memory: [null, null] },
            enabled: true,
            pending: false,
            devices: [{ device: 1, pri: true, prpr: false }],
          },
        },
      },
    ]);
  });

  test("a configuration that the specification calls invalid is left out, with the reason", async () => {
    const steps = [{ op: "device", device: 1, ats: false, pri: true, prpr: false, out: [] }];
    const result = await conform([riscvPageRequestQueue()], [line({ id: "x", entries: 2, initial: registers, steps })]);
    expect(result).toMatchObject({
      sequences: 1,
      operations: 0,
      differences: [],
      outOfScope: { "a device configuration that the specification calls invalid": 1 },
    });
  });

  test("a line of the wrong shape is one error that names file, line, place and expectation", async () => {
    const steps = [
      { op: "pop", out: [] },
      { op: "pageRequest", device: "x", out: [] },
    ];
    await expect(
      conform([riscvPageRequestQueue()], [line({ id: "x", entries: 2, initial: registers, steps })]),
    ).rejects.toThrow(
      '"made-up.jsonl", line 7: not a RISC-V page-request queue recording: steps[1].device: Invalid input: expected number, received string.',
    );
    await expect(conform([riscvPageRequestQueue()], [line({ hello: 1 })])).rejects.toThrow(
      '"made-up.jsonl", line 7: not a recording that is known here; expected one of RISC-V page-request queue.',
    );
  });

  test("a line without steps is refused", async () => {
    const empty = line({ id: "x", entries: 2, initial: registers, steps: [] });
    await expect(conform([riscvPageRequestQueue()], [empty])).rejects.toThrow(/line 7: .* recording: steps: Too small/);
  });
});
