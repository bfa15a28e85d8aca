/** Each case, test and action of a machine that can be left out, as a change of the system and in words. */
import type { System } from "../../checker/system.ts";
import { actionLeftOut, caseLeftOut, casesIn, testLeftOut } from "../../properties/miswirings/cases.ts";

export interface Change {
  readonly words: string;
  readonly change: (system: System) => System;
}

/** The changes of all roles, in the order of the components. */
export function* casesOf(system: System): Generator<Change> {
  const machines = new Map(Object.values(system.components).map(({ role, machine }) => [role, machine]));
  for (const [role, machine] of machines)
    for (const { place, hasTest, actions } of casesIn(role, machine)) {
      const { state = "all states", on, at } = place;
      const where = `${role} in ${state}, case ${at} of ${on}`;
      yield { words: `${where} left out`, change: caseLeftOut(place) };
      if (hasTest) yield { words: `${where} without its test`, change: testLeftOut(place) };
      for (let action = 0; action < actions; action++)
        yield { words: `${where} without action ${action}`, change: actionLeftOut(place, action) };
    }
}
