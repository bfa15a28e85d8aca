/** The tests with one file of the project changed: FAULTLINE_CHANGED names a JSON file with its path and text. */
import { readFileSync } from "node:fs";
import { defineConfig, mergeConfig } from "vitest/config";
import project from "../../vitest.config.ts";

const { path, text } = JSON.parse(readFileSync(process.env["FAULTLINE_CHANGED"]!, "utf8")) as {
  readonly path: string;
  readonly text: string;
};

export default mergeConfig(
  project,
  defineConfig({
    // A slow machine is no answer: patience.ts ends what does not end.
    test: { testTimeout: 0 },
    root: new URL("../..", import.meta.url).pathname,
    plugins: [{ name: "changed", enforce: "pre", load: (id) => (id.split("?")[0] === path ? text : undefined) }],
  }),
);
