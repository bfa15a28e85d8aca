/** Quick steps held against those of XState, for every step that a core remembers. */
import type { AnyMachineSnapshot } from "xstate";
import type { Message } from "../json.ts";
import { ModelError } from "../wiring.ts";
import { canonical } from "./canon.ts";
import type { Core } from "./core.ts";
import { snapshotText } from "./intern.ts";
import { Outbox } from "./outbox.ts";
import { QuickMachine } from "./quick-step.ts";
import { step } from "./step.ts";

export interface QuickAudit {
  /** Steps compared that were taken without XState. */
  readonly plain: number;
  /** Steps that were left to XState. */
  readonly left: number;
}

/** When a function is made for a choice. */
const NEVER = Infinity;
const AT_ONCE = 0;

/** Takes every step that the core remembers again: one by one, by functions made for it, and by XState. @throws ModelError at the first one that differs */
export function auditQuick(core: Core, quick = QuickMachine): QuickAudit {
  const takers = new Map<object, readonly QuickMachine[]>();
  const counts = { plain: 0, left: 0 };
  for (const { slot, local, event } of core.cells()) {
    const { machine } = core.system.components[core.slotName(slot)]!;
    const both = takers.get(machine) ?? [new quick(machine, NEVER), new quick(machine, AT_ONCE)];
    takers.set(machine, both);
    const snapshot = core.locals[slot]!.values[local]!;
    const message = core.events.values[event]!;
    for (const taker of both) expectSame(taker, snapshot, message);
    counts[both[0]!.isPlain ? "plain" : "left"]++;
  }
  return counts;
}

function expectSame(taker: QuickMachine, snapshot: AnyMachineSnapshot, message: Message): void {
  const { machine } = taker;
  const outcome = step(machine, snapshot, message);
  const emitted = new Outbox();
  const next = taker.step(taker.localOf(snapshot), message, emitted);
  const found = next && toldOf(snapshotText(taker.snapshotOf(next)), next.place.isDone, emitted.list(), taker.chosen);
  const wanted =
    outcome &&
    toldOf(snapshotText(outcome.snapshot), outcome.snapshot.status !== "active", outcome.emitted, outcome.chosen[0]);
  if (found?.text === wanted?.text && found?.chosen === wanted?.chosen) return;
  throw new ModelError(
    `Machine "${machine.id}" in ${snapshotText(snapshot)} takes ${canonical(message)} otherwise than XState:\n` +
      `  ${found?.text ?? "not handled"}\n  ${wanted?.text ?? "not handled"}`,
  );
}

const toldOf = (next: string, isDone: boolean, emitted: readonly Message[], chosen: object | undefined) => ({
  text: `${next}${isDone ? " (done)" : ""} emits ${canonical(emitted)}`,
  chosen,
});
