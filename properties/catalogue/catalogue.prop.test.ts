/** The catalogue itself: no claim without a witness, no family without a possibility, nothing that is never asked. */
import { describe, expect, test } from "vitest";
import { exhaustive } from "../../checker/explore/exhaustive.ts";
import { instancesOf } from "../../checker/explore/instances.ts";
import { build } from "../build.ts";
import { suite } from "../suite.ts";
import { catalogue } from "./index.ts";

const familyOf = (id: string): string => id.replace(/-\d+$/, "");
const byId = new Map(catalogue.map((property) => [property.id, property]));

/** Properties that no run of the suite asks, and who does. */
const ASKED_ELSEWHERE: { readonly [id: string]: string } = {
  "PRQ-4": "random configurations; the hardware of the suite can overflow",
  "NTF-8": "canary.prop.test.ts and random configurations; the devices of the suite's notifier runs have no cache",
  "CRD-4": "crd.prop.test.ts, with allocations that may fail",
};

describe("the catalogue", () => {
  test("has at least 30 properties, each with an id of its own", () => {
    expect(catalogue.length).toBeGreaterThanOrEqual(30);
    expect(byId.size).toBe(catalogue.length);
    expect(catalogue.filter(({ id }) => !/^[A-Z]{3,4}-[1-9]\d*$/.test(id))).toEqual([]);
  });

  test.each(catalogue)("$id is one sentence with a source", ({ statement, source }) => {
    expect(statement).toMatch(/^\S[^\n]*[^.]\.$/);
    expect(source.document).not.toBe("");
    expect(source.clause).not.toBe("");
  });

  test.each(catalogue.filter(({ kind }) => kind !== "sometimes"))("$id has a witness", ({ witness }) => {
    expect(byId.get(witness!)?.kind).toBe("sometimes");
  });

  test.each([...new Set(catalogue.map(({ id }) => familyOf(id)))])("family %s has a possibility", (family) => {
    expect(catalogue.some(({ id, kind }) => familyOf(id) === family && kind === "sometimes")).toBe(true);
  });
});

describe("the suite", () => {
  test("asks every property somewhere, or it is said who does", () => {
    const asked = new Set(
      suite("default").flatMap((run) => instancesOf(build(run)).map(({ property }) => property.id)),
    );
    const silent = catalogue.map(({ id }) => id).filter((id) => !asked.has(id));
    expect(silent.filter((id) => !(id in ASKED_ELSEWHERE))).toEqual([]);
  });

  test.each(
    suite("small").map((run) => ({ ...run, name: [run.system, run.hardware, JSON.stringify(run.set)].join(" ") })),
  )("$name at small bounds sees all that should be possible, and breaks what is known", (run) => {
    const { search, properties } = exhaustive(build(run), run);
    expect(search.complete).toBe(true);
    const kinds = (kind: string) => properties.filter(({ verdict }) => verdict.kind === kind).map(({ id }) => id);
    expect(kinds("never-witnessed")).toEqual([]);
    expect(kinds("violated").sort()).toEqual(Object.keys(run.known).sort());
  });
});
