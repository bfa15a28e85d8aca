/** The families of the page fault systems, held against random walks through random configurations. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyRequest, type Scope } from "./arbitraries/configuration.ts";
import { anyWalk } from "./arbitraries/walk.ts";
import { expectNoViolation, LARGE, seed, SMALL } from "./proof.ts";
import { witnessedTogether } from "./witnesses.ts";

type Drawn = Omit<Scope, "size">;

interface Family {
  readonly family: string;
  readonly about: string;
  readonly scope: Drawn;
}

const requests: Drawn = { transports: ["pri"] };
const both: Drawn = { transports: ["pri", "stall"] };

const FAMILIES: readonly Family[] = [
  { family: "CMD", about: "the command queue of the IOMMU", scope: both },
  { family: "CRD", about: "credits of page requests", scope: requests },
  { family: "GRP", about: "page request groups in software", scope: requests },
  { family: "LCK", about: "the container's lock", scope: both },
  { family: "MAP", about: "the bitmap of faulted-in pages against the page tables", scope: both },
  { family: "MEM", about: "life times of what the IOPF core allocates", scope: both },
  {
    family: "NTF",
    about: "memory without lasting pins, kept right by MMU notifiers",
    scope: { ...both, systems: ["mmu-notifier"] },
  },
  { family: "PIN", about: "pinned pages and what is charged for them", scope: both },
  { family: "PRQ", about: "the page request queue and its overflow", scope: requests },
  { family: "RSP", about: "responses to page request groups", scope: requests },
  { family: "SAFE", about: "no device reaches a page that the host may take away", scope: both },
  { family: "STL", about: "stalled transactions", scope: { transports: ["stall"] } },
];

const DEADLOCK: Family = { family: "DEADLOCK", about: "some step is always possible", scope: both };

/** Those that have this scope: they are held against the same walks. */
const togetherIn = (scope: Drawn): readonly string[] =>
  [...FAMILIES, DEADLOCK]
    .filter((one) => JSON.stringify(one.scope) === JSON.stringify(scope))
    .map(({ family }) => family);

const expectSeen = witnessedTogether(FAMILIES.map(({ family }) => family));

describe.each(FAMILIES)("$family: $about", ({ family, scope }) => {
  const together = togetherIn(scope);
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation(family, { ...SMALL, ...scope }, { together });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation(family, { ...LARGE, ...scope }, { together });
  });
  test("all that should be possible happens", () => {
    expectSeen(family);
  });
});

describe(`${DEADLOCK.family}: ${DEADLOCK.about}`, () => {
  const together = togetherIn(both);
  test("no walk through a small configuration comes to a state without a step", () => {
    expectNoViolation("DEADLOCK", { ...SMALL, ...both }, { together });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("DEADLOCK", { ...LARGE, ...both }, { together });
  });
});

test("all families are held against the same walks", () => {
  const drawn = (isKept: boolean) =>
    fc
      .sample(
        anyWalk(anyRequest({ ...both, size: "small" }), SMALL.steps, () => isKept),
        { seed: seed(), numRuns: 10 },
      )
      .map(({ request, entries }) => ({ request, entries }));
  expect(drawn(true)).toEqual(drawn(false));
});
