/**
 * Mutants of the machines that the recordings replay, and who notices them. Exit code 1 when less than 95 % of those that
 * can be told from the machine are noticed.
 *
 * A run that was ended goes on where it was: answers are kept below reports/out, with what they rest on.
 *
 *   npm run mutants:conform -- [--seed N] [--per-file N] [--file PART]... [--jobs N] [--write docs]
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { surveyed } from "./mutants/children.ts";
import { drawn } from "./mutants/draw.ts";
import { judgedEach } from "./mutants/each.ts";
import { judge, type Bench, type Judged } from "./mutants/judge.ts";
import { Kept, replayed, tested } from "./mutants/kept.ts";
import { mutantsOf } from "./mutants/mutants.ts";
import { page, share, summaryOf, tableOf, told } from "./mutants/told.ts";
import { loopTexts, markedTexts, pathOf, textOf } from "./mutants/sources.ts";

const LEAST = 0.95;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    "per-file": { type: "string", default: "2" },
    file: { type: "string", multiple: true },
    jobs: { type: "string", default: "2" },
    write: { type: "string" },
  },
});

const kept = new Kept(pathOf("reports/out/mutants-conform.jsonl"));
const rests = { replayed: replayed(), tested: tested() };
const survey = await kept.answerTo(["survey", rests.replayed], () => surveyed(markedTexts()));
const bench: Bench = { survey, texts: loopTexts(), kept, rests };
const files = Object.keys(survey.files);
const chosen = files.filter((file) => !values.file || values.file.some((part) => file.includes(part)));
const mutants = chosen.flatMap((file) =>
  drawn(mutantsOf(file, textOf(file)), Number(values.seed), Number(values["per-file"])),
);
const judged = await judgedEach(
  mutants,
  Number(values.jobs),
  async (mutant): Promise<Judged> => ({ mutant, verdict: await judge(mutant, bench) }),
  told,
);

console.log(`${tableOf(judged)}\n\n${judged.map(told).join("\n")}\n\n${summaryOf(judged)}`);
if (values.write === "docs") writeFileSync(pathOf("docs/mutants-conform.md"), page(judged, values.seed));
process.exitCode = share(judged) < LEAST ? 1 : 0;
