/**
 * The audit of a search: everything that the step table took from XState is asked again in another way.
 * A machine that is not a function of snapshot and event (a hidden variable, a context changed in place) shows here.
 */
import { CoverageCollector, type Coverage } from "./coverage.ts";
import type { Json, Message } from "./json.ts";
import type { Core } from "./kernel/core.ts";
import { freshStep, type FreshStep } from "./kernel/fresh.ts";
import { eventText, snapshotText } from "./kernel/intern.ts";
import { stateName } from "./kernel/step.ts";
import { destination, type System } from "./system.ts";

/** A step about which the step table and a fresh step disagree. */
export interface Difference {
  readonly component: string;
  readonly state: string;
  readonly context: Json;
  readonly event: Message;
  readonly memo: string;
  readonly fresh: string;
}

export interface AuditReport {
  /** Steps compared, those that a machine refuses included. */
  readonly cells: number;
  readonly differences: number;
  /** The first differences, at most `MOST_TOLD`. */
  readonly told: readonly Difference[];
  readonly coverage: Coverage;
}

const MOST_TOLD = 10;
const REFUSED = "does not handle it";

/** Compares every cell that the search filled. */
export function auditReport(core: Core): AuditReport {
  const { system } = core;
  let cells = 0;
  let differences = 0;
  const coverage = new CoverageCollector(core);
  const told: Difference[] = [];
  for (const { slot, local, event, outcome } of core.cells()) {
    cells++;
    const component = core.slotName(slot);
    const snapshot = core.locals[slot]!.values[local]!;
    const message = core.events.values[event]!;
    const memo = outcome
      ? outcomeText(
          snapshotText(core.locals[slot]!.values[outcome.next]!),
          outcome.emitted.map((emission) => `${eventText(emission.message)} to ${emission.target}`),
        )
      : REFUSED;
    let step: FreshStep | undefined;
    let fresh: string;
    try {
      step = freshStep(system.components[component]!.machine, snapshot.value, snapshot.context, message);
      fresh = freshText(system, component, step);
    } catch (error) {
      fresh = `throws ${String(error)}`;
    }
    coverage.see(slot, event, outcome, step);
    if (memo === fresh) continue;
    differences++;
    if (told.length < MOST_TOLD)
      told.push({
        component,
        state: stateName(snapshot.value),
        context: structuredClone(snapshot.context) as Json,
        event: message,
        memo,
        fresh,
      });
  }
  return { cells, differences, told, coverage: coverage.report() };
}

const outcomeText = (snapshot: string, emissions: readonly string[]): string =>
  [`goes to ${snapshot}`, ...emissions.map((emission) => `emits ${emission}`)].join(", ");

function freshText(system: System, component: string, { chosen, snapshot, emitted }: FreshStep): string {
  const emissions = emitted.flatMap((message) => {
    const { components, channel } = destination(system, component, message);
    return (channel === undefined ? components : [channel]).map((target) => `${eventText(message)} to ${target}`);
  });
  return chosen.length === 0 && emissions.length === 0 ? REFUSED : outcomeText(snapshotText(snapshot), emissions);
}
