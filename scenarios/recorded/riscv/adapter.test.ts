import { fileURLToPath } from "node:url";
import { emit } from "xstate";
import { describe, expect, test } from "vitest";
import type { Json } from "../../../checker/json.ts";
import type { PageRequestQueueKnobs } from "../../../model/machines/iommu/page-request-queue.ts";
import { inert, unguarded, withMachine, withRules, type Rule } from "../../../properties/arbitraries/mutated.ts";
import { madeTwice, neverMade } from "../../../properties/miswirings/changes.ts";
import { conform, type RecordedLine } from "../conformance.ts";
import { readRecording } from "../read.ts";
import { riscvIommu, type Departure } from "./adapter.ts";

const dataOf = (name: string) => readRecording(fileURLToPath(new URL(`../data/${name}.jsonl.gz`, import.meta.url)));
const queue = dataOf("riscv-page-queue");
const ats = dataOf("riscv-ats-and-page-queue");

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

const TAIL = "tail of the command queue";

describe("recordings of RISC-V IOMMU reference models", () => {
  // cli/conformance.test.ts replays all of them.
  test("sequences of the page request queue are replayed without a difference", async () => {
    const result = await conform([riscvIommu()], queue.slice(0, 60));
    expect(result.differences).toEqual([]);
    expect(result).toMatchObject({ sequences: 60, replayed: 60, outOfScope: {} });
    expect(Object.keys(result.ofHarness)).toEqual([TAIL]);
  });

  test("sequences with ATS and commands are replayed without a difference", async () => {
    const result = await conform([riscvIommu()], ats.slice(0, 40));
    expect(result.differences).toEqual([]);
    expect(result).toMatchObject({ sequences: 40, replayed: 40 });
    expect(Object.keys(result.outOfScope)).toEqual([
      "a translation of a page that is mapped, where no translation of the sequence finds one",
    ]);
    expect(Object.keys(result.ofHarness)).toEqual([TAIL]);
  });

  const wrong: readonly (readonly [string, Partial<PageRequestQueueKnobs>])[] = [
    ["all slots usable", { pqUsable: "N" }],
    ["an overflow that keeps nothing out", { ovfInhibits: false }],
    ["no answer to a last request lost by overflow", { ovfLastResponse: "none" }],
    ["another answer while the queue is off", { offLastResponse: "invalid" }],
    ["another answer to devices without configuration", { cfgErrResponse: "invalid" }],
    ["another answer to devices without PRI", { priOffResponse: "failure" }],
    ["Success for devices without PRI", { priOffResponse: "success" }],
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
  test.each(wrong)("a page request queue with %s is told apart", async (_, knobs) => {
    const result = await conform([riscvIommu({ knobs })], queue.slice(0, 60));
    expect(result.differences.length).toBeGreaterThan(0);
  });

  const alsoInterrupts = (rules: readonly Rule[]): readonly Rule[] =>
    rules.map((rule, k) =>
      k === rules.length - 1 ? { ...rule, actions: [rule.actions, emit({ type: "prq.interrupt" })].flat() } : rule,
    );
  const queueRule = (event: string, change: (rules: readonly Rule[]) => readonly Rule[]): Departure => ({
    change: withMachine(
      (name) => name === "iommu",
      (machine) => withRules(machine, event, change),
    ),
  });
  const departures: readonly (readonly [string, Departure])[] = [
    ["an interrupt that is never raised", { change: neverMade("prq", "prq.interrupt") }],
    ["an interrupt that is raised twice", { change: madeTwice("prq", "prq.interrupt") }],
    [
      "an interrupt with every record",
      {
        change: withMachine(
          (name) => name === "prq",
          (machine) => withRules(machine, "pri.request", alsoInterrupts, "accepting"),
        ),
      },
    ],
    ["a fence that does not wait", queueRule("command.fences", (rules) => rules.map(unguarded))],
    ["a fence that lets what is behind it pass", queueRule("command.fences", (rules) => [...rules, { actions: [] }])],
    ["a fence that never completes", { change: neverMade("command-queue", "fence.completed") }],
    ["responses that are never sent", queueRule("command.responds", (rules) => rules.map(inert))],
    ["one ITag", { itags: 1 }],
    ["an Invalidate Completion that frees no ITag", queueRule("atc.invalidation-completed", () => [{ actions: [] }])],
    [
      "an unexpected completion that is accepted",
      queueRule("atc.invalidation-completed", ([unexpected, ...others]) => [inert(unexpected!), ...others]),
    ],
    ["IOTLB invalidations that never complete", { change: neverMade("translation", "iotlb.invalidated") }],
    [
      "a configuration that is never invalidated",
      queueRule("command.invalidates-configuration", (rules) => rules.map((rule) => ({ ...rule, guard: () => false }))),
    ],
  ];
  test.each(departures)("an IOMMU with %s is told apart", async (_, departure) => {
    const result = await conform([riscvIommu(departure)], ats.slice(0, 40));
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
    const result = await conform([riscvIommu()], [line({ id: "x", entries: 2, initial: registers, steps })]);
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
        before: expect.objectContaining({
          prq: {
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
          iommu: { state: "", context: { itags: 2, outstanding: [], fencesWait: true } },
        }),
      },
    ]);
  });

  test("a configuration that the specification calls invalid is left out, with the reason", async () => {
    const steps = [{ op: "device", device: 1, ats: false, pri: true, prpr: false, out: [] }];
    const result = await conform([riscvIommu()], [line({ id: "x", entries: 2, initial: registers, steps })]);
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
    await expect(conform([riscvIommu()], [line({ id: "x", entries: 2, initial: registers, steps })])).rejects.toThrow(
      '"made-up.jsonl", line 7: not a RISC-V IOMMU recording: steps[1].device: Invalid input: expected number, received string.',
    );
    await expect(conform([riscvIommu()], [line({ hello: 1 })])).rejects.toThrow(
      '"made-up.jsonl", line 7: not a recording that is known here; expected one of RISC-V IOMMU.',
    );
  });

  const wrongSteps: readonly (readonly [string, Json, string])[] = [
    [
      "an operation that is none",
      { op: "invalidateAct", device: 1, address: 4096, out: [] },
      'steps[0].op: "invalidateAct" is none of 15 names (nearest: invalidateAtc, invalidateIotlb)',
    ],
    [
      "an event that is none",
      { op: "fence", out: [{ event: "fenceCompleted" }] },
      'steps[0].out[0].event: "fenceCompleted" is none of 8 names (nearest: fenceComplete)',
    ],
    [
      "a translation without the kind of request",
      { op: "translate", device: 1, write: false, address: 4096, out: [] },
      "steps[0].ats: Invalid input: expected boolean, received undefined",
    ],
    [
      "a reserved response code",
      { op: "respond", device: 1, pasid: null, prgi: 0, code: 2, out: [] },
      "steps[0].code: Invalid option: expected one of 0|1|15",
    ],
    [
      "an ITag that PCIe does not have",
      { op: "invalidateAtcComplete", device: 1, itag: 32, completions: 1, out: [] },
      "steps[0].itag: Too big: expected number to be <=31",
    ],
    [
      "a command queue without its tail",
      { op: "fence", out: [{ event: "commandQueue", head: 1 }] },
      "steps[0].out[0].tail: Invalid input: expected number, received undefined",
    ],
    [
      "a field that nobody knows",
      { op: "unmap", address: 4096, write: true, out: [] },
      'steps[0]: Unrecognized key: "write"',
    ],
  ];
  test.each(wrongSteps)("%s is refused with its place", async (_, step, message) => {
    const wrong = line({ id: "x", entries: 2, initial: registers, steps: [step] });
    await expect(conform([riscvIommu()], [wrong])).rejects.toThrow(
      `"made-up.jsonl", line 7: not a RISC-V IOMMU recording: ${message}`,
    );
  });

  test("a line without steps is refused", async () => {
    const empty = line({ id: "x", entries: 2, initial: registers, steps: [] });
    await expect(conform([riscvIommu()], [empty])).rejects.toThrow(/line 7: .* recording: steps: Too small/);
  });
});
