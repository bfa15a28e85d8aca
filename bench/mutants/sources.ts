/** The texts of the adapters and machines that have loops, with their rounds counted. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { counted } from "./ticks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LOOPS_IN = ["scenarios/recorded/", "model/machines/"];

/** Where a file of the project lies. */
export const pathOf = (file: string): string => `${ROOT}${file}`;

const sources = (): readonly string[] =>
  LOOPS_IN.flatMap((folder) =>
    readdirSync(pathOf(folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
      .sort()
      .map((name) => `${folder}${name}`),
  );

/** By path. */
export const loopTexts = (): { readonly [path: string]: string } =>
  Object.fromEntries(
    sources().flatMap((file) => {
      const text = counted(readFileSync(pathOf(file), "utf8"));
      return text === undefined ? [] : [[pathOf(file), text]];
    }),
  );
