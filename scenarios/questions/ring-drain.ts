/** Questions about a drain that waits for a mark in a ring of faults, which a reset empties. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

type Set = Parameters<typeof study>[2];
const drains = (set: Set = {}, host = "intended") => study("ring-drain", host, set);

export const ringDrainScenarios: readonly Scenario[] = [
  {
    id: "drain-beside-reset",
    question: "May a drain of a fault ring run beside the reset of its device?",
    askedBy: "5b57c3c3f223",
    rows: [],
    given: "A drain reads the write pointer from the device, and waits until the entries before it were handled.",
    when: "the device is reset.",
    answer:
      "No: it reads a register of a device in reset. The fix takes the lock of the reset by down_read_trylock(), and passes over a GPU in reset. That drain has drained nothing: between the lock and the end of the ring, an older fault can still be handled. A drain that waits for the reset finds the ring empty. A lock that is taken after the mark was read is too late.",
    evidence: {
      kind: "verified",
      where:
        "svm_range_drain_retry_fault() of 6.1.192, 6.12.117 and 7.3.4; the text of 5b57c3c3f223 as posted for 6.19; no GPU was used",
    },
    runs: [
      {
        label: "it waits for the reset",
        request: drains(),
        expect: { "DRN-1": "holds", "DRN-5": "holds", "DRN-6": "holds", "DRN-4": "witnessed" },
      },
      { label: "no lock", request: drains({ resetLock: "none" }), expect: { "DRN-5": "violated" } },
      {
        label: "it passes over a device in reset",
        request: drains({ resetLock: "tries" }),
        expect: { "DRN-5": "holds", "DRN-6": "violated" },
      },
      {
        label: "the lock after the mark",
        request: drains({ resetLock: "after-mark" }),
        expect: { "DRN-5": "violated" },
      },
    ],
    chart: { run: 1, property: "DRN-5" },
  },
  {
    id: "mark-that-a-reset-took",
    question: "By which mark may a drain wait, if a reset can empty the ring?",
    askedBy: "the history of amdgpu_ih_wait_on_checkpoint_process_ts(), 2021 to 2026",
    rows: [],
    given: "A reset sets the pointers to 0 and loses what was in the ring. Memory keeps the last entry.",
    when: "a drain begins before or after the reset.",
    answer:
      "By a stamp, with a look whether anything is left. A stamp alone is waited for for ever, even if the drain begins after the reset: its entry was lost, and memory still has it. A position is never reached again. Stamps that begin anew after the reset let the next drain return at once. A drain that sleeps over the reset has to be woken by it; amdgpu wakes it only when an entry was handled, and gives up after a second.",
    evidence: {
      kind: "derived",
      where: "amdgpu_ih_wait_on_checkpoint_process_ts(), vega20_ih_irq_disable() of 7.3.4; no GPU was used",
    },
    runs: [
      {
        label: "a stamp, or nothing is left",
        request: drains(),
        expect: { "DRN-3": "holds", "DRN-1": "holds", "DRN-2": "witnessed", "DRN-4": "witnessed" },
      },
      { label: "a stamp alone", request: drains({ waitEnds: "reached" }), expect: { "DRN-3": "violated" } },
      {
        label: "a position, beside the reset",
        request: drains({ waitEnds: "position", resetLock: "none" }),
        expect: { "DRN-3": "violated" },
      },
      {
        label: "nobody wakes it",
        request: drains({ resetWakes: false, resetLock: "none" }),
        expect: { "DRN-3": "violated" },
      },
      { label: "stamps that begin anew", request: drains({ stampsRestart: true }), expect: { "DRN-1": "violated" } },
    ],
    chart: { run: 1, property: "DRN-3" },
  },
  {
    id: "ring-empty-while-handled",
    question: "Does an empty ring mean that its faults were handled?",
    askedBy: "the wait of amdgpu since 2021-12, which ends where both pointers are the same",
    rows: [],
    given: "The handler advances the read pointer when it decodes an entry, and handles it after that.",
    when: "a drain begins while the last entry is being handled.",
    answer:
      "No. Both pointers are the same, the drain returns at once, and the entry is still being handled. The wait has to know that the handler is idle as well, or go by the stamp that is noted after the entry.",
    evidence: {
      kind: "derived",
      where:
        "amdgpu_irq_dispatch() and amdgpu_ih_wait_on_checkpoint_process_ts() of 6.1.192, 6.12.117 and 7.3.4; by reading and by the model, no GPU was used",
    },
    runs: [
      {
        label: "both pointers are the same",
        request: drains({ waitEnds: "passed-or-empty" }),
        expect: { "DRN-1": "violated" },
      },
      { label: "and the handler is idle", request: drains(), expect: { "DRN-1": "holds", "DRN-2": "witnessed" } },
      {
        label: "amdgpu of 6.12.117",
        request: drains({}, "linux-6.12.117-amdgpu"),
        expect: { "DRN-1": "violated", "DRN-5": "holds" },
      },
    ],
    chart: { run: 0, property: "DRN-1" },
  },
];
