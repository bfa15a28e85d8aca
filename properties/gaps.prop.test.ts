/** That what properties/gaps says of a rule is so: a deliberate defect makes use of it, or the run that is named there. */
import { expect, test } from "vitest";
import { startExhaustive } from "../checker/explore/exhaustive.ts";
import { RuleBook } from "../checker/rule-book.ts";
import type { GapKind } from "../checker/rule-record.ts";
import { defineSystem } from "../checker/system.ts";
import { partsOf, type Request } from "./build.ts";
import { departures } from "./departures/index.ts";
import { ofDefects } from "./gaps/defects.ts";
import { excusedBy, gapText, type Excuse } from "./gaps/gap.ts";
import { excuses, excusesOfSmall } from "./gaps/index.ts";

/** States looked at of a defect: most show what they are among the first, and what they do not is looked for again. */
const FEW = 2_000;
const MOST = 100_000;

/** A book of one system calls a machine by its id alone, also where another system has a machine with the same id. */
const withoutOrigin = (text: string): string => text.replace(/^([\w-]+) \([^)]*\)/, "$1");

/** What of `wanted` the first states of the run do not make use of. */
function unusedIn(request: Request, maxStates: number, wanted: readonly string[]): readonly string[] {
  const parts = partsOf(request);
  const ids = new Set(Object.values(parts.components).map(({ machine }) => machine.id));
  const isMessage = (text: string): boolean => text.endsWith(": never sent");
  if (!wanted.some((text) => isMessage(text) || ids.has(withoutOrigin(text).split(":")[0]!))) return wanted;
  const search = startExhaustive(defineSystem({ ...parts, properties: [] }), { maxStates });
  while (search.advance(1 << 14));
  const book = new RuleBook();
  book.see(search.core);
  const used = new Set(
    book.record.flatMap(({ machine, rules, states, messages }) => {
      const text = (rule: string, kind: GapKind): string => gapText({ machine: withoutOrigin(machine), rule, kind });
      return [
        ...rules.flatMap(({ rule, taken, refused }) => [
          ...(taken ? [text(rule, "never taken")] : []),
          ...(refused ? [text(rule, "never refused")] : []),
        ]),
        ...states.flatMap(({ state, entered }) => (entered ? [text(state, "never entered")] : [])),
        ...messages.flatMap(({ message, sent }) => (sent ? [text(message, "never sent")] : [])),
      ];
    }),
  );
  return wanted.filter((text) => !used.has(withoutOrigin(text)));
}

const withRun = excuses.filter((excuse): excuse is Excuse & { shown: Request } => excuse.shown !== undefined);

test.each(withRun)("is used: $reason", (excuse) => {
  expect(unusedIn(excuse.shown, MOST, excusedBy(excuse))).toEqual([]);
});

test("what only deliberate defects make use of, one of them does", () => {
  let left = excusedBy(ofDefects);
  for (const most of [FEW, MOST])
    for (const { shown } of departures) if (left.length > 0) left = unusedIn(shown, most, left);
  expect(left).toEqual([]);
});

test("nothing is excused twice", () => {
  const all = excusesOfSmall.flatMap(excusedBy);
  expect(all.filter((text, k) => all.indexOf(text) !== k)).toEqual([]);
});
