/**
 * Whether the exchanges that a search relied on commute with the steps it took: exchanging values and then taking a step
 * must be the same as taking the step and then exchanging them. Asked of the cells that the search filled, over their
 * numbers; where the exchanged cell is not filled yet, XState is asked once more. Predicates are asked by the search
 * itself (impartial.ts).
 */
import type { Core } from "../../kernel/core.ts";
import { eventOf, kindOf, NOT_HANDLED, targetOf } from "../../kernel/behaviour.ts";
import { eventText, snapshotText } from "../../kernel/intern.ts";
import { receiver } from "../../system.ts";
import type { Exchange } from "./group.ts";
import type { Orbits } from "./orbits.ts";

export interface SymmetryAudit {
  /** Pairs of a cell and an exchange that were compared, and how many there are. */
  readonly compared: number;
  readonly of: number;
  /** The first place where an exchange and a step do not commute: one clause without a full stop. */
  readonly because?: string;
}

/** Compares at most `most` pairs, evenly spread over all. */
export function auditSymmetry(core: Core, orbits: Orbits, most = Infinity): SymmetryAudit {
  const { exchanges } = orbits;
  const { data, length } = core.behaviour.filled();
  const cells = length / 4;
  const of = cells * (exchanges.length - 1);
  // All where there are not many more than asked for: every second one would leave half of them out.
  const stride = of < 2 * most ? 1 : Math.floor(of / most);
  let compared = 0;
  const told = (e: number, what: string): SymmetryAudit => ({
    compared,
    of,
    because: `${what} with ${JSON.stringify(exchanges[e]!.permutations)} exchanged`,
  });
  for (let e = 1; e < exchanges.length; e++) {
    const wrong = attempted(() => wrongReceiver(core, exchanges[e]!));
    if (wrong !== undefined) return told(e, wrong);
  }
  for (let pair = 0; pair < of; pair += stride) {
    const e = 1 + Math.floor(pair / cells);
    const at = 4 * (pair % cells);
    compared++;
    const [slot, local, event, cell] = [data[at]!, data[at + 1]!, data[at + 2]!, data[at + 3]!];
    const differs = attempted(() => differenceUnder(core, orbits, e, slot, local, event, cell));
    if (differs !== undefined) return told(e, differs);
  }
  return { compared, of };
}

/** A step with exchanged values that is a mistake of the model is another step. */
function attempted(compare: () => string | undefined): string | undefined {
  try {
    return compare();
  } catch (error) {
    return `a step fails (${error instanceof Error ? error.message : String(error)})`;
  }
}

/** What the step of the cell does that the exchanged step does not. */
function differenceUnder(
  core: Core,
  orbits: Orbits,
  exchange: number,
  slot: number,
  local: number,
  event: number,
  cell: number,
): string | undefined {
  const { slots, event: eventImage } = orbits.exchanges[exchange]!;
  const there = slots[slot]!;
  const other = core.behaviour.outcomeOf(there, orbits.imageOf(exchange, slot, local), eventImage(event));
  const told = (): string =>
    `"${core.slotName(slot)}" in ${snapshotText(core.locals[slot]!.values[local]!)} takes ${eventText(core.events.values[event]!)} otherwise than "${core.slotName(there)}"`;
  if (cell === NOT_HANDLED || other === NOT_HANDLED) return cell === other ? undefined : told();
  const { data } = core.behaviour.outcomes;
  const emissions = data[cell + 1]!;
  if (orbits.imageOf(exchange, slot, data[cell]!) !== data[other] || emissions !== data[other + 1]) return told();
  for (let k = 2; k < 2 + emissions; k++) {
    const [one, exchanged] = [data[cell + k]!, data[other + k]!];
    if (
      kindOf(one) !== kindOf(exchanged) ||
      slots[targetOf(one)] !== targetOf(exchanged) ||
      eventImage(eventOf(one)) !== eventOf(exchanged)
    )
      return told();
  }
  return undefined;
}

/** A message that, exchanged, is delivered to another component than that in the place of its receiver. */
function wrongReceiver(core: Core, { slots, event }: Exchange): string | undefined {
  const { system, componentCount } = core;
  for (const [h, channel] of system.channelNames.entries()) {
    const there = core.slotName(slots[componentCount + h]!);
    for (const head of new Set(core.contents[h]!.values.flatMap(({ messages }) => messages.slice(0, 1)))) {
      const message = core.events.values[head]!;
      const to = slots[core.slotOf(receiver(system, channel, message))]!;
      const found = receiver(system, there, core.events.values[event(head)]!);
      if (core.slotName(to) !== found) return `"${channel}" delivers ${eventText(message)} otherwise than "${there}"`;
    }
  }
  return undefined;
}
