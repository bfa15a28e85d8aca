/** Words of machines with fields in them. */
import { expect, test } from "vitest";
import { filled, withPlaceholders } from "./said.ts";

test("a field is filled in, or chooses between two phrases", () => {
  const says = "completes the request for page {page} {present?with a translation:without one}";
  expect(filled(says, [{ page: 1, present: true }])).toBe("completes the request for page 1 with a translation");
  expect(filled(says, [{ page: 1, present: false }])).toBe("completes the request for page 1 without one");
});

test("a field that no source has stays as it is written", () => {
  expect(filled("page {page}, {present?yes:no}", [{}])).toBe("page {page}, {present?yes:no}");
});

test("where no values are known, a field and a choice are written as placeholders", () => {
  expect(withPlaceholders("frees {fault.page}{late? again:}, {present?with:without} it")).toBe(
    "frees <page>[ again], <with|without> it",
  );
});
