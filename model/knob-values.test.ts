/** Every knob and every value of a choice knob has a sentence; a value without one does not compile. */
import { describe, expect, test } from "vitest";
import { hardwareKnobs } from "./hardware/knobs.ts";
import { hardwareSentences } from "./hardware/presets.ts";
import { hostKnobs } from "./hosts/host.ts";
import { hostSentences } from "./hosts/presets.ts";
import { choice, type AnyKnobTable, type KnobTable, type Values } from "./knobs.ts";
import { boundsKnobs } from "./systems/bounds.ts";
import { studies } from "./systems/studies/index.ts";

interface Record {
  readonly name: string;
  readonly order: "first" | "last";
}

const tables: readonly (readonly [string, AnyKnobTable])[] = [
  ["hardware", hardwareKnobs],
  ["hosts", hostKnobs],
  ["bounds", boundsKnobs],
  ...studies.map(({ name, knobs, sizeKnobs }) => [name, { ...knobs, ...sizeKnobs }] as const),
];

/** "order=last has no sentence": what a table leaves unsaid. */
const unsaid = (table: AnyKnobTable): readonly string[] =>
  Object.entries(table).flatMap(([name, { values, sentence }]) => {
    const wrong = [sentence, ...(values.kind === "choice" ? values.of.map((one) => values.means[one] ?? "") : [])];
    return wrong.flatMap((text) => (/^[A-Za-z].*\.$/.test(text) ? [] : [`${name}: "${text}"`]));
  });

describe("every value has a sentence", () => {
  test.each(tables)("in the table of %s", (_name, table) => expect(unsaid(table)).toEqual([]));

  test("and one without is found", () => {
    const values: Values = { kind: "choice", of: ["first", "last"], means: { first: "It comes first." } };
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

test("a choice without sentences does not compile, neither in a table of a known record nor in any other", () => {
  const plain: KnobTable<Record> = {
    // @ts-expect-error -- no value has a sentence
    order: { id: "K1", sentence: "The order.", values: { kind: "choice", of: ["first", "last"] } },
  };
  // @ts-expect-error -- no value has a sentence
  const any: Values = { kind: "choice", of: ["first", "last"] };
  expect([plain.order.values.kind, any.kind]).toEqual(["choice", "choice"]);
});

describe("every design, hardware preset and focused model", () => {
  const told: readonly (readonly [string, string])[] = [
    ...Object.entries(hostSentences),
    ...Object.entries(hardwareSentences),
    ...studies.flatMap(({ name, sentence, hosts }) => [
      [name, sentence] as const,
      ...Object.entries(hosts).map(
        ([host, one]) => [`${name}: ${host}`, (one as { sentence: string }).sentence] as const,
      ),
    ]),
  ];
  const isPlain = (text: string): boolean =>
    /^[A-Za-z].*\.$/.test(text) && text.length <= 125 && !/[.?!] [A-Z]/.test(text);

  test("has one sentence of at most 125 characters", () => {
    expect(told.length).toBeGreaterThan(90);
    expect(told.filter(([, text]) => !isPlain(text))).toEqual([]);
  });
  test("and a text that is none is found", () =>
    expect(["Two. Sentences.", "no end", "", `${"A long one ".repeat(12)}.`].filter(isPlain)).toEqual([]));
});
