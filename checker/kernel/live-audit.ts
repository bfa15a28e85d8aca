/** A live system held against a core: the same steps are possible in every state of a walk, and change the same. */
import { ModelError, type System } from "../system.ts";
import { canonical } from "./canon.ts";
import { Core } from "./core.ts";
import { textOf } from "./intern.ts";
import { Live } from "./live.ts";

export interface LiveAudit {
  /** Steps of the walk. */
  readonly steps: number;
  /** Steps that were tried on the way, possible or not. */
  readonly tried: number;
}

/** Walks up to `length` steps, the same for the same system. @throws ModelError at the first difference */
export function auditLive(system: System, length: number, made = new Live(system)): LiveAudit {
  const core = new Core(system);
  const live = made;
  core.vector.set(core.initial);
  let tried = 0;
  for (let steps = 0; steps < length; steps++) {
    sameState(core, live);
    const possible: number[] = [];
    for (let action = 0; action < system.actions.length; action++, tried++) {
      if (!isSameStep(core, live, action)) continue;
      possible.push(action);
    }
    if (possible.length === 0) return { steps, tried };
    const action = possible[(7_919 * (steps + 1)) % possible.length]!;
    live.make(trialOf(live, action)!);
    core.takeAction(action);
  }
  return { steps: length, tried };
}

function trialOf(live: Live, action: number) {
  const taken = live.system.actions[action]!;
  return taken.kind === "event"
    ? live.tryEvent(live.slotOf(taken.component), taken.event)
    : live.tryDelivery(live.slotOf(taken.channel));
}

/** Whether the action is possible, in both. */
function isSameStep(core: Core, live: Live, action: number): boolean {
  const trial = trialOf(live, action);
  const reads = [...live.reads.subarray(0, live.readCount)];
  const isTaken = core.takeAction(action);
  const told = JSON.stringify(core.system.actions[action]);
  if (isTaken !== (trial !== undefined)) throw new ModelError(`${told} is possible in one of them only.`);
  // Of an empty channel nothing else is read.
  const isEmpty = !isTaken && core.system.actions[action]!.kind === "deliver" && reads.length === 1;
  const wanted = [...core.reads.subarray(0, core.readCount)];
  if (!isEmpty && canonical(reads) !== canonical(wanted)) throw new ModelError(`${told} reads something else.`);
  if (!trial) return false;
  for (const [k, slot] of trial.slots.entries())
    if (textIn(core, slot) !== textAt(live, slot, trial.values[k]!))
      throw new ModelError(`${told} makes something else of "${live.nameOf(slot)}".`);
  for (let k = 0; k < core.touchedCount; k++)
    if (!trial.slots.includes(core.touched[k]!))
      throw new ModelError(`${told} does not change "${live.nameOf(core.touched[k]!)}".`);
  core.undo();
  return true;
}

function sameState(core: Core, live: Live): void {
  for (let slot = 0; slot < live.slots; slot++)
    if (textIn(core, slot) !== textAt(live, slot, live.values[slot]!))
      throw new ModelError(`"${live.nameOf(slot)}" is not the same in both.`);
}

function textIn(core: Core, slot: number): string {
  const number = core.vector[slot]!;
  if (slot >= core.componentCount) return canonical(core.messagesOf(slot, number));
  const { value, context } = core.locals[slot]!.values[number]!;
  return textOf(value, context);
}

function textAt(live: Live, slot: number, value: Live["values"][number]): string {
  if (slot >= live.componentCount) return canonical(value);
  const { place, context } = value as ReturnType<Live["local"]>;
  return `${place.name} ${canonical(context)}`;
}
