/** Names of counterexample files, and the command that replays one. */
import type { TraceRecord } from "../checker/run-record.ts";

/** FNV-1a, 32 bits, as eight hexadecimal digits: names files apart, protects nothing. */
function hash8(text: string): string {
  let hash = 0x811c9dc5;
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** "PIN-1-1f2e3d4c": the same for the same model, property and actions, whenever it was found. */
export function counterexampleName({ model, property, steps }: TraceRecord): string {
  const identity = [model.fingerprint, property.id, steps.map(({ action }) => action)];
  return `${property.id}-${hash8(JSON.stringify(identity))}`;
}

/** Where the file is, seen from the output directory. */
export const counterexamplePath = (trace: TraceRecord): string => `counterexamples/${counterexampleName(trace)}.json`;

/** The chart of the path, from where the user is; it has the name of the first counterexample of the path. */
export const chartPath = (directory: string, trace: TraceRecord): string =>
  `${directory.replace(/\/+$/, "")}/counterexamples/${counterexampleName(trace)}.txt`;

/** The file, from where the user is; quoted where a shell would take it apart. */
function fileWord(directory: string, trace: TraceRecord): string {
  const path = `${directory.replace(/\/+$/, "")}/${counterexamplePath(trace)}`;
  return /^[\w./:@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

/** `directory` is the output directory, as the user names it. */
export const replayCommand = (directory: string, trace: TraceRecord): string =>
  `npx faultline replay ${fileWord(directory, trace)}`;

/** Makes the page of the counterexample with what it needs. */
export const whyPageCommand = (directory: string, trace: TraceRecord): string =>
  `npx faultline report ${fileWord(directory, trace)} --format html --why`;
