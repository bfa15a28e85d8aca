/**
 * Mutants of the traces of booted kernels: how many of the harmful ones are rejected, and of the harmless ones explained. One
 * that names a device which no line attaches may be undecided: it may have been attached before the first line.
 */
import { fileURLToPath } from "node:url";
import { drawing } from "../checker/textbook/drawing.ts";
import { textOfFile } from "../scenarios/recorded/read.ts";
import { checkTrace } from "../scenarios/recorded/trace/check-trace.ts";
import { readTrace } from "../scenarios/recorded/trace/read-trace.ts";
import { mutantsOf, type Mutant } from "../scenarios/recorded/trace/trace-mutants.ts";

/** "npm run mutants:trace -- 500 7": so many of each trace, drawn with this seed; "all" for all. */
const most = process.argv[2] === "all" ? Infinity : Number(process.argv[2] ?? 150);
const seed = Number(process.argv[3] ?? 7);
/** Mutants between two lines that say how far it is. */
const EVERY = 50;
const counts = new Map<string, { rejected: number; undecided: number; all: number }>();
const wrong: (Mutant & { readonly file: string; readonly got: string })[] = [];
const undecided: (Mutant & { readonly file: string; readonly because: string })[] = [];

for (const file of ["iommufd-selftest", "iommufd-program"]) {
  const path = fileURLToPath(new URL(`../scenarios/recorded/data/${file}.trace.txt.gz`, import.meta.url));
  const mutants = mutantsOf(textOfFile(path));
  const draw = drawing(seed);
  const chosen = mutants.filter(() => draw.below(mutants.length) < most);
  for (const [place, mutant] of chosen.entries()) {
    if (place % EVERY === 0) console.error(`${file}: ${place} of ${chosen.length}`);
    const { answer, limited } = checkTrace(readTrace(file, mutant.text, /^6\.12/).events, [], 20_000);
    const key = `${mutant.kind}, expected: ${mutant.expected}`;
    const count = counts.get(key) ?? { rejected: 0, undecided: 0, all: 0 };
    counts.set(key, count);
    count.all += 1;
    if (answer.kind === "not-explained" && answer.exhaustive && limited === undefined) count.rejected += 1;
    else if (answer.kind !== "explained") {
      count.undecided += 1;
      const because = answer.kind === "undecided" ? answer.because : (limited ?? "not every run was followed");
      undecided.push({ ...mutant, file, because });
    }
    if ((answer.kind === "explained") !== (mutant.expected === "explained"))
      wrong.push({ ...mutant, file, got: answer.kind });
  }
}

for (const [key, { rejected, undecided, all }] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(`${key}: ${rejected} of ${all} rejected, ${undecided} undecided`);
for (const { file, line, kind, what, expected, got } of wrong)
  console.log(`  ${file}, line ${line}, ${kind} (${what}): expected ${expected}, is ${got}`);
for (const { file, line, kind, what, because } of undecided)
  console.log(`  ${file}, line ${line}, ${kind} (${what}): undecided, ${because}`);
const harmful = [...counts].filter(([key]) => key.endsWith("rejected"));
const found = harmful.reduce((sum, [, { rejected }]) => sum + rejected, 0);
const open = harmful.reduce((sum, [, { undecided }]) => sum + undecided, 0);
const all = harmful.reduce((sum, [, count]) => sum + count.all, 0);
const noise = wrong.filter(({ expected }) => expected === "explained").length;
console.log(
  `Of ${all} harmful mutants ${found} are rejected, ${open} undecided, ${all - found - open} explained; ${noise} harmless ones are rejected or undecided.`,
);
process.exitCode = found >= 0.95 * all && noise === 0 ? 0 : 1;
