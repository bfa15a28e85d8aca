/**
 * Speed, side by side: the same protocol, searched to the end by Faultline and by its peers, one cold process after the
 * other. All must count the same states and transitions, or it fails.
 *
 *   npm run bench -- [--size M]... [--repeat N] [--only NAME]... [--json]
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { PROTOCOL_SIZES } from "../checker/textbook/page-fault-protocol.ts";
import { measure } from "./measure.ts";
import { missing, ours, TOOLS, type Tool } from "./tools.ts";
import { summary, tableOf, type Row, type Run } from "./table.ts";

type SizeName = keyof typeof PROTOCOL_SIZES;

const { values } = parseArgs({
  options: {
    size: { type: "string", multiple: true, default: ["M", "L"] },
    repeat: { type: "string", default: "1" },
    only: { type: "string", multiple: true },
    json: { type: "boolean", default: false },
  },
});
for (const size of values.size)
  if (!(size in PROTOCOL_SIZES)) throw new Error(`Sizes are ${Object.keys(PROTOCOL_SIZES).join(", ")}, not ${size}.`);

async function runOnce(tool: Tool, name: SizeName): Promise<Run> {
  const { size, states, transitions } = PROTOCOL_SIZES[name];
  const directory = mkdtempSync(join(tmpdir(), "faultline-bench-"));
  try {
    const [command, ...args] = tool.build(name, size, directory);
    const { stdout, ...cost } = await measure(command, args, directory);
    const counted = tool.read(stdout);
    return { ...cost, ...counted, agrees: counted.states === states && counted.transitions === transitions };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const absent = TOOLS.flatMap((tool) => missing(tool).map((program) => ({ tool: tool.name, program })));
const tools = TOOLS.filter((tool) => missing(tool).length === 0).filter(
  (tool) => tool === ours || (values.only ?? [tool.name]).includes(tool.name),
);
const rows: Row[] = [];
for (const name of values.size as SizeName[]) {
  const runs = new Map<Tool, Run[]>(tools.map((tool) => [tool, []]));
  // In turn, so that a busy minute hits all of them.
  for (let k = 0; k < Number(values.repeat); k++)
    for (const tool of tools) {
      process.stderr.write(`${name}: ${tool.name} ...\n`);
      runs.get(tool)!.push(await runOnce(tool, name));
    }
  const reference = summary(ours.name, name, runs.get(ours)!);
  for (const tool of tools) rows.push({ ...summary(tool.name, name, runs.get(tool)!), against: reference.seconds });
}

console.log(tableOf(rows));
console.log(
  `Node ${process.version}, ${availableParallelism()} cores. Seconds are of the whole process, median of ${values.repeat}.`,
);
for (const { tool, program } of absent)
  console.log(`MISSING: ${tool} was not measured, because "${program}" is not installed.`);
if (values.json) {
  const directory = fileURLToPath(new URL("../reports/out/", import.meta.url));
  mkdirSync(directory, { recursive: true });
  const record = { schema: "faultline-bench/1", node: process.version, cores: availableParallelism(), absent, rows };
  writeFileSync(join(directory, "bench.json"), `${JSON.stringify(record, undefined, 2)}\n`);
}
const wrong = rows.filter(({ agrees }) => !agrees);
for (const { tool, size, states, transitions } of wrong)
  console.log(
    `DISAGREES: ${tool} counts ${states} states and ${transitions} transitions of ${size}; agreed are ${PROTOCOL_SIZES[size as SizeName].states} and ${PROTOCOL_SIZES[size as SizeName].transitions}.`,
  );
process.exitCode = wrong.length > 0 ? 1 : 0;
