import fc from "fast-check";
import { expect, test } from "vitest";
import { Agenda } from "./agenda.ts";

const changes = fc.array(
  fc.record({
    clock: fc.nat(200),
    // Few times, so that many are the same.
    time: fc.option(fc.integer({ min: 0, max: 20 })),
  }),
  { maxLength: 300 },
);

test("the clock that rings next is the first one of a sorted list", () => {
  fc.assert(
    fc.property(changes, (list) => {
      const agenda = new Agenda();
      const known = new Map<number, number>();
      for (const { clock, time } of list) {
        if (time === null) agenda.delete(clock);
        else agenda.set(clock, time);
        if (time === null) known.delete(clock);
        else known.set(clock, time);
        const [first] = [...known].sort(([one, at], [other, then]) => at - then || one - other);
        expect(agenda.size).toBe(known.size);
        expect(agenda.has(clock)).toBe(known.has(clock));
        if (first) expect([agenda.first, agenda.timeOf(agenda.first)]).toEqual(first);
      }
    }),
  );
});
