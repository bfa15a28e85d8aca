/** Charts of real counterexamples: what goes wrong in a sentence, what is folded, and that nothing of it is hidden. */
import { describe, expect, test } from "vitest";
import type { RunRecord, TraceRecord } from "../checker/run-record.ts";
import { chart, CHART_COLUMNS } from "../reports/chart.ts";
import { gist } from "../reports/gist.ts";
import { rowsOf } from "../reports/matters.ts";
import { traceText } from "../reports/trace-text.ts";
import { engine } from "./engine.ts";
import { faultline, fresh } from "./fake-run.ts";

/** The counterexamples of a command, by property. */
async function tracesOf(command: string): Promise<ReadonlyMap<string, TraceRecord>> {
  const { out } = await faultline(["check", ...command.split(" "), "--json", "--out", fresh()], engine);
  const { runs } = JSON.parse(out) as { runs: readonly RunRecord[] };
  return new Map(
    runs.flatMap(({ properties }) =>
      properties.flatMap(({ id, verdict }) => (verdict.kind === "violated" ? [[id, verdict.trace] as const] : [])),
    ),
  );
}

const unmapRace = await tracesOf("unmap-race --bounds small --set=releaseOrder=unpin-before-wait --stop-at never");
const overflow = await tracesOf("pri-overflow --bounds small --set=ovfLastResponse=none");
const type1 = await tracesOf("type1-unmap");
const lru = await tracesOf("lru-limit --design thread-direct");
const all = [unmapRace, overflow, type1, lru].flatMap((traces) => [...traces.values()]);
const folds = (trace: TraceRecord): readonly string[] =>
  rowsOf([trace]).flatMap((row) => ("from" in row ? [`${row.from + 1} to ${row.to + 1}`] : []));

describe("In short", () => {
  test("an unpin before the devices have invalidated", () => {
    expect(gist([unmapRace.get("SAFE-2")!])).toMatchInlineSnapshot(
      `"device 0, ATC entry of page 0, has the translation of page 0 for group 0 (step 35), and then vfio_unpin_pages_remote() unpins page 0 (step 39): this violates SAFE-2"`,
    );
    expect(gist([unmapRace.get("RSP-9")!])).toMatchInlineSnapshot(
      `"a worker of the IOPF workqueue begins to serve group 0 of device 0 (step 18), and then iommu_unmap_fast() clears the entry of page 0 in domain 0 (step 28): this violates RSP-9"`,
    );
  });

  test("a last request that overflow drops", () => {
    expect(gist([overflow.get("RSP-12")!])).toMatchInlineSnapshot(
      `"device 0, page request group 0, sends a page request of group 0, not the last one (step 4), and then sends the last page request of group 0 (step 5; prq: the overflow flag is set, until software clears it): this violates RSP-12"`,
    );
  });

  test("a deadlock of two threads names the lock that each waits for, and who owns it", () => {
    expect(gist([type1.get("DEADLOCK")!])).toMatchInlineSnapshot(
      `"after vfio_notify_dma_unmap() looks up what the driver of device 0 has pinned in range 0 (step 9), no step is possible any more: a-unmap0 waits in mutex_lock() for iommu->lock (owner: b-unmap1); b-walk waits in vfio_notify_dma_unmap() for iommu->device_list_lock (owner: a-unmap0); b-unmap1: vfio_notify_dma_unmap() walks the devices"`,
    );
    expect(gist([type1.get("UNM-1")!])).toContain("a-unmap0 waits in");
  });

  test("a run without an end is told round by round", () => {
    expect(gist([lru.get("LRU-13")!])).toMatchInlineSnapshot(
      `"steps 108 to 169 repeat for ever: the worker that serves page faults responds success, then device 0, one work item at a time, accesses the next pages of the work item; what LRU-13 promises never comes"`,
    );
  });
});

describe("Folds", () => {
  test("leave what the claim is about", () => {
    expect(folds(unmapRace.get("SAFE-2")!)).toMatchInlineSnapshot(`
      [
        "3 to 7",
        "10 to 18",
        "22 to 28",
      ]
    `);
    expect(folds(lru.get("LRU-12")!)).toMatchInlineSnapshot(`
      [
        "6 to 17",
        "20 to 37",
        "42 to 59",
        "62 to 69",
        "71 to 80",
        "83 to 100",
      ]
    `);
    expect(folds(overflow.get("RSP-12")!)).toEqual([]);
  });

  test("never hide the last step, and shorten long paths", () => {
    for (const trace of all) expect(rowsOf([trace]).at(-1)).toEqual({ step: trace.steps.length - 1 });
    expect(rowsOf([lru.get("LRU-13")!]).length).toBeLessThan(45);
  });
});

test("Real charts are plain ASCII of at most 78 columns; their lists number every step", () => {
  expect(all.length).toBeGreaterThan(8);
  for (const trace of all) {
    for (const line of chart(trace).split("\n")) {
      expect(line.length).toBeLessThanOrEqual(CHART_COLUMNS);
      expect(line).toMatch(/^[ -~]*$/);
    }
    expect(traceText(trace).match(/^ {0,2}\d+\. /gm)).toHaveLength(trace.steps.length);
  }
});

test("The chart of the deadlock in DMA_UNMAP", () => {
  expect(chart(type1.get("DEADLOCK")!)).toMatchInlineSnapshot(`
    "DEADLOCK: Some step must always be possible.
    type1-unmap, hardware any, design linux-6.1.192, bounds default; 9 steps, no
      shorter path exists

    In short: after vfio_notify_dma_unmap() looks up what the driver of device 0
      has pinned in range 0 (step 9), no step is possible any more: a-unmap0 waits
      in mutex_lock() for iommu->lock (owner: b-unmap1); b-walk waits in
      vfio_notify_dma_unmap() for iommu->device_list_lock (owner: a-unmap0);
      b-unmap1: vfio_notify_dma_unmap() walks the devices.

         a-unmap0   = thread A, in VFIO_IOMMU_UNMAP_DMA of range 0
         b-unmap1   = thread B, in VFIO_IOMMU_UNMAP_DMA of range 1
         a-walk     = vfio_notify_dma_unmap() of a-unmap0
         b-walk     = vfio_notify_dma_unmap() of b-unmap1
         iommu-lock = iommu->lock
         dll        = device-list-lock: iommu->device_list_lock
         dl0        = driver-lock0: vgpu->cache_lock of device 0

         a-unmap0    b-walk      dl0
             b-unmap1    iommu-lock
                 a-walk      dll
         |   |   |   |   |   |   |
      1  o-------------->|   |   |  mutex_lock(): takes iommu->lock
      2  o------>|   |   |   |   |  vfio_dma_do_unmap(): looks up the mapping of
         |   |   |   |   |   |   |    range 0 and the pages in its pfn_list
      3  |   |   o---------->|   |  vfio_notify_dma_unmap(): takes
         |   |   |   |   |   |   |    device_list_lock, with iommu->lock held
      4  |   |   o------>|   |   |  drops iommu->lock
      5  |   o---------->|   |   |  mutex_lock(): takes iommu->lock
      6  |   o------>|   |   |   |  vfio_dma_do_unmap(): looks up the mapping of
         |   |   |   |   |   |   |    range 1 and the pages in its pfn_list;
         |   |   |   |   |   |   |    b-walk: iommu->lock is held, and
         |   |   |   |   |   |   |    device_list_lock is to be taken
      7  |<------o   |   |   |   |  vfio_notify_dma_unmap(): calls dma_unmap()
         |   |   |   |   |   |   |    of device 0
      8  o---------------------->|  mutex_lock(): takes vgpu->cache_lock of
         |   |   |   |   |   |   |    device 0
      9  o   |   |   |   |   |   |  vfio_notify_dma_unmap(): looks up what the
         |   |   |   |   |   |   |    driver of device 0 has pinned in range 0
      !  |   |   |   |   |   |   |  no step is possible here

    o own event   @ takes from its queue   + called by a component without lane
    --> call   ..> into a queue   ..x lost   * what the property compares
    Shortened, and steps that matter less are folded (...): --steps tells all.

    DEADLOCK is violated after step 9: Some step must always be possible.
    "
  `);
});

test("check --steps tells violations as lists", async () => {
  const command = ["check", "pri-overflow", "--bounds", "small", "--set=ovfLastResponse=none", "--steps"];
  const { out } = await faultline([...command, "--out", fresh()], engine);
  expect(out).toMatch(/\n {2}5\. slot0\.0: .*\[slot\.requests\]\n/);
  expect(out).not.toContain("o own event");
});
