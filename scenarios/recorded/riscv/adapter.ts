/**
 * Recordings of RISC-V IOMMU reference models, replayed through the IOMMU of the searched systems. This file compares;
 * words.ts translates, and run.ts says what is the recorder's own choice.
 *
 * Not compared, because the recorder decides it: the tail of the command queue, and the place of `invalidateAccepted`
 * among the events of its operation.
 */
import type { Json } from "../../../checker/json.ts";
import { canonical } from "../../../checker/kernel/canon.ts";
import { ModelError, type System } from "../../../checker/system.ts";
import { riscv } from "../../../model/hardware/riscv.ts";
import type { PageRequestQueueKnobs } from "../../../model/machines/iommu/page-request-queue.ts";
import type { Adapter, Replay } from "../conformance.ts";
import { Run, type Outcome } from "./run.ts";
import type { RiscvEvent, RiscvRegisters, RiscvSequence, RiscvStep } from "./schema.ts";
import { riscvSystem } from "./system.ts";
import { pageOf } from "./words.ts";

/** ATC invalidations that the reference models have outstanding at a time. */
const ITAGS = 2;

const MISCONFIGURED = "a device configuration that the specification calls invalid";
const WITHOUT_ATS = "a translation for a device without ATS, or without a configuration";
const UNUSED_MAP = "a translation of a page that is mapped, where no translation of the sequence finds one";
const TAIL = "tail of the command queue";

/** Departures, for tests that must see a difference. */
export interface Departure {
  readonly knobs?: Partial<PageRequestQueueKnobs>;
  readonly itags?: number;
  readonly change?: (system: System) => System;
}

export const riscvIommu = (departure: Departure = {}): Adapter => ({
  name: "RISC-V IOMMU",
  accepts: (line) => typeof line === "object" && line !== null && "entries" in line && "steps" in line,
  shape: async () => (await import("./schema.ts")).riscvShape,
  replay: (line) => replay(line as unknown as RiscvSequence, departure),
});

function replay(sequence: RiscvSequence, { knobs, itags = ITAGS, change = (system) => system }: Departure): Replay {
  const { entries, initial, steps } = sequence;
  const reason = outOfScope(steps);
  if (reason !== undefined) return { operations: 0, compared: 0, differences: [], outOfScope: { [reason]: 1 } };
  const system = riscvSystem({
    knobs: { ...riscv, ...knobs },
    entries,
    itags,
    devices: unique(steps.flatMap((step) => ("device" in step ? [step.device] : []))),
    pages: unique(steps.flatMap(translatedPage)),
    commands: steps.length,
  });
  const run = new Run(
    change(system),
    steps.some(({ out }) => out.some(isReached)),
  );
  const labels = new Map<Json, Json>();
  let unusedMaps = 0;
  let tails = 0;
  const said = () => ({
    rules: run.drive.rules,
    outOfScope: unusedMaps > 0 ? { [UNUSED_MAP]: unusedMaps } : {},
    ofHarness: tails > 0 ? { [TAIL]: tails } : {},
  });
  const first = run.registers();
  if (!isSame(initial, first)) {
    const before = run.drive.before();
    const difference = { index: -1, operation: "initial registers", expected: initial, got: first, before };
    return { operations: 0, compared: 1, differences: [difference], outOfScope: {} };
  }
  let compared = 1;
  let pending = initial.interruptPending;
  for (const [index, step] of steps.entries()) {
    const { out, state, ...operation } = step;
    const start = run.drive.state;
    const mappedElsewhere = step.op === "translate" && run.isMappedElsewhere(step.address);
    const outcome = performed(run, step);
    if (outcome instanceof ModelError) {
      run.drive.state = start;
      const got = { stuck: outcome.message };
      const difference = {
        index,
        operation: operation as Json,
        expected: out as Json,
        got,
        before: run.drive.before(),
      };
      return { operations: index + 1, compared: compared + 1, differences: [difference], ...said() };
    }
    const pairs = [
      ...(mappedElsewhere ? [] : eventPairs(step, outcome, labels)),
      ...verdictPairs(out, outcome),
      ...(state ? registerPairs(step, state, run.registers(), pending, outcome.interrupts) : []),
    ];
    if (mappedElsewhere) unusedMaps += 1;
    tails += out.filter(({ event }) => event === "commandQueue").length;
    compared += pairs.length;
    const wrong = pairs.find(({ expected, got }) => !isSame(expected, got));
    if (wrong) {
      run.drive.state = start;
      const difference = { index, operation: operation as Json, ...wrong, before: run.drive.before() };
      return { operations: index + 1, compared, differences: [difference], ...said() };
    }
    pending = state?.interruptPending ?? pending;
  }
  return { operations: steps.length, compared, differences: [], ...said() };
}

/** A message that the machines cannot take is a difference too: the recorded model went on. */
function performed(run: Run, step: RiscvStep): Outcome | ModelError {
  try {
    return run.perform(step);
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

const unique = (numbers: readonly number[]): readonly number[] => [...new Set(numbers)].sort((a, b) => a - b);
const isSame = (a: Json, b: Json): boolean => canonical(a) === canonical(b);

/** The page of which the operation reads or writes the translation, if it does. */
const translatedPage = (step: RiscvStep): readonly number[] =>
  step.op === "map" || step.op === "unmap" || step.op === "translate" || step.op === "invalidateIotlb"
    ? [pageOf(step.address)]
    : [];

/** Why the sequence is left out, or undefined. */
function outOfScope(steps: readonly RiscvStep[]): string | undefined {
  const withAts = new Set<number>();
  for (const step of steps) {
    if (step.op === "device") {
      // Page requests without ATS, or a PASID required in responses without page requests: refused for other reasons.
      if ((step.pri && !step.ats) || (step.prpr && !step.pri)) return MISCONFIGURED;
      if (step.ats) withAts.add(step.device);
      else withAts.delete(step.device);
    }
    if (step.op === "translate" && !withAts.has(step.device)) return WITHOUT_ATS;
  }
  return undefined;
}

/** A translation that found a page: the recorder's maps reach the devices. */
const isReached = (event: RiscvEvent): boolean => event.event === "translated" && event.frame !== undefined;

type Fields = { readonly [field: string]: Json };
const without = (fields: Fields, ...names: readonly string[]): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));

type Pair = { readonly expected: Json; readonly got: Json };

/** The events in their order. A frame is a label of the recorder's: each frame of ours has one. */
function eventPairs(step: RiscvStep, { events }: Outcome, labels: Map<Json, Json>): readonly Pair[] {
  const recorded = step.out.filter(({ event }) => event !== "commandQueue" && event !== "invalidateAccepted");
  return Array.from({ length: Math.max(recorded.length, events.length) }, (_, k): Pair => {
    const event = recorded[k];
    const said = events[k];
    if (!event || !said) return { expected: event ?? null, got: said ?? null };
    if (event.event !== "translated") return { expected: event, got: said };
    const isAccess = step.op === "translate" && !step.ats && event.status === 0;
    // An untranslated access that gets through carries no permissions, and the recorder may say no frame of it.
    const expected = isAccess ? without(event, "read", "write") : event;
    const frame = said["frame"];
    if (frame === undefined) return { expected, got: said };
    if (event.frame === undefined) return { expected, got: isAccess ? without(said, "frame") : said };
    if (!labels.has(frame)) {
      // A label that another frame has already: the recorder found that one.
      if ([...labels.values()].includes(event.frame)) return { expected, got: { ...said, frame: "another frame" } };
      labels.set(frame, event.frame);
    }
    return { expected, got: { ...said, frame: labels.get(frame)! } };
  });
}

/** Whether a completion was accepted, and where the head of the command queue is. */
const verdictPairs = (out: readonly RiscvEvent[], { waiting, unexpected }: Outcome): readonly Pair[] =>
  out.flatMap((event): Pair[] => {
    if (event.event === "invalidateAccepted")
      return [{ expected: { accepted: event.ret === 0 }, got: { accepted: !unexpected } }];
    if (event.event === "commandQueue")
      return [{ expected: { head: event.head }, got: { head: event.tail - waiting } }];
    return [];
  });

/** The registers, and an interrupt whenever the pending bit rises: software that clears it makes it 0 first. */
function registerPairs(
  { op }: RiscvStep,
  recorded: RiscvRegisters,
  ours: RiscvRegisters,
  pending: boolean,
  interrupts: number,
): readonly Pair[] {
  const rises = recorded.interruptPending && (!pending || op === "clearInterrupt") ? 1 : 0;
  return [
    { expected: recorded, got: ours },
    ...(rises + interrupts > 0 ? [{ expected: { interrupts: rises }, got: { interrupts } }] : []),
  ];
}
