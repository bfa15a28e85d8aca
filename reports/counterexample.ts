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

/** `directory` is the output directory, as the user names it; quoted where a shell would take it apart. */
export function replayCommand(directory: string, trace: TraceRecord): string {
  const path = `${directory.replace(/\/+$/, "")}/${counterexamplePath(trace)}`;
  return `npx faultline replay ${/^[\w./:@+-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`}`;
}
