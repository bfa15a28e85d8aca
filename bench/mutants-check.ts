/**
 * Mutants of the model, and who notices them: the project's own searches, the recordings, the tests of a machine. Exit code 1
 * when less than 95 % are noticed, or less than 85 % by searches alone; with --changed, when one is not noticed.
 *
 * A run that was ended goes on where it was: answers are kept below reports/out, with what they rest on.
 *
 *   npm run mutants -- [--seed N] [--count N] [--file PART]... [--changed COMMIT] [--jobs N]
 */
import { execFileSync } from "node:child_process";
import { parseArgs } from "node:util";
import { systemsOf } from "./mutants/check/systems-of.ts";
import { line, sharesOf, summary } from "./mutants/check/told-check.ts";
import { Compiler } from "./mutants/check/typed.ts";
import { outcomeOf, type Weighed } from "./mutants/check/verdict.ts";
import { surveyed } from "./mutants/children.ts";
import { drawn } from "./mutants/draw.ts";
import { byPlace, judgedEach } from "./mutants/each.ts";
import type { Bench } from "./mutants/judge.ts";
import { Kept, replayed, tested } from "./mutants/kept.ts";
import { ALL, mutantsOf } from "./mutants/mutants.ts";
import { loopTexts, markedTexts, pathOf, sourcesIn, textOf } from "./mutants/sources.ts";

const LEAST = 0.95;
const LEAST_BY_CHECK = 0.85;
/** Machines, and how they are wired. */
const FOLDERS = ["model/machines/", "model/systems/"];
/** Tables of words, which no search looks at. */
const WORDS = /\/looked-at[.]ts$|-knobs[.]ts$/;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "300" },
    file: { type: "string", multiple: true },
    changed: { type: "string" },
    jobs: { type: "string", default: "2" },
  },
});

const changedFiles = (commit: string): ReadonlySet<string> =>
  new Set(execFileSync("git", ["diff", "--name-only", commit], { cwd: pathOf(""), encoding: "utf8" }).split("\n"));
const changed = values.changed === undefined ? undefined : changedFiles(values.changed);

const isChosen = (file: string): boolean =>
  (!values.file || values.file.some((part) => file.includes(part))) && (changed === undefined || changed.has(file));

const files = sourcesIn(FOLDERS).filter((file) => !WORDS.test(file) && isChosen(file));
// Without a mutant nobody could have noticed one.
if (changed !== undefined && files.length === 0) {
  console.log(`No machine differs from ${values.changed}, so there is no mutant.`);
  process.exit(0);
}
const mutants = byPlace(
  drawn(
    files.flatMap((file) => mutantsOf(file, textOf(file), ALL)),
    Number(values.seed),
    Number(values.count),
  ),
);

const kept = new Kept(pathOf("reports/out/mutants-check.jsonl"));
const rests = { replayed: replayed(), tested: tested() };
const survey = await kept.answerTo(["survey", rests.replayed], () => surveyed(markedTexts()));
const bench: Bench = { survey, texts: loopTexts(), kept, rests };
const compiler = new Compiler();
const weighed = await judgedEach(
  mutants,
  Number(values.jobs),
  async (mutant): Promise<Weighed> => ({ mutant, outcome: await outcomeOf(mutant, bench, compiler) }),
  line,
);

const shares = sharesOf(weighed);
const survivors = weighed.filter(({ outcome }) => outcome.by === "nothing");
console.log(
  [...weighed.map(line), "", ...survivors.map((one) => `SURVIVOR ${line(one)}\n    ${one.mutant.text}`)].join("\n"),
);
console.log(`\n${summary(shares)}`);
// Machines that only recordings run: no search can notice a change of them.
const searched = weighed.filter(({ mutant }) => systemsOf(mutant.file).length > 0);
if (searched.length < weighed.length) console.log(`Of those in some system: ${summary(sharesOf(searched))}`);
const { harmful, noticed, byCheck } = shares;
const isEnough =
  values.changed === undefined
    ? noticed >= LEAST * harmful && byCheck >= LEAST_BY_CHECK * harmful
    : survivors.length === 0;
process.exitCode = isEnough ? 0 : 1;
