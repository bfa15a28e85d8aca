/**
 * Which machine files the replays run, class by class: V8 counts the calls of every function while a class is replayed. A
 * component of a replayed system has at least its context made.
 */
import { Session } from "node:inspector/promises";
import { fileURLToPath } from "node:url";
import { countRounds, firstNoticed, groupsOf, mostRounds, recordings, type Group } from "./replays.ts";

const MACHINES = new URL("../../model/machines/", import.meta.url).href;
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

export interface Survey {
  /** File by file: the groups that run a function of it, with the number of calls; most calls first. */
  readonly files: { readonly [file: string]: readonly (Group & { readonly calls: number })[] };
  readonly groups: readonly Group[];
  readonly mostRounds: number;
}

export async function survey(): Promise<Survey> {
  countRounds();
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  const groups = recordings().flatMap(groupsOf);
  const files: Record<string, (Group & { calls: number })[]> = {};
  // What was called when modules were loaded is no replay.
  await session.post("Profiler.takePreciseCoverage");
  for (const group of groups) {
    const noticed = firstNoticed([group]);
    if (noticed) throw new Error(`Without a mutant, ${group.recording}, line ${noticed.where?.line} ${noticed.how}.`);
    const { result } = await session.post("Profiler.takePreciseCoverage");
    for (const { url, functions } of result) {
      if (!url.startsWith(MACHINES)) continue;
      const calls = functions.reduce((sum, { ranges }) => sum + ranges[0]!.count, 0);
      if (calls === 0) continue;
      (files[fileURLToPath(url).slice(ROOT.length).replaceAll("\\", "/")] ??= []).push({ ...group, calls });
    }
  }
  const sorted = Object.keys(files).sort();
  return {
    files: Object.fromEntries(sorted.map((file) => [file, files[file]!.sort((a, b) => b.calls - a.calls)])),
    groups,
    mostRounds: mostRounds(),
  };
}
