/** The libraries of an installed package: the programs of docs/checker.md, and one that uses the project's own systems. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "rolldown/utils";
import { pagePrograms } from "./page-code.ts";

/** A use of "faultline" itself. Without types, the line that must not compile would. */
const OWN = {
  title: "the project's own systems",
  code: `import { check, replay, runs, systems } from "faultline";
import { textReport, traceText } from "faultline/reports";

// @ts-expect-error -- no such bounds
runs({ bounds: 3 });
const [run] = runs({ systems: ["type1-unmap"], design: "linux-6.12.117", bounds: "small" });
const record = await check(run!);
const deadlock = record.properties.find(({ id }) => id === "DEADLOCK")!.verdict;
if (deadlock.kind !== "violated") throw new Error(deadlock.kind);
const { outcome } = await replay(deadlock.trace);
const told = textReport([record], { directory: "out", expectKnown: true });
console.log(systems.some(({ name }) => name === run!.system), outcome.kind, traceText(deadlock.trace) !== "", told !== "");
`,
  prints: "true violated true true\n",
};

/** Runs each program in the project that has the package installed. What went wrong. */
export function usesLibraries(root: string, project: string, node: string): readonly string[] {
  return [...pagePrograms(join(root, "docs/checker.md")), OWN].flatMap(({ title, code, prints }) => {
    writeFileSync(join(project, "program.mjs"), transformSync("program.ts", code).code);
    const { stdout, stderr } = spawnSync(node, ["program.mjs"], { cwd: project, encoding: "utf8" });
    return stdout === prints ? [] : [`${title}: it prints\n${stdout}${stderr}`];
  });
}

/** Compiles each program against the types of the package. What the compiler says. */
export function typesProblems(root: string, project: string): readonly string[] {
  const programs = [...pagePrograms(join(root, "docs/checker.md")), OWN];
  const files = programs.map(({ code }, k) => {
    writeFileSync(join(project, `program-${k}.mts`), code);
    return `program-${k}.mts`;
  });
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const options = "--noEmit --strict --module nodenext --target es2023 --lib es2023,dom".split(" ");
  const { status, stdout } = spawnSync(process.execPath, [compiler, ...options, ...files], {
    cwd: project,
    encoding: "utf8",
  });
  return status === 0 ? [] : [`the types of the package: ${stdout}`];
}
