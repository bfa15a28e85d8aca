/**
 * `npm run package`: packs, installs the package into an empty project, runs it on each Node that can be had, and compares
 * what it prints and writes with what this clone does. Exit code 1 where they differ.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { COMMANDS, FILES } from "./commands.ts";
import { installInto, isAway } from "./install.ts";
import { typesProblems, usesLibraries } from "./libraries.ts";
import { nodes } from "./nodes.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Times differ from run to run, and so do the columns that they stand in; the hash of a clone has its Node in it. */
const comparable = (text: string): string =>
  text
    .replaceAll(/\d+ min \d+ s|\d+(\.\d+)? s\b|"seconds": ?[\d.]+/g, "(time)")
    .replaceAll(/ +(?=\(time\))/g, " ")
    .replaceAll(/\(sources [0-9a-f]{12}\)/g, "(sources)");

/** Reports and records; not what a sweep keeps under hashes of its sources, to go on from. */
const isCompared = (name: string): boolean => /\.(json|md|csv)$/.test(name) && !name.includes("sweep-runs");

/** What a command did: its exit code, stdout, and stderr where it is an error of the user. */
interface Did {
  readonly status: number | null;
  readonly text: string;
}

/** Runs all commands in a new folder, and adds what lies there in the end. */
function didAll(folder: string, node: string, program: string): readonly Did[] {
  mkdirSync(folder);
  for (const file of FILES) copyFileSync(join(root, file), join(folder, basename(file)));
  const did = COMMANDS.map((args): Did => {
    const { status, stdout, stderr } = spawnSync(node, [program, ...args], { cwd: folder, encoding: "utf8" });
    return { status, text: comparable(status === 2 || status === 4 ? stdout + stderr : stdout) };
  });
  const written = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(isCompared);
  const files = written.sort().map((name) => `${name}\n${comparable(readFileSync(join(folder, name), "utf8"))}`);
  return [...did, { status: 0, text: files.join("\n") }];
}

function firstDifference(one: string, other: string): string {
  const [lines, others] = [one.split("\n"), other.split("\n")];
  const at = lines.findIndex((line, k) => line !== others[k]);
  return `clone:   ${lines[at] ?? "(nothing)"}\n    package: ${others[at] ?? "(nothing)"}`;
}

/** What went wrong. */
function problems(folder: string): readonly string[] {
  const packed = spawnSync("npm", ["pack", "--pack-destination", folder, "--loglevel=error"], {
    cwd: root,
    encoding: "utf8",
  });
  if (packed.status !== 0) return [`npm pack fails: ${packed.stderr}`];
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), `{ "private": true, "type": "module" }\n`);
  const file = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  const because = installInto(project, join(folder, file));
  if (because !== undefined && isAway(because)) {
    console.log(`package: SKIPPED: the dependencies cannot be installed: ${because}`);
    return [];
  }
  if (because !== undefined) return [`the package cannot be installed: ${because}`];
  const program = join(project, "node_modules/faultline/cli/faultline.mjs");
  const expected = didAll(join(folder, "clone"), process.execPath, join(root, "cli/faultline.mjs"));
  const types = typesProblems(root, project);
  const byNode = nodes(folder).flatMap(({ version, path, because: missing }) => {
    if (path === undefined) {
      console.log(`package: SKIPPED Node ${version}: ${missing}`);
      return [];
    }
    const did = didAll(join(folder, `package-${version}`), path, program);
    const found = did.flatMap(({ status, text }, k) => {
      const { status: wanted, text: said } = expected[k]!;
      const what = `Node ${version}: ${COMMANDS[k]?.join(" ") ?? "files written"}`;
      if (status !== wanted) return [`${what}: exit code ${status}, of the clone ${wanted}\n    ${text}`];
      return text === said ? [] : [`${what}\n    ${firstDifference(said, text)}`];
    });
    const used = usesLibraries(root, project, path);
    console.log(`package: Node ${version}: ${COMMANDS.length} commands, ${found.length + used.length} problems`);
    return [...found, ...used];
  });
  return [...types, ...byNode];
}

const folder = mkdtempSync(join(tmpdir(), "faultline-package-"));
try {
  const found = problems(folder);
  for (const problem of found) console.error(`  ${problem}`);
  process.exitCode = found.length > 0 ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
