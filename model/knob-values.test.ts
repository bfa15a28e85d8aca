/** Each value of a choice knob has a sentence where the table says values; a value without one does not compile. */
import { describe, expect, test } from "vitest";
import { hardwareKnobs } from "./hardware/knobs.ts";
import { hostKnobs } from "./hosts/host.ts";
import { choice, type AnyKnobTable, type KnobTable } from "./knobs.ts";
import { studies } from "./systems/studies/index.ts";

interface Record {
  readonly name: string;
  readonly order: "first" | "last";
}

/** Focused models whose tables say what every value means; each new one is a line here. */
const SAID = ["type1-unmap", "iommufd", "teardown", "pri-control", "rfc"];

const tables: readonly (readonly [string, AnyKnobTable])[] = [
  ["hardware", hardwareKnobs],
  ["hosts", hostKnobs],
  ...studies
    .filter(({ name }) => SAID.includes(name))
    .map(({ name, knobs, sizeKnobs }) => [name, { ...knobs, ...sizeKnobs }] as const),
];

/** "order=last has no sentence": what a table leaves unsaid. */
const unsaid = (table: AnyKnobTable): readonly string[] =>
  Object.entries(table).flatMap(([name, { values, sentence }]) => {
    const wrong = [sentence, ...(values.kind === "choice" ? values.of.map((one) => values.means?.[one] ?? "") : [])];
    return wrong.flatMap((text) => (/^[A-Za-z].*\.$/.test(text) ? [] : [`${name}: "${text}"`]));
  });

describe("every value has a sentence", () => {
  test.each(tables)("in the table of %s", (_name, table) => expect(unsaid(table)).toEqual([]));

  test("and one without is found", () => {
    const values = { kind: "choice", of: ["first", "last"], means: { first: "It comes first." } } as const;
    expect(unsaid({ order: { id: "K1", values, sentence: "The order." } })).toEqual(['order: ""']);
  });
});

test("a value without a sentence does not compile, and neither does a sentence about no value", () => {
  const whole: KnobTable<Record> = {
    order: { id: "K1", sentence: "The order.", values: choice({ first: "It comes first.", last: "It comes last." }) },
  };
  const part: KnobTable<Record> = {
    // @ts-expect-error -- `last` has no sentence
    order: { id: "K1", sentence: "The order.", values: choice({ first: "It comes first." }) },
  };
  const more: KnobTable<Record> = {
    // @ts-expect-error -- `middle` is no value
    order: { id: "K1", sentence: "The order.", values: choice({ first: "A.", last: "B.", middle: "C." }) },
  };
  expect([whole, part, more].map(({ order }) => order.values.of.length)).toEqual([2, 1, 3]);
});
