/** A reason, a cut or the sentence of a knob stands without its ids, and each id in it can be looked up. */
import { expect, test } from "vitest";
import { studies } from "../model/systems/studies/index.ts";
import { allKnobs } from "../properties/build.ts";
import { departures } from "../properties/departures/index.ts";
import { suite } from "../properties/suite.ts";
import { idsCitedIn } from "../scenarios/names/facts.ts";
import { sourceText } from "./dictionary/load.ts";

const texts: readonly string[] = [
  ...["small", "default"].flatMap((bounds) => suite(bounds).flatMap(({ known }) => Object.values(known))),
  ...departures.map(({ reason }) => reason),
  ...studies.map(({ cut }) => cut),
  ...allKnobs.flatMap(({ sentence, values }) => [
    sentence,
    ...(values.kind === "choice" ? Object.values(values.means) : []),
  ]),
];

const BEGINS_WITH_AN_ID = /^[A-Z]-?\d+[a-z]?[:,]/;
/** "(4.4)", "(1.3, 4.3)": a section, but not of which list. A kernel release is no section: "(6.12)". */
const SECTION_WITHOUT_ITS_LIST = /\([1-5]\.\d\b(?!\.)/;

/** What is wrong with a text; nothing is "". */
function complaint(text: string): string {
  const unknown = idsCitedIn(text).filter((id) => sourceText(id) === undefined);
  if (unknown.length > 0) return `${unknown.join(", ")}: explain does not know it`;
  if (BEGINS_WITH_AN_ID.test(text)) return "begins with an id";
  return SECTION_WITHOUT_ITS_LIST.test(text) ? "a section without its list" : "";
}

test("every reason, cut and sentence of a knob", () => {
  expect(texts.length).toBeGreaterThan(700);
  expect(texts.filter((text) => complaint(text) !== "").map((text) => `${complaint(text)}: ${text}`)).toEqual([]);
});

test.each([
  ["the handle is freed (B99)", "B99: explain does not know it"],
  ["B27: the handle is freed", "begins with an id"],
  ["H3, D4: two responses", "begins with an id"],
  ["the charge goes with the domain (2.4)", "a section without its list"],
  ["the charge goes with the domain (VFIO facts 2.4)", ""],
  ["two drains share one completion (6.12, D1)", ""],
])("%s", (text, said) => expect(complaint(text)).toBe(said));
