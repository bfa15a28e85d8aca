import { expect, test } from "vitest";
import { Live } from "../../kernel/live.ts";
import { PROTOCOL_SIZES, pageFaultProtocol } from "../../textbook/page-fault-protocol.ts";
import { stepName } from "../occurrence.ts";
import { stepNames, wholeOf } from "../pattern.ts";
import { timedAs, type Rates } from "../rates.ts";
import { Names, Seen } from "./seen.ts";
import { Timing } from "./timing.ts";

const system = pageFaultProtocol(PROTOCOL_SIZES.XS.size);
const timed = (mean: number) =>
  ({
    kind: "timed",
    cost: { distribution: "exponential", mean, unit: "ns", basis: { assumed: "an example" } },
  }) as const;
const steps = stepNames(system);
/** By state, by fields of the event and of the context, and by name; with choices by event and by state. */
const rates: Rates = {
  name: "example",
  rules: [
    ...["waiting", "idle"].map((state, k) => ({ step: steps[0]!, in: state, timing: timed(k + 1) })),
    { step: steps[0]!, component: "slot1", timing: timed(3) },
    { step: steps[1]!, fields: { page: 1 }, timing: { kind: "never" as const, because: "an example" } },
    ...steps.map((step, k) => ({
      step,
      timing: k % 3 === 2 ? { kind: "immediate" as const, weight: k } : timed(10 + k),
    })),
    ...steps.map((step) => ({ step: wholeOf(step), timing: timed(99) })),
  ],
  choices: [
    { step: steps[0]!, fields: { page: 0 }, weight: 3 },
    { step: wholeOf(steps[0]!), fields: { page: 2 }, weight: 0 },
    { step: steps[3]!, in: "waiting", weight: 2 },
  ],
};

test("what is said of a step without asking is what is said when asked", () => {
  const live = new Live(system);
  const names = new Names(live);
  const timing = new Timing(rates, names);
  const kinds = new Set<string>();
  for (let walked = 0; walked < 300; walked++) {
    const trials = system.actions.flatMap((action) => {
      if (action.kind !== "event") return [];
      const trial = live.tryEvent(live.slotOf(action.component), action.event);
      if (!trial) return [];
      const step = stepName(system, action, action.event);
      const said = timing.of(step, trial);
      expect(said).toEqual(timedAs(rates, new Seen(names, step, trial)));
      const ofAll = timing.ofEvents(step, [action.event]);
      if (ofAll) expect(ofAll[0]).toEqual(said);
      kinds.add(`${said.kind} ${said.rule} ${ofAll ? "always" : "asked"}`);
      return [trial];
    });
    if (trials.length === 0) break;
    live.make(trials[(7_919 * walked) % trials.length]!);
  }
  expect(kinds.size).toBeGreaterThan(4);
  expect([...kinds].some((kind) => kind.startsWith("never"))).toBe(true);
});
