import { expect, test } from "vitest";
import { newestRelease } from "./releases.ts";

const HOSTS = ["intended", "linux-6.12.0", "linux-6.12.117", "linux-6.12.9", "linux-6.12.117-amd", "linux-6.1.192"];

test("a series stands for its newest release, by number and not by letters", () => {
  expect(newestRelease("linux-6.12", HOSTS)).toBe("linux-6.12.117");
  expect(newestRelease("linux-6.12-amd", HOSTS)).toBe("linux-6.12.117-amd");
  expect(newestRelease("linux-6.1", HOSTS)).toBe("linux-6.1.192");
});

test("a full name stands for itself", () => {
  expect(newestRelease("linux-6.12.0", HOSTS)).toBe("linux-6.12.0");
  expect(newestRelease("intended", HOSTS)).toBe("intended");
});

test("what is no series of a design stands for nothing", () => {
  for (const name of ["linux-6", "linux-6.1-amd", "linux-6.13", "linux-6.12.1", "6.12"])
    expect(newestRelease(name, HOSTS), name).toBeUndefined();
});
