/**
 * Mutants of the checker and of the claims, and who notices them: the deliberate defects, the suite, and the tests that import
 * the file. Exit code 1 when less than 90 % are noticed.
 *
 * A run that was ended goes on where it was: answers are kept below reports/out, with what they rest on.
 *
 *   npm run mutants:code -- [--seed N] [--count N] [--file PART]... [--operator NAME]... [--tests N] [--patience CPU-SECONDS] [--jobs N]
 */
import { parseArgs } from "node:util";
import { line, sharesOf, summary } from "./mutants/check/told-check.ts";
import { Compiler } from "./mutants/check/typed.ts";
import type { Weighed } from "./mutants/check/verdict.ts";
import { codeOutcomeOf, type CodeBench } from "./mutants/code/verdict.ts";
import { drawn } from "./mutants/draw.ts";
import { byPlace, judgedEach } from "./mutants/each.ts";
import { OPERATORS } from "./mutants/operators/change.ts";
import { Kept, tested } from "./mutants/kept.ts";
import { ALL, mutantsOf, type Mutant } from "./mutants/mutants.ts";
import { PATIENCE } from "./mutants/patience.ts";
import { pathOf, sourcesIn, textOf } from "./mutants/sources.ts";

const LEAST = 0.9;
const FOLDERS = ["checker/", "properties/"];
/** What is there for tests only, and what is data: runs, and the defects that they show. */
const LEFT_OUT = new RegExp(
  "^checker/textbook/|^properties/(?:suite|departures|arbitraries)/|" +
    "^properties/miswirings/(?:page-fault|studies|cases-page-fault|cases-studies|once)[.]ts$|^properties/gaps/shown[.]ts$",
);
/** Lists that are compared as sets: another order says the same. */
const SETS = /^properties[/](?:gaps|defects)[/]|^properties[/]catalogue[/]roles[.]ts$/;
const isOrderOfSet = ({ operator, file, words }: Mutant): boolean =>
  operator === "list" && SETS.test(file) && words.includes(" comes before ");

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    count: { type: "string", default: "100" },
    file: { type: "string", multiple: true },
    operator: { type: "string", multiple: true, default: [...OPERATORS] },
    tests: { type: "string", default: "8" },
    patience: { type: "string", default: String(PATIENCE.cpu) },
    jobs: { type: "string", default: "2" },
  },
});

const isChosen = (file: string): boolean => !values.file || values.file.some((part) => file.includes(part));
for (const name of values.operator)
  if (!OPERATORS.some((one) => one === name)) {
    console.error(`There is no operator "${name}". There are ${OPERATORS.join(", ")}.`);
    process.exit(2);
  }
const files = sourcesIn(FOLDERS).filter((file) => !LEFT_OUT.test(file) && isChosen(file));
const mutants = byPlace(
  drawn(
    files
      .flatMap((file) => mutantsOf(file, textOf(file), ALL))
      .filter((mutant) => values.operator.includes(mutant.operator) && !isOrderOfSet(mutant)),
    Number(values.seed),
    Number(values.count),
  ),
);
const bench: CodeBench = {
  kept: new Kept(pathOf("reports/out/mutants-code.jsonl")),
  rests: tested(),
  compiler: new Compiler(),
  most: Number(values.tests),
  patience: { ...PATIENCE, cpu: Number(values.patience) },
};

const weighed = await judgedEach(
  mutants,
  Number(values.jobs),
  async (mutant): Promise<Weighed> => ({ mutant, outcome: await codeOutcomeOf(mutant, bench) }),
  line,
);

const survivors = weighed.filter(({ outcome }) => outcome.by === "nothing");
console.log(
  [...weighed.map(line), "", ...survivors.map((one) => `SURVIVOR ${line(one)}\n    ${one.mutant.text}`)].join("\n"),
);
const shares = sharesOf(weighed);
console.log(`\n${summary(shares)}`);
process.exitCode = shares.noticed >= LEAST * shares.harmful ? 0 : 1;
