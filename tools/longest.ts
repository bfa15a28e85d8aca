/** Files of tests that take longest, the longest first: two workers end at about the same time when these begin early. */
export const LONGEST: readonly string[] = [
  "properties/reference-knobs.prop.test.ts",
  "properties/catalogue/suite.prop.test.ts",
  "cli/damage.test.ts",
  "properties/reference.prop.test.ts",
  "cli/commands/scenarios.test.ts",
  "properties/walks.prop.test.ts",
  "cli/commands/design-space.test.ts",
  "cli/jobs/queue/processes.test.ts",
  "cli/conformance.test.ts",
  "cli/checkpoint/checkpoint.test.ts",
  "checker/explore/search/step-trees.test.ts",
  "bench/mutants/check/check.test.ts",
  "checker/reference/drawn.test.ts",
  "properties/looked-at.prop.test.ts",
  "cli/known-defects.test.ts",
  "cli/bundle.test.ts",
];
