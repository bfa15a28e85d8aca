import { defineConfig } from "vitest/config";

const SOURCES = "{checker,model,properties,scenarios,reports,explorer,cli,tools}/**/*.ts";

/**
 * One project for all tests. `vitest run properties` selects the proofs, properties/**\/*.prop.test.ts, by path;
 * tools/test-files.test.ts keeps every other test out of that selection.
 */
export default defineConfig({
  test: {
    include: ["**/*.test.ts"],
    exclude: ["**/node_modules/**", ".git/**", "reports/out/**"],
    pool: "forks",
    // A proof explores a state space within one test; a failing one shrinks as well.
    testTimeout: 120_000,
    reporters: [
      "default",
      ...(process.env["GITHUB_ACTIONS"] === "true" ? ["github-actions"] : []),
      ["junit", { outputFile: "reports/out/junit.xml", suiteName: "faultline" }],
    ],
    coverage: {
      provider: "v8",
      include: [SOURCES],
      exclude: ["**/*.test.ts"],
      reporter: ["text-summary", "lcov", "json-summary"],
      reportsDirectory: "reports/out/coverage",
      // Without it a failing run would leave no coverage at all.
      reportOnFailure: true,
    },
  },
});
