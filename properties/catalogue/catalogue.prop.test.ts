/** The catalogue itself: no claim without a witness, no family without a possibility, nothing that is never asked. */
import { describe, expect, test } from "vitest";
import { claimsFor } from "../../checker/explore/claims/claims.ts";
import { each, messages } from "../../checker/property.ts";
import { build, type Request } from "../build.ts";
import { suite } from "../suite.ts";
import { catalogue } from "./index.ts";
import { roles } from "./roles.ts";

const familyOf = (id: string): string => id.replace(/-\d+$/, "");
const byId = new Map(catalogue.map((property) => [property.id, property]));

/** Properties that no run of the suite asks, and who does. */
const ASKED_ELSEWHERE: { readonly [id: string]: string } = {
  "PRQ-4": "random configurations; the hardware of the suite can overflow",
  "NTF-8": "canary.prop.test.ts and random configurations; the devices of the suite's notifier runs have no cache",
  "CRD-4": "walks.prop.test.ts, with allocations that may fail",
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

  test.each(catalogue)("$id has a short name", ({ name }) => {
    expect(name).toMatch(/^[a-z0-9][a-z0-9.]*(?:-[a-z0-9.]+){1,6}$/);
    expect(catalogue.filter((other) => other.name === name)).toHaveLength(1);
  });

  test.each(catalogue.filter(({ kind }) => kind !== "sometimes"))("$id has a witness", ({ witness }) => {
    expect(byId.get(witness!)?.kind).toBe("sometimes");
  });

  test.each([...new Set(catalogue.map(({ id }) => familyOf(id)))])("family %s has a possibility", (family) => {
    expect(catalogue.some(({ id, kind }) => familyOf(id) === family && kind === "sometimes")).toBe(true);
  });
});

describe("the roles that properties may read", () => {
  /** Parts that no run of the suite has. */
  const besides: readonly Request[] = [
    {
      system: "nested",
      hardware: "any",
      host: "intended",
      bounds: "small",
      set: { viommuKind: "virtio", recall: "overtaking" },
    },
    {
      system: "type1-unmap",
      hardware: "any",
      host: "linux-6.1.192",
      bounds: "small",
      set: { against: "unmap-same", devices: 2, deviceListLock: "inside-shared" },
    },
  ];

  test("exist, each in some system", () => {
    const systems = [...suite("small"), ...suite("default"), ...besides].map(build);
    const components = new Set(systems.flatMap((one) => Object.values(one.components).map(({ role }) => role)));
    const channels = new Set(
      systems.flatMap((one) => Object.entries(one.channels ?? {}).map(([name, { role = name }]) => role)),
    );
    expect(roles.components.filter((role) => !components.has(role))).toEqual([]);
    expect(roles.channels.filter((role) => !channels.has(role))).toEqual([]);
  });

  test("are read, each by some property", () => {
    const read = new Set(catalogue.flatMap(({ reads }) => Object.values(reads).map(({ role }) => role)));
    expect([...roles.components, ...roles.channels].filter((role) => !read.has(role))).toEqual([]);
  });

  test("are checked when a system is built: a mistyped role, channel or witness of the catalogue is refused", () => {
    const { name, components, parameters } = build(besides[0]!);
    const wiring = { name, components, parameters };
    const [first, ...rest] = catalogue;
    for (const [wrong, message] of [
      [{ reads: { it: each("vfio-contianer") } }, "Nearest: vfio-container"],
      [{ reads: { it: messages("response") } }, "Nearest: responses"],
      [{ witness: "PIN-77" }, "Nearest: PIN-7"],
    ] as const)
      expect(() => claimsFor(wiring, [{ ...first!, ...wrong }, ...rest], roles)).toThrow(message);
  });
});

describe("the suite", () => {
  test("asks every property somewhere, or it is said who does", () => {
    const asked = new Set(suite("default").flatMap((run) => build(run).properties.map(({ id }) => id)));
    const silent = catalogue.map(({ id }) => id).filter((id) => !asked.has(id));
    expect(silent.filter((id) => !(id in ASKED_ELSEWHERE))).toEqual([]);
  });
});
