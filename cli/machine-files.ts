/** The files that the index of names is made from: model/machines, with the machines that each exports, and the sources. */
import { readdirSync, readFileSync } from "node:fs";
import type { MachineFile, NameSources } from "../scenarios/names/index-of-names.ts";
import { importMachine } from "./machine-imports.ts";

const ROOT = new URL("../", import.meta.url);
const MACHINES = "model/machines/";

type Machine = MachineFile["machines"][number];

const isMachine = (value: unknown): value is Machine =>
  typeof value === "object" && value !== null && "getTransitionData" in value;

async function fileAt(path: string): Promise<MachineFile> {
  const exported = await importMachine(path);
  const text = readFileSync(new URL(path, ROOT), "utf8");
  return { path, text, machines: Object.values(exported).filter(isMachine) };
}

/** Reads them from the project that this file lies in. */
export async function nameSources(): Promise<NameSources> {
  const names = readdirSync(new URL(MACHINES, ROOT), { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .sort();
  return {
    files: await Promise.all(names.map((name) => fileAt(`${MACHINES}${name}`))),
    sources: readFileSync(new URL("docs/sources.md", ROOT), "utf8"),
  };
}
