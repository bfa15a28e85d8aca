/**
 * `npm run rules`: which rules of the machines the suite takes, and which guards it sees true and false. Exit code 1 where a
 * gap has no reason in properties/gaps, or a reason there is out of date.
 *
 *   npm run rules -- [--bounds small|default] [--system NAME]... [--json]
 */
import { parseArgs } from "node:util";
import { excuses, excusesOfSmall } from "../../properties/gaps/index.ts";
import { suite } from "../../properties/suite.ts";
import { errorText, unknownName, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { rulesOfRuns } from "./rules-of-suite.ts";
import { rulesText } from "./rules-text.ts";

const EXCUSES = { small: excusesOfSmall, default: excuses };

const isBounds = (name: string): name is keyof typeof EXCUSES => Object.hasOwn(EXCUSES, name);

function options() {
  try {
    return parseArgs({
      options: {
        bounds: { type: "string", default: "default" },
        system: { type: "string", multiple: true, default: [] },
        json: { type: "boolean", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, "--bounds NAME, --system NAME, --json");
  }
}

try {
  const { bounds, system: systems, json } = options();
  if (!isBounds(bounds)) throw unknownName("bounds", bounds, Object.keys(EXCUSES));
  const runs = suite(bounds);
  const names = [...new Set(runs.map(({ system }) => system))];
  const unknown = systems.find((name) => !names.includes(name));
  if (unknown !== undefined) throw unknownName("system", unknown, names);
  const chosen = runs.filter(({ system }) => systems.length === 0 || systems.includes(system));
  const record = rulesOfRuns(bounds, chosen, EXCUSES[bounds], systems.length === 0);
  process.stdout.write(json ? `${JSON.stringify(record)}\n` : rulesText(record));
  if (systems.length === 0 && (record.stale.length > 0 || record.gaps.some(({ reason }) => reason === undefined)))
    process.exitCode = EXIT.violated;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(errorText(error));
  process.exitCode = EXIT.usage;
}
