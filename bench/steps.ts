/**
 * Each list of steps with one step dropped or two neighbours swapped, and who notices: the suite at small bounds, the deliberate
 * defects, the suite at default bounds, the questions. Exit code 1 when nothing notices a change and no reason is listed
 * (steps/unnoticed.ts), or a listed one is noticed.
 *
 *   npm run steps -- [ORDER]... [--defects]
 *
 * ORDER is a part of KNOB=ORDER, such as entryDetach=standard. --defects asks of the lists that only deliberate defects have.
 */
import { parseArgs } from "node:util";
import { isOfDesign, noticedOf } from "./steps/noticed.ts";
import { kindOf, line, summary, type Asked } from "./steps/told.ts";
import { VARIANTS } from "./steps/variants.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { defects: { type: "boolean", default: false } },
});
const isChosen = (name: string): boolean => positionals.length === 0 || positionals.some((part) => name.includes(part));
const asked: Asked[] = [];
for (const variant of VARIANTS) {
  if (!isChosen(`${variant.knob}=${variant.order}`) || isOfDesign(variant) === values.defects) continue;
  const one = { variant, notice: noticedOf(variant) };
  asked.push(one);
  console.log(line(one));
}
console.log(`\n${summary(asked)}`);
process.exitCode = asked.some((one) => ["lost", "stale"].includes(kindOf(one))) ? 1 : 0;
