/**
 * How many deliberate defects, defects in the wiring and in the tables of machines, and designs of the suite break each claim, and
 * which. With --try: for the claims of a system that fewer than two break, each call that its components make is left out, and
 * then made twice; then each case, test and action of its machines is left out.
 *
 *   npm run breakers -- [ID]... [--try SYSTEM]
 */
import { parseArgs } from "node:util";
import { breakersOf, claims } from "../properties/breakers.ts";
import { ONCE } from "../properties/miswirings/once.ts";
import { triedWirings } from "./breakers/wirings.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { try: { type: "string" } } });
const breakers = breakersOf();
const namesOf = (id: string): readonly string[] => [...(breakers.get(id) ?? [])];

if (values.try === undefined) {
  const chosen = claims.filter((id) => positionals.length === 0 || positionals.includes(id));
  for (const id of chosen) console.log(`${id.padEnd(7)} ${namesOf(id).length}  ${namesOf(id).join("; ")}`);
  const count = (isCounted: (breakersOfClaim: number) => boolean): number =>
    chosen.filter((id) => isCounted(namesOf(id).length)).length;
  console.log(
    `\n${chosen.length} claims: ${count((n) => n > 1)} are broken in two ways or more, ${count((n) => n === 1)} in one ` +
      `(${Object.keys(ONCE).length} with its reason), ${count((n) => n === 0)} in none.`,
  );
} else {
  const thin = claims.filter((id) => namesOf(id).length < 2);
  for (const line of triedWirings(values.try, thin)) console.log(line);
}
