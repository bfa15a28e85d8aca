import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { LONGEST } from "./tools/longest.ts";

const SOURCES = "{checker,model,properties,scenarios,reports,explorer,cli,tools}/**/*.ts";

/** Saved regressions are replayed before anything new is looked for, and what takes longest begins early. */
const FIRST = ["properties/0-regressions.prop.test.ts", ...LONGEST];

/** What is known to be first; the rest in the usual order, which is that of the last durations where there are any. */
class FirstThingsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const found = FIRST.findIndex((name) => moduleId.endsWith(`/${name}`));
      return found < 0 ? FIRST.length : found;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

/**
 * One project for all tests. `vitest run properties` selects the proofs, properties/**\/*.prop.test.ts, by path;
 * tools/test-files.test.ts keeps every other test out of that selection.
 */
export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", ".git/**", "reports/out/**"],
    pool: "forks",
    // Loading the model takes longer than most files of tests. No test changes a module, so a worker loads it once.
    isolate: false,
    // Most of what a search allocates is garbage soon: with room for it, less is copied.
    execArgv: ["--max-semi-space-size=64"],
    sequence: { sequencer: FirstThingsFirst },
    // Its default is one worker less than there are cores: on two cores, one. Each takes about half a gigabyte.
    maxWorkers: Math.max(2, Math.min(8, availableParallelism())),
    // For what hangs. A proof explores a state space within one test, and where others work too that takes many times as long.
    testTimeout: 600_000,
    reporters: [
      "default",
      ...(process.env["GITHUB_ACTIONS"] === "true" ? ["github-actions"] : []),
      ["junit", { outputFile: "reports/out/junit.xml", suiteName: "faultline" }],
    ],
    coverage: {
      provider: "v8",
      include: [SOURCES],
      // What the explorer does in its page runs in a browser, where its tests drive it and nobody counts lines.
      exclude: ["**/*.test.ts", "explorer/page/**"],
      reporter: ["text-summary", "lcov", "json-summary"],
      reportsDirectory: "reports/out/coverage",
      // Without it a failing run would leave no coverage at all.
      reportOnFailure: true,
    },
  },
});
