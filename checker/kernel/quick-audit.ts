/** Quick steps held against those of XState, for every step that a core remembers. */
import type { Message } from "../json.ts";
import { ModelError } from "../wiring.ts";
import { canonical } from "./canon.ts";
import type { Core } from "./core.ts";
import { snapshotText } from "./intern.ts";
import { QuickMachine } from "./quick-step.ts";
import { step } from "./step.ts";

export interface QuickAudit {
  /** Steps compared that were taken without XState. */
  readonly plain: number;
  /** Steps that were left to XState. */
  readonly left: number;
}

/** Takes every step that the core remembers again, in both ways. @throws ModelError at the first one that differs */
export function auditQuick(core: Core, quick = QuickMachine): QuickAudit {
  const takers = new Map<object, QuickMachine>();
  const counts = { plain: 0, left: 0 };
  for (const { slot, local, event } of core.cells()) {
    const { machine } = core.system.components[core.slotName(slot)]!;
    const taker = takers.get(machine) ?? new quick(machine);
    takers.set(machine, taker);
    const snapshot = core.locals[slot]!.values[local]!;
    const message = core.events.values[event]!;
    const outcome = step(machine, snapshot, message);
    const emitted: Message[] = [];
    const next = taker.step(taker.localOf(snapshot), message, emitted);
    counts[taker.isPlain ? "plain" : "left"]++;
    const found = next && toldOf(snapshotText(taker.snapshotOf(next)), next.place.isDone, emitted, taker.chosen);
    const wanted =
      outcome &&
      toldOf(snapshotText(outcome.snapshot), outcome.snapshot.status !== "active", outcome.emitted, outcome.chosen[0]);
    if (found?.text === wanted?.text && found?.chosen === wanted?.chosen) continue;
    throw new ModelError(
      `Machine "${machine.id}" in ${snapshotText(snapshot)} takes ${canonical(message)} otherwise than XState:\n` +
        `  ${found?.text ?? "not handled"}\n  ${wanted?.text ?? "not handled"}`,
    );
  }
  return counts;
}

const toldOf = (next: string, isDone: boolean, emitted: readonly Message[], chosen: object | undefined) => ({
  text: `${next}${isDone ? " (done)" : ""} emits ${canonical(emitted)}`,
  chosen,
});
