import { describe, expect, test } from "vitest";
import { enqueueActions, setup } from "xstate";
import type { PageResponse } from "../../../../model/machines/linux/include/iommu.ts";
import {
  pageGroupResponse,
  type PageGroupResponse,
} from "../../../../model/machines/linux/iommu/drivers/response-encoder.ts";
import { conform, type ConformanceResult } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import type { Recording } from "../drive.ts";
import { linux612, type Departure } from "./adapter.ts";

const lines = readRecording(new URL("../../data/linux-6.12-harness.jsonl.gz", import.meta.url).pathname).filter(
  ({ value }) => (value as unknown as Recording).ops[0]?.["intel"] === true,
);

/** Replays one sequence after the other, up to the first that differs. */
async function untilTold(departure: Departure): Promise<ConformanceResult> {
  let result = await conform([linux612(departure)], []);
  for (const line of lines) if (result.differences.length === 0) result = await conform([linux612(departure)], [line]);
  return result;
}

/** A response op that changes the command. */
const encoderThat = (change: (command: PageGroupResponse) => PageGroupResponse): Departure => ({
  replaced: {
    "response-encoder": {
      role: "response-encoder",
      machine: setup({
        types: { events: {} as PageResponse, emitted: {} as PageGroupResponse },
      }).createMachine({
        id: "response-encoder",
        on: {
          "driver.page-response": {
            actions: enqueueActions(({ event: { device, pasid, grp, code, last }, enqueue }) =>
              enqueue.emit(change(pageGroupResponse({ device, pasid, prgi: grp, last, instance: 0 }, code))),
            ),
          },
        },
      }),
    },
  },
});

describe("page requests of VT-d, recorded", () => {
  test("every event of every sequence that is in scope is what our machines say", async () => {
    const { differences, ofHarness, outOfScope, ...counts } = await conform([linux612()], lines);
    expect(differences).toEqual([]);
    expect(counts).toMatchObject({ sequences: 42, replayed: 42, operations: 1913, compared: 2539 });
    expect(ofHarness).toEqual({ hw_drop: 121, idle: 133, "skip: not bound": 16 });
    expect(outOfScope).toEqual({});
  });

  test.each<[string, Departure]>([
    ["does not say whether a request was the last of its group", encoderThat((it) => ({ ...it, last: true }))],
    ["responds with another code", encoderThat((it) => ({ ...it, wireCode: 2 }))],
    ["responds without the PASID", encoderThat((it) => ({ ...it, pasid: null }))],
    ["responds with the PASID of another request", encoderThat((it) => ({ ...it, pasid: it.device + 1 }))],
    ["does not discard partial faults after an overflow (B2)", { vtd: { thread: { discards: false } } }],
    ["does not clear PRO", { vtd: { thread: { clearPolicy: "never" } } }],
    ["drains without waiting for records of the PASID", { vtd: { drain: { finds: false } } }],
    ["knows no device", { vtd: { thread: { inFull: { devices: [], pageSize: 1 } } } }],
  ])("a driver that %s is told from VT-d's", async (_, departure) => {
    const { differences } = await untilTold(departure);
    expect(differences.length).toBeGreaterThan(0);
    for (const { expected, got } of differences) expect(got).not.toEqual(expected);
  });
});
