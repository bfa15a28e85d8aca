/** How often one run of a page request thread reads the tail: whether it reads a record that comes while it works. */
import { expect, test } from "vitest";
import type { Message } from "../../../../../checker/json.ts";
import { initialSnapshot, step } from "../../../../../checker/kernel/step.ts";
import { tailReads, type PageRequestDriver } from "./page-request-drivers.ts";
import { prqThread } from "./prq-thread.ts";
import { prqThreadSteps, type PrqThreadRules } from "./prq-thread-messages.ts";

const RECORD: Message = {
  type: "prq.record",
  device: 0,
  pasid: null,
  prgi: 0,
  page: 0,
  read: true,
  write: false,
  last: true,
  instance: 0,
};

/** The pages that one run reports; the second record comes while the first is reported. */
function reportedInOneRun(driver?: PageRequestDriver): readonly number[] {
  const rules: PrqThreadRules = {
    clearPolicy: "drainedOnly",
    discards: true,
    discardWhen: "before-clear",
    acknowledgeWhen: "before-read",
    headAdvance: "perEntry",
    answersErrors: false,
    tail: tailReads(driver),
  };
  let snapshot = initialSnapshot(prqThread, { ...rules });
  const waiting = [0];
  const reported: number[] = [];
  const take = (event: Message): boolean => {
    const outcome = step(prqThread, snapshot, event);
    if (!outcome) return false;
    snapshot = outcome.snapshot;
    for (const said of outcome.emitted) hear(said);
    return true;
  };
  const hear = (said: Message): void => {
    if (said.type === "prq.reads-registers") {
      const registers = { empty: waiting.length === 0, records: waiting.length, overflow: false, pending: false };
      take({ type: "prq.registers", ...registers });
    } else if (said.type === "prq.pops") {
      const page = waiting.shift();
      take(page === undefined ? { type: "prq.empty" } : { ...RECORD, page });
    } else if (said.type === "driver.reports-fault") {
      reported.push((said["fault"] as { readonly page: number }).page);
      if (reported.length === 1) waiting.push(7);
      take({ type: "reported", device: 0, result: 0 });
    }
  };
  take({ type: "prq.interrupt" });
  while (snapshot.value !== "idle") expect(prqThreadSteps(rules).some(take), String(snapshot.value)).toBe(true);
  return reported;
}

test.each<[string, PageRequestDriver | undefined, readonly number[]]>([
  ["VT-d leaves it to the next run", undefined, [0]],
  ["AMD leaves it to the next run", "amd", [0]],
  ["SMMUv3 reads it", "smmu", [0, 7]],
  ["hardware without a driver has it read", "none", [0, 7]],
])("%s", (_, driver, pages) => {
  expect(reportedInOneRun(driver)).toEqual(pages);
});

test.each(["before-clear", "after-clear"] as const)(
  "the overflow bit is cleared once, with discards %s",
  (discardWhen) => {
    const rules: PrqThreadRules = {
      clearPolicy: "drainedOnly",
      discards: true,
      discardWhen,
      acknowledgeWhen: "before-read",
      headAdvance: "perEntry",
      answersErrors: false,
      tail: "once",
    };
    const { context } = initialSnapshot(prqThread, { ...rules });
    const clearing = prqThread.resolveState({ value: "clearing", context: context as never });
    const cleared = step(prqThread, clearing, { type: "thread.clears-overflow" });
    expect(cleared!.emitted.filter(({ type }) => type === "prq.clears-overflow")).toHaveLength(1);
    expect(JSON.stringify(cleared!.snapshot.value).includes("discarding-late")).toBe(discardWhen === "after-clear");
  },
);

test.each([
  ["once", true],
  ["once", false],
  ["until-empty", true],
] as const)("the overflow bit is cleared once by a thread that reads the tail %s, and again: %s", (tail, rereads) => {
  const rules: PrqThreadRules = {
    clearPolicy: "drainedOnly",
    discards: false,
    discardWhen: "before-clear",
    acknowledgeWhen: "before-read",
    headAdvance: "perEntry",
    answersErrors: false,
    tail,
    rereads,
  };
  const { context } = initialSnapshot(prqThread, { ...rules });
  const clearing = prqThread.resolveState({ value: "clearing", context: context as never });
  const cleared = step(prqThread, clearing, { type: "thread.clears-overflow" });
  expect(cleared!.emitted.filter(({ type }) => type === "prq.clears-overflow")).toHaveLength(1);
});
