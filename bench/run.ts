/**
 * Speed, side by side: programs that do the same, one cold process after the other. By default one protocol, searched to the
 * end by Faultline and by its peers, then starting up and our own systems. Where programs must count the same, it fails if
 * they do not. Compare processor times, and only within one run.
 *
 *   npm run bench -- [--size M]... [--only NAME]... [--own] [--against CLONE] [--twins] [--repeat N] [--json]
 *
 * --size, --only  the protocol, of this size, beside this peer
 * --own           starting up and our own systems
 * --against       the same, also of an earlier version, in turn with this one
 * --twins         pri-overflow beside its twin in Promela (bench/twins)
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PROTOCOL_SIZES } from "../checker/textbook/page-fault-protocol.ts";
import { absentOf, rowsOf, type Contest } from "./contest.ts";
import { systemContests } from "./systems.ts";
import { tableOf, type Row } from "./table.ts";
import { PEERS, protocolContest, type SizeName } from "./tools.ts";
import { TWIN_RUNS, twinContest } from "./twins/runs.ts";

const options = {
  size: { type: "string", multiple: true },
  repeat: { type: "string", default: "1" },
  only: { type: "string", multiple: true },
  own: { type: "boolean", default: false },
  twins: { type: "boolean", default: false },
  against: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

function asked() {
  const { values } = parseArgs({ options });
  const { size: sizes = ["M", "L"], repeat, only, own, twins, against, json } = values;
  for (const size of sizes)
    if (!(size in PROTOCOL_SIZES))
      throw new TypeError(`--size takes ${Object.keys(PROTOCOL_SIZES).join(", ")}; it was given "${size}".`);
  if (!/^[1-9]\d{0,3}$/.test(repeat))
    throw new TypeError(`--repeat takes a whole number from 1; it was given "${repeat}".`);
  for (const name of only ?? [])
    if (!PEERS.includes(name)) throw new TypeError(`--only takes ${PEERS.join("; ")}. It was given "${name}".`);
  const wanted = {
    protocol: values.size !== undefined || only !== undefined,
    own: own || against !== undefined,
    twins,
  };
  const all = !Object.values(wanted).includes(true);
  const contests: readonly Contest[] = [
    ...(wanted.protocol || all ? sizes.map((size) => protocolContest(size as SizeName, only)) : []),
    ...(wanted.twins ? TWIN_RUNS.map(twinContest) : []),
    ...(wanted.own || all ? systemContests(against) : []),
  ];
  return { contests, repeat: Number(repeat), json };
}

async function bench({ contests, repeat, json }: ReturnType<typeof asked>): Promise<void> {
  const rows: Row[] = [];
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  for (const contest of contests) rows.push(...(await rowsOf(contest, repeat, say)));
  console.log(tableOf(rows));
  console.log(
    `Node ${process.version}, ${availableParallelism()} cores. Each is a whole process, start-up included; medians of ${repeat}.`,
  );
  const seen = new Map(contests.flatMap(absentOf).map((one) => [`${one.tool} ${one.program}`, one]));
  const absent = [...seen.values()];
  for (const { tool, program } of absent)
    console.log(`MISSING: ${tool} was not measured, because "${program}" is not installed.`);
  if (json) {
    const directory = fileURLToPath(new URL("../reports/out/", import.meta.url));
    mkdirSync(directory, { recursive: true });
    const record = { schema: "faultline-bench/2", node: process.version, cores: availableParallelism(), absent, rows };
    writeFileSync(`${directory}bench.json`, `${JSON.stringify(record, undefined, 2)}\n`);
  }
  const wrong = rows.filter(({ agrees, mayDiffer }) => !agrees && !mayDiffer);
  for (const { tool, size, states, transitions } of wrong)
    console.log(`DISAGREES: ${tool} counts ${states} states and ${transitions} transitions of ${size}; others do not.`);
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

/** What was asked for, or undefined after one line that says why it cannot be. */
function understood(): ReturnType<typeof asked> | undefined {
  try {
    return asked();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(
      `${error.message}\nOptions: ${Object.keys(options)
        .map((name) => `--${name}`)
        .join(", ")}.`,
    );
    process.exitCode = 2;
    return undefined;
  }
}

const request = understood();
if (request) await bench(request);
