/** No id of a fact stands alone in what a user reads: "K9 (what answers a last request ...)", or no id at all. */
import { expect, test } from "vitest";
import { hardwareSentences } from "../../model/hardware/presets.ts";
import { hostSentences } from "../../model/hosts/presets.ts";
import { studies } from "../../model/systems/studies/index.ts";
import { systems } from "../../model/systems/systems.ts";
import { allKnobs } from "../../properties/build.ts";
import { catalogue } from "../../properties/catalogue/index.ts";
import { scenarios } from "../questions/index.ts";
import { idsCitedIn } from "./facts.ts";

/** Of the ids that the text cites with a letter, those that are nowhere followed by what they say. */
const bareIn = (text: string): readonly string[] =>
  idsCitedIn(text).filter((id) => /^[A-Z]-?\d/.test(id) && !text.includes(`${id} (`) && !text.includes(`${id}: `));

const texts = (): readonly (readonly [of: string, text: string])[] => [
  ...scenarios.flatMap(({ id, question, given, when, answer, evidence, runs }) =>
    [question, given, when, answer, "where" in evidence ? evidence.where : "", ...runs.map(({ label }) => label)].map(
      (text) => [`scenario ${id}`, text] as const,
    ),
  ),
  ...allKnobs.flatMap(({ name, sentence, values }) =>
    [sentence, ...(values.kind === "choice" ? Object.values(values.means) : [])].map(
      (text) => [`knob ${name}`, text] as const,
    ),
  ),
  ...systems.map(({ name, sentence }) => [`system ${name}`, sentence] as const),
  ...studies.flatMap(({ name, sentence, cut, hosts }) =>
    [sentence, cut, ...Object.values(hosts).map((host) => host.sentence)].map(
      (text) => [`system ${name}`, text] as const,
    ),
  ),
  ...catalogue.map(({ id, statement }) => [`property ${id}`, statement] as const),
  ...Object.entries({ ...hardwareSentences, ...hostSentences }),
];

test("questions, knobs, systems, designs and properties have no bare id", () => {
  expect(texts().length).toBeGreaterThan(2000);
  expect(texts().flatMap(([of, text]) => bareIn(text).map((id) => `${of}: ${id}`))).toEqual([]);
});

test("a bare id is noticed, and one with its sentence is not", () => {
  expect(bareIn("The core answers nothing (B26).")).toEqual(["B26"]);
  expect(bareIn("Joins a later group (H1b, D-05), as in rows 22 and 23.")).toEqual(["H1b", "D-05"]);
  expect(bareIn("As K9 (what answers a dropped last request) says; B6: a group was on two lists.")).toEqual([]);
});
