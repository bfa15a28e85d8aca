/** What a record says besides its verdicts: what was built in place of what was chosen, and knobs without effect. */
import type { RunRecord } from "../checker/run-record.ts";
import { replacedBy } from "../properties/build.ts";
import { opens } from "../properties/looked-at.ts";
import type { Advance } from "./knob-effect.ts";
import { unseenDefects } from "./known-defects.ts";
import type { RunRequest } from "./ports.ts";
import { systemsWith } from "./selection.ts";

/** "nothing in iommufd looks at it at these bounds; with --bounds default it does". */
function unread(request: RunRequest, knob: string): string {
  const { system } = request;
  const nothing = `${knob} was set, but nothing in ${system} looks at it`;
  const having = systemsWith(knob);
  if (having.length === 0) return `${nothing}; no system does.`;
  if (!having.includes(system)) return `${nothing}; it belongs to ${having.join(", ")}.`;
  const choice = opens(request, knob);
  if (choice === undefined) return `${nothing} with these choices.`;
  return `${nothing} ${choice.startsWith("--bounds") ? "at these bounds" : "here"}; with ${choice} it does.`;
}

/**
 * The record with what replaced what was chosen, and a note for each knob set by hand that nothing looked at (`missing`),
 * and for each of `knobs` that is known to break something and did not.
 */
export async function noted(
  record: RunRecord,
  request: RunRequest,
  missing: readonly string[],
  knobs: readonly string[],
  advance?: Advance,
): Promise<RunRecord> {
  const replaced = replacedBy(request);
  const notes = [
    ...missing.map((knob) => unread(request, knob)),
    ...(await unseenDefects(record, request, knobs, advance)),
  ];
  return { ...record, ...(replaced.length > 0 && { replaced }), ...(notes.length > 0 && { notes }) };
}
