/** The sentences of `why` for answers that real systems seldom give all at once. */
import { expect, test } from "vitest";
import { unmapAgainstFault } from "./example.ts";
import { whyText } from "./why-text.ts";
import type { TrialRecord, ViolationRecord, WhyRecord } from "./why.ts";

const trial = (knob: string, value: string, outcome: TrialRecord["outcome"], means = ""): TrialRecord => ({
  knob,
  value,
  means,
  outcome,
});

const { model, property, steps } = unmapAgainstFault;

const about: WhyRecord = {
  model,
  property,
  kind: "always",
  search: { complete: true, states: 12, transitions: 34 },
};

const violation: ViolationRecord = {
  trace: unmapAgainstFault,
  shortest: steps.length - 1,
  known: 9,
  hasEquals: true,
  steps: steps.map((_, k) => ({
    ...(k > 0 && { shortest: steps.length + (k === 1 ? 2 : 0) }),
    without: k === 2 ? { kind: "violates" } : { kind: "unknown" },
  })),
  lanes: [{ lane: "device" }, { lane: "vmm", shortest: 7 }],
  swapped: [
    { step: 1, outcome: { kind: "unknown" } },
    { step: 2, outcome: { kind: "avoids" } },
    { step: 3, outcome: { kind: "violates" } },
    { step: 4, outcome: { kind: "impossible", step: 5 } },
  ],
  lastSafe: "the search did not reach all states",
};

/** As one line, however it is broken. */
const flat = (record: WhyRecord): string => whyText(record).replaceAll(/\s+/g, " ");

test("a violation of a search that ended early", () => {
  const told = flat({ ...about, search: { ...about.search, complete: false, stoppedBy: "max-states 12" }, violation });
  for (const words of [
    "Searched: 12 states, 34 transitions (ended by max-states 12).",
    `A shorter run violates it, too: in ${steps.length - 1} steps.`,
    "Every run of at most 9 steps that violates PIN-1 takes this step (or the same step of an equal part): 1 ",
    `that violates PIN-1 also takes this step (or the same step of an equal part): 2 `,
    `(the shortest run without it has ${steps.length + 2} steps)`,
    "left out, the other steps violate PIN-1 as well",
    "Every such run takes some step of device (or the same step of an equal part).",
    "A run without any step of vmm violates PIN-1, too (in 7 steps).",
    "The order of steps 2 and 3 decides: with step 3 first, the other steps do not violate PIN-1.",
    "In this order only, for each is possible only after the one before it: steps 4-5.",
    "Not decided of steps 1 and 2: what follows was not searched.",
    "The order does not matter of steps 3 and 4: either way the path violates PIN-1.",
    "Not decided: the search did not reach all states.",
  ])
    expect(told).toContain(words);
});

test("values of knobs, by what they do", () => {
  const trials = [
    trial("order", "late", { kind: "holds" }, "Unpin late."),
    trial("order", "early", { kind: "violated", steps: 5 }),
    trial("size", "2", { kind: "violated", steps: 6 }),
    trial("size", "3", { kind: "undecided", because: "max-states 10" }),
    trial("unmaps", "false", { kind: "vacuous", because: "PIN-2 never occurs" }),
    trial("notifier", "mm", { kind: "not-claimed", because: "notifier=mm" }),
    trial("lock", "none", { kind: "violated", steps: 5 }),
  ];
  const knobs = { trials, unbuildable: 1, partly: ["size"], left: 2, maxStates: 10 };
  const told = flat({ ...about, violation, knobs });
  for (const words of [
    "7 of 9 other values of 5 knobs that this system looks at, one at a time, each in a search of at most 10 states.",
    "PIN-1 holds with: order=late: Unpin late.",
    "It is vacuous with: unmaps=false (PIN-2 never occurs)",
    "It is not claimed with: notifier=mm (notifier=mm)",
    "Not decided with: size=3 (max-states 10)",
    "PIN-1 is violated, too, with all other values that were tried of: order=early, size=2, lock.",
    "Besides: 1 value cannot be built with the other choices; only some values of size were tried; 2 values were not tried because of an interrupt.",
  ])
    expect(told).toContain(words);
  const claim = { verdict: { kind: "holds" }, instances: 1, decided: [], constant: [] } as const;
  expect(flat({ ...about, claim, knobs })).toContain(
    "PIN-1 is violated with: order=early (in 5 steps) size=2 (in 6 steps) lock=none (in 5 steps)",
  );
});

test("a claim that says nothing, and one that is nowhere made", () => {
  const basis = { instances: 2, decided: [], constant: [{ field: "vmm.state", value: "idle" }] };
  const vacuous = { ...basis, verdict: { kind: "vacuous", because: "PIN-2 never occurs" } } as const;
  expect(flat({ ...about, claim: vacuous })).toContain("PIN-1 is vacuous here: PIN-2 never occurs.");
  const decided = [
    { fields: [], states: 3 },
    ...Array.from({ length: 9 }, (_, k) => ({ fields: [`f${k}`], states: 1 })),
  ];
  const holds = { ...basis, decided, verdict: { kind: "holds" } } as const;
  const told = flat({ ...about, claim: holds });
  for (const words of [
    "PIN-1 holds of 2 components or groups of components each.",
    "Of 12 cases (a state, and what it is claimed of)",
    "3 nothing but the parameters",
    "and 2 other groups of fields.",
    "Wherever it was looked at, vmm.state was idle.",
  ])
    expect(told).toContain(words);
  expect(flat({ ...about, undecided: "max-states 1" })).toContain("Not decided: max-states 1.");
});
