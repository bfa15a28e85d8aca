/** Files of tests that take longest, the longest first: two workers end at about the same time when these begin early. */
export const LONGEST: readonly string[] = [
  "properties/catalogue/suite.prop.test.ts",
  "properties/reference-knobs.prop.test.ts",
  "cli/commands/scenarios.test.ts",
  "cli/damage.test.ts",
  "properties/walks.prop.test.ts",
  "properties/reference.prop.test.ts",
  "cli/conformance.test.ts",
  "checker/reference/drawn.test.ts",
  "cli/known-defects.test.ts",
  "scenarios/recorded/linux/6.12/iommufd.test.ts",
  "properties/looked-at.prop.test.ts",
  "properties/symmetry.prop.test.ts",
];
