import { describe, expect, test } from "vitest";
import { fakeTerminal } from "./fake-engine.ts";
import { StatusLine } from "./progress.ts";

const at = (states: number) => ({ kind: "states", states, depth: 7, queue: 300, bytes: 2_000_000 }) as const;

describe("The status", () => {
  test("is a plain line at most every ten seconds when nobody looks", () => {
    let now = 0;
    const { terminal, written } = fakeTerminal({ now: () => now });
    const status = new StatusLine(terminal);
    status.start("unmap");
    for (now = 0; now <= 25_000; now += 500) void status.show(at(now * 10));
    expect(written).toEqual({
      out: "",
      err:
        "unmap: 100 000 states, depth 7, queue 300, 10 000 states/s, 85 MB (tables 2 MB) (10.0 s)\n" +
        "unmap: 200 000 states, depth 7, queue 300, 10 000 states/s, 85 MB (tables 2 MB) (20.0 s)\n",
    });
  });

  test("is one line that is drawn over itself on a terminal, and taken away at the end", () => {
    let now = 0;
    const { terminal, written } = fakeTerminal({ now: () => now, errIsTerminal: true, columns: 40 });
    const status = new StatusLine(terminal);
    status.start("unmap");
    for (now = 0; now <= 200; now += 50) void status.show(at(now));
    status.clear();
    expect(written.out).toBe("");
    expect(written.err).not.toContain("\n");
    const drawn = written.err.split("\r\u001b[2K");
    expect(drawn).toEqual([
      "unmap",
      "unmap: 100 states, depth 7, queue 300, ",
      "unmap: 200 states, depth 7, queue 300, ",
      "",
    ]);
  });

  test("lets the event loop turn now and then, so that an interrupt can arrive", async () => {
    let now = 0;
    const { terminal } = fakeTerminal({ now: () => now });
    const status = new StatusLine(terminal);
    expect(status.show(at(1))).toBeUndefined();
    now = 60;
    await expect(status.show(at(2))).resolves.toBeUndefined();
    expect(status.show(at(3))).toBeUndefined();
  });
});
