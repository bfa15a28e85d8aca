/** By name of the file in dist/: the sources that programs import, as package.json exports them. */
export const LIBRARIES = { index: "cli/library.ts", checker: "checker/library.ts", reports: "reports/library.ts" };
