/** The focused model `selective`: its machines, its deliberate defects, and walks at deep bounds. */
import { describe, expect, test } from "vitest";
import { selective } from "../model/systems/studies/selective.ts";
import { ANY_HARDWARE, build, contradiction, type Request } from "./build.ts";
import { selectiveBreakages } from "./departures/selective.ts";
import { expectBroken, expectOneSemantics, violatedAtDeepBounds } from "./study-proof.ts";

const asked = (host: string, set: Request["set"] = {}): Request => ({
  system: "selective",
  hardware: ANY_HARDWARE,
  host,
  bounds: "small",
  set,
});

describe("selective", () => {
  test.each(Object.keys(selective.hosts))("%s does what XState does", (host) => {
    expectOneSemantics(asked(host));
  });

  test.each(selectiveBreakages.departures)("$when breaks $breaks", (departure) => {
    expectBroken(departure);
  });

  test("a mediator is the same machine wherever it is built, once the write is trapped", () => {
    const machines = (place: string) => build(asked("intended", { mediatorPlace: place })).components;
    expect(machines("mdev-wrapper")).toEqual(machines("pci-core-extension"));
  });

  test("choices that do not fit are told apart", () => {
    expect(contradiction(asked("intended", { mediatorPlace: "mdev-wrapper", registerPath: "also-mapped" }))).toMatch(
      /mdev/,
    );
    expect(contradiction(asked("intended", { tableEntry: "missing", unmaps: true }))).toMatch(/DMA_UNMAP/);
    expect(contradiction(asked("today", { ringPages: 2 }))).toMatch(/buffers/);
    expect(contradiction(asked("intended"))).toBeUndefined();
  });

  test("walks at deep bounds violate nothing that is not known", () => {
    expect(violatedAtDeepBounds("selective")).toEqual([]);
  });
});
