import { describe, test } from "vitest";
import { expectNoViolation, LARGE, SMALL } from "../proof.ts";
import { expectWitnessed } from "../witnesses.ts";

const scope = { transports: ["pri", "stall"], systems: ["mmu-notifier"] } as const;

describe("NTF: memory without lasting pins, kept right by MMU notifiers", () => {
  test("no walk through a small configuration violates a sentence", () => {
    expectNoViolation("NTF", { ...SMALL, ...scope });
  });
  test("nor does one of thousands of steps through a large one", () => {
    expectNoViolation("NTF", { ...LARGE, ...scope });
  });
  test("all that should be possible happens", () => {
    expectWitnessed("NTF");
  });
});
