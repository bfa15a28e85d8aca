/** What a step says beside its arrows, in the chart that it is told in. */
import { describe, expect, test } from "vitest";
import type { Message } from "../checker/json.ts";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { chart } from "./chart.ts";
import { unmapAgainstFault } from "./example.ts";

const own = (component: string, event: Message): StepRecord => ({
  action: { kind: "event", component, event },
  transfers: [],
  changes: [],
});
const withSteps = (components: readonly string[], steps: readonly StepRecord[], more: Partial<TraceRecord> = {}) =>
  chart({ ...unmapAgainstFault, components, steps, ...more });

/** The words of the steps, without lanes. */
const wordsOf = (text: string): readonly string[] =>
  text.split("\n").flatMap((line) => /^ {0,2}\d+ .*?[|o@+] {2}(\S.*)$/.exec(line)?.slice(1) ?? []);

describe("The words of a step", () => {
  test("leave out what is the same everywhere, null, false, and the component that asks", () => {
    const request = { type: "device.asks", device: 7, pasid: null, page: 3, index: 0, last: false, by: "device" };
    const text = withSteps(["device"], [own("device", request), own("device", { ...request, index: 1, last: true })]);
    expect(wordsOf(text)).toEqual(["asks page=3 index=0", "asks page=3 last index=1"]);
  });

  test("tell a field again only when it differs from what was last told, but always the page and the last of a group", () => {
    const told = [0, 0, 1, 1, 0].map((index) => own("device", { type: "device.asks", page: 3, last: true, index }));
    expect(wordsOf(withSteps(["device"], told))).toEqual([
      "asks page=3 last index=0",
      "asks page=3 last",
      "asks page=3 last index=1",
      "asks page=3 last",
      "asks page=3 last index=0",
    ]);
  });

  test("tell a boolean whenever it is true, unless it never is anything else", () => {
    const told = [true, false, true, true].map((open) => own("device", { type: "device.asks", open, ready: true }));
    expect(wordsOf(withSteps(["device"], told))).toEqual(["asks open ready", "asks", "asks open", "asks open"]);
  });

  test("always tell the change of a component that has no events of its own, which nothing else would tell", () => {
    const long = { type: "device.asks-for-a-page-that-nobody-has-ever-seen" };
    const change = (before: string, after: string) => ({
      component: "queue",
      before: { state: before, context: {} },
      after: { state: after, context: {} },
    });
    const step = { ...own("device", long), changes: [change("accepting", "overflowed")] };
    expect(withSteps(["device", "queue"], [step]).replaceAll(/[|\s]+/g, " ")).toContain(
      "queue accepting -> overflowed",
    );
  });
});

describe("Words that would be said twice", () => {
  const says = (to: string, how: "call" | "ignored", type: string) =>
    ({ from: "thread", to, how, message: { type } }) as const;
  const works = (type: string, ...transfers: StepRecord["transfers"]): StepRecord => ({
    ...own("thread", { type }),
    transfers,
  });
  /** Who has done something has a lane. */
  const present = ["thread", "a", "b"].map((name) => own(name, { type: `${name}.begins` }));
  const told = (...steps: readonly StepRecord[]) =>
    wordsOf(withSteps(["thread", "a", "b"], [...present, ...steps])).slice(present.length);

  test("are said once where a message is handed on, or goes to several", () => {
    const flushes = [says("a", "call", "queue.flushes"), says("b", "call", "queue.flushes")];
    expect(told(works("thread.works", ...flushes))).toEqual(["works; queue.flushes"]);
  });

  test("give way to what the step does, where the event only says that it is one", () => {
    const steps = [works("thread.steps"), works("thread.steps", says("a", "call", "lock.drops"))];
    expect(told(...steps)).toEqual(["steps", "lock.drops"]);
  });

  test("name who does not listen", () => {
    const gone = [says("a", "ignored", "handle.freed"), says("b", "ignored", "handle.freed")];
    expect(told(works("thread.works", ...gone))).toEqual(["works; handle.freed, ignored by a, b"]);
  });

  test("keep their first half where messages of two queues have the same verb", () => {
    const take = (queue: string): StepRecord => ({
      action: { kind: "deliver", channel: queue },
      transfers: [{ from: queue, to: "thread", how: "delivered", message: { type: `${queue}.fences` } }],
      changes: [],
    });
    expect(told(take("wire"), take("answers"))).toEqual(["wire.fences", "answers.fences"]);
    expect(told(take("wire"), take("wire"))).toEqual(["fences", "fences"]);
  });
});
