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

  test("counts from when a worker has begun", () => {
    let now = 0;
    const { terminal, written } = fakeTerminal({ now: () => now });
    const status = new StatusLine(terminal);
    status.start("unmap");
    now = 100_000;
    status.watch.onBegin?.();
    for (now = 100_000; now <= 110_000; now += 500) void status.show(at(now));
    expect(written.err).toBe(
      "unmap: 110 000 states, depth 7, queue 300, 11 000 states/s, 85 MB (tables 2 MB) (10.0 s)\n",
    );
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

test("A violation is told in two lines, whoever looks; what the search does now is said, and whether it is known", () => {
  let now = 0;
  const { terminal, written } = fakeTerminal({ now: () => now });
  const status = new StatusLine(terminal);
  status.start("unmap");
  now = 2100;
  const violation = { id: "GRP-1", statement: "Nothing is merged.", where: "at depth 27" } as const;
  for (const search of ["stops", "goes on", "is over"] as const) status.tell({ ...violation, search });
  status.tell({ ...violation, isKnown: true, search: "goes on" });
  expect(written).toEqual({
    out: "",
    err: [
      "VIOLATED GRP-1 at depth 27 after 2.10 s; stopping when this depth is searched.",
      "VIOLATED GRP-1 at depth 27 after 2.10 s; searching on (Ctrl-C keeps it).",
      "VIOLATED GRP-1 at depth 27 after 2.10 s; told at the end of the search.",
      "KNOWN GRP-1 at depth 27 after 2.10 s; searching on (Ctrl-C keeps it).",
    ]
      .map((line) => `${line}\n  GRP-1: Nothing is merged.\n`)
      .join(""),
  });
});
