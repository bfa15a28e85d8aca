/** That everything which should be possible happens: without this a claim could hold because nothing ever does. */
import fc from "fast-check";
import { recordOf, startExhaustive } from "../checker/explore/exhaustive.ts";
import type { Instance } from "../checker/explore/claims/instances.ts";
import { Memo } from "../checker/explore/random/random-memo.ts";
import { tape } from "../checker/explore/random/random-tape.ts";
import { runTape } from "../checker/explore/random/random-walk.ts";
import { checkCommand, lostWitnessLines, searchedWords, lostText } from "../reports/lost.ts";
import { buildWith } from "./arbitraries/walk.ts";
import { ANY_HARDWARE, type Request } from "./build.ts";
import { catalogue } from "./catalogue/index.ts";
import { familyOf, seed } from "./proof.ts";
import { suite } from "./suite.ts";

/** Walks through each system of the suite, and through those below, and the most steps of one. */
const WITNESS = { walks: 100, steps: 600 } as const;
/** States looked at, shortest paths first, for what the walks did not see. */
const WITNESS_STATES = 200_000;

/** What the suite leaves out, because there it would cost states and show nothing new. */
const ON_GROUPS: readonly Request[] = [
  { system: "pri-overflow", hardware: "vtd", set: { allocations: "may-fail" } },
  { system: "pin-limit", hardware: "vtd", set: { reclaim: "periodic" } },
  { system: "unmap-race", hardware: "vtd", set: { slots: 2, commands: 4, reclaims: true } },
].map((request) => ({ ...request, host: "rfc-v1-on-groups", bounds: "default" }));
const BESIDES: readonly Request[] = [
  ...ON_GROUPS,
  { system: "iommufd", hardware: ANY_HARDWARE, host: "intended", bounds: "small", set: { writesZero: true } },
];
const WALKED: readonly Request[] = [...suite("default"), ...BESIDES];

/** Where a situation was looked for, and how far. */
interface Looked {
  readonly request: Request;
  readonly words: string;
}

/**
 * Looks for each `sometimes` of `wanted` in walks, then in searches from the first states on; takes out what was seen, and
 * gives back where the others were looked for.
 */
function look(
  wanted: Set<string>,
  walked: readonly Request[],
  searched: readonly Request[],
  maxStates: number,
): readonly (Looked & { readonly ids: readonly string[] })[] {
  const looked: (Looked & { readonly ids: readonly string[] })[] = [];
  const seen = (found: Iterable<string>): void => {
    for (const id of found) wanted.delete(id);
  };
  const idsOf = (instances: readonly Instance[]): readonly string[] => [
    ...new Set(instances.map(({ property }) => property.id)),
  ];
  for (const request of walked) {
    if (wanted.size === 0) break;
    const system = buildWith(request, ({ id }) => wanted.has(id));
    const memo = new Memo(system);
    const ids = idsOf(memo.judge.instances);
    if (ids.length === 0) continue;
    const tapes = tape(system, { maxLength: WITNESS.steps }, memo);
    for (const entries of fc.sample(tapes, { seed: seed(), numRuns: WITNESS.walks }))
      runTape(memo.core, memo.judge, entries, () => false);
    seen(memo.judge.found.keys());
    looked.push({
      request,
      ids,
      words: searchedWords(request, `${WITNESS.walks} walks of at most ${WITNESS.steps} steps`),
    });
  }
  for (const request of searched) {
    if (wanted.size === 0) break;
    const system = buildWith(request, ({ id }) => wanted.has(id));
    const search = startExhaustive(system, { maxStates });
    const ids = idsOf(search.judge.instances);
    if (ids.length === 0) continue;
    while (search.judge.found.size < wanted.size && search.advance(1 << 12));
    seen(search.judge.found.keys());
    looked.push({ request, ids, words: searchedWords(request, recordOf(search, request).search) });
  }
  return looked;
}

/** Searches that are told one by one; of more, how many they were. */
const MOST_TOLD = 6;

const possibilities = (families: readonly string[]): Set<string> =>
  new Set(
    catalogue.filter(({ id, kind }) => kind === "sometimes" && families.includes(familyOf(id))).map(({ id }) => id),
  );

/**
 * Each `sometimes` of the family is seen by some walk, or in a search from the first states on. Without this, a family
 * could hold because nothing ever happens.
 *
 * @throws Error that tells each one that was not seen as fully as a violation: its sentence, where it was looked for, the
 * claims that are vacuous without it, and a command.
 */
export function expectWitnessed(
  family: string,
  walked: readonly Request[] = WALKED,
  searched: readonly Request[] = suite("small"),
  maxStates = WITNESS_STATES,
): void {
  const wanted = possibilities([family]);
  const looked = look(wanted, walked, searched, maxStates);
  if (wanted.size === 0) return;
  const told = catalogue
    .filter(({ id }) => wanted.has(id))
    .map(({ id, statement, source }) => {
      const places = looked.filter(({ ids }) => ids.includes(id)).reverse();
      const more = places.length > MOST_TOLD ? [`and ${places.length - MOST_TOLD} more configurations.`] : [];
      const none = places.length === 0 ? ["no configuration of the suite has what it reads."] : [];
      const lines = lostWitnessLines({
        id,
        statement,
        source: `${source.document}, ${source.clause}`,
        searched: [...places.slice(0, MOST_TOLD).map(({ words }) => words), ...more, ...none],
        resting: catalogue.filter(({ witness }) => witness === id).map((claim) => claim.id),
        command: places[0] ? checkCommand(places[0].request) : `npx faultline list properties`,
      });
      return lostText(lines);
    });
  const error = new Error(`\n${told.join("\n\n")}\n`);
  // The first frame is then the test's: reporters point to it.
  Error.captureStackTrace(error, expectWitnessed);
  throw error;
}

/**
 * `expectWitnessed` for several families, that walks and searches once for all of them. What is not seen so is looked for
 * again for its family, which tells it.
 */
export function witnessedTogether(families: readonly string[]): (family: string) => void {
  let unseen: Set<string> | undefined;
  return (family) => {
    if (!unseen) look((unseen = possibilities(families)), WALKED, suite("small"), WITNESS_STATES);
    if ([...unseen].some((id) => familyOf(id) === family)) expectWitnessed(family);
  };
}
