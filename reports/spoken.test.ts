/** Charts of steps that say what they are in the kernel. */
import { describe, expect, test } from "vitest";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { chart } from "./chart.ts";
import { becomes, messageOf, said, stepOf, takenFrom, unpinBeforeWait } from "./spoken-example.ts";

const ending = unpinBeforeWait.steps.slice(0, 3);

/** The words of the steps, without lanes, each on one line. */
const wordsOf = (trace: TraceRecord): readonly string[] => {
  const lines = chart(trace).split("\n");
  const found: string[] = [];
  for (const line of lines) {
    const [, number, words = ""] = /^ {0,2}(\d+|~|!|\.\.\.) .*?[|o@+] {2}(\S.*)$/.exec(line) ?? [];
    const [, more] = /^ {5}[| <>.x-]*\| {4}(\S.*)$/.exec(line) ?? [];
    if (number !== undefined) found.push(words);
    else if (more !== undefined && found.length > 0) found.push(`${found.pop()} ${more}`);
  }
  return found;
};
const withSteps = (...steps: readonly StepRecord[]): TraceRecord => ({
  ...unpinBeforeWait,
  components: ["device", "atc", "release", "page", "iommu", "prq"],
  reads: ["page"],
  steps,
});

test("A chart names the functions, says what the lanes are, and begins with what goes wrong", () => {
  expect(chart({ ...unpinBeforeWait, steps: ending })).toMatchInlineSnapshot(`
    "SAFE-1: A page that a device can reach is pinned.
    unmap, hardware vtd, design rfc-v2, bounds small, premap=1; 3 steps, no
      shorter path exists

    In short: device 0 asks for page 0 (step 1), and then unpin_user_page()
      unpins page 0 (step 3): this violates SAFE-1.

         device  = device 0
         atc     = the ATC of device 0
         release = the release of a page, under iommu->lock

         device  atc     release
         |       |       |
      1  o------>|       |  asks for page 0; atc: holds a translation of page 0
      2  |       |       o  vfio_unmap_unpin(): waits for it to complete
      3  |       |       o  unpin_user_page(): unpins page 0; *pins: 1 -> 0
      !  |       |       |  SAFE-1 is violated here

    o own event   @ takes from its queue   + called by a component without lane
    --> call   ..> into a queue   ..x lost   * what the property compares
    Shortened, and steps that matter less are folded (...): --steps tells all.

    SAFE-1 is violated after step 3: A page that a device can reach is pinned.
      the ATC holds page 0 = true
      pins                 = 0 (set at step 3)
    "
  `);
});

describe("The words of a step that speaks", () => {
  const pins = said("pins page 0", "vfio_pin_page_external()");

  test("name its function once for a run of steps of the same thread", () => {
    const others = stepOf("release", "release.sleeps", said("sleeps", "schedule()"));
    const maps = stepOf("device", "device.maps", said("maps page 0", "vfio_pin_page_external()"));
    const same = stepOf("device", "device.pins", pins);
    expect(wordsOf(withSteps(same, maps, others, same))).toEqual([
      "vfio_pin_page_external(): pins page 0",
      "maps page 0",
      "schedule(): sleeps",
      "vfio_pin_page_external(): pins page 0",
    ]);
  });

  test("leave out where a step comes from that is no function: the lane says who it is", () => {
    const steps = [stepOf("device", "device.asks", said("requests page 0", "PCIe Base Specification, 10.4.1"))];
    expect(wordsOf(withSteps(...steps))).toEqual(["requests page 0"]);
  });

  test("are those of the message that the property reads, when the step is the next of a list", () => {
    const says = { text: "takes the next step", by: "vfio_unmap_unpin()", listed: true } as const;
    const counts = messageOf("release", "call", "iommu", "iommu.counts", { text: "counts", by: "" });
    const unpins = messageOf("release", "call", "page", "host.unpins", {
      text: "unpins page 0",
      by: "unpin_user_page()",
    });
    const step = stepOf("release", "release.steps", { says, transfers: [counts, unpins] });
    expect(wordsOf(withSteps(step))).toEqual(["unpin_user_page(): unpins page 0; counts"]);
    const waits = messageOf("release", "call", "iommu", "iommu.waits", { text: "waits", by: "" });
    expect(wordsOf(withSteps({ ...step, transfers: [counts, waits] }))).toEqual(["counts; waits"]);
    expect(wordsOf(withSteps({ ...step, transfers: [] }))).toEqual(["vfio_unmap_unpin(): takes the next step"]);
  });

  test("do not tell states and counters, unless the property compares them", () => {
    const step = (more: Partial<StepRecord>): StepRecord => ({
      ...stepOf("device", "device.pins", { ...pins, changes: [becomes("device", "idle", "waiting")] }),
      ...more,
    });
    const first = step({ values: { device: { state: "idle" } } });
    const second = step({ values: { device: { state: "waiting" } } });
    expect(wordsOf(withSteps(step({})))).toEqual(["vfio_pin_page_external(): pins page 0"]);
    expect(wordsOf(withSteps(first, second))[1]).toBe("pins page 0; *device: idle -> waiting");
    const changes = [becomes("device", "idle", "waiting", "waits for the response")];
    expect(wordsOf(withSteps(first, { ...second, changes }))[1]).toBe("pins page 0; *device: waits for the response");
  });

  test("tell what a component without events of its own does from here on, unless it changes all the time", () => {
    const overflows = (before: string, after: string, says: string) =>
      stepOf("device", "device.asks", { ...said("requests page 0"), changes: [becomes("prq", before, after, says)] });
    const once = [
      overflows("accepting", "overflowed", "drops every request until software clears the overflow flag"),
      overflows("overflowed", "accepting", "accepts requests"),
    ];
    expect(wordsOf(withSteps(...once))).toEqual([
      "requests page 0; prq: drops every request until software clears the overflow flag",
      "requests page 0; prq: accepts requests",
    ]);
    expect(wordsOf(withSteps(...once, ...once))).toEqual(Array.from({ length: 4 }, () => "requests page 0"));
  });

  test("always say what is lost", () => {
    const lost = messageOf("device", "lost", "page-requests", "page-request", { text: "requests page 0", by: "" });
    const request = stepOf("device", "device.asks", { ...said("requests page 0"), transfers: [lost] });
    expect(wordsOf(withSteps(request))).toEqual(["requests page 0; lost, page-requests is full"]);
    const silent = { ...lost, message: { type: "page-request", page: 0 } };
    const { says: _, ...bare } = silent;
    expect(wordsOf(withSteps({ ...request, transfers: [bare] }))).toEqual([
      "requests page 0; page-request page=0: lost, page-requests is full",
    ]);
  });

  test("of a message that a queue delivers are its sender's, unless its taker has some", () => {
    const sent = messageOf("release", "sent", "commands", "command.fences", {
      text: "waits for it to complete",
      by: "",
    });
    const put = stepOf("release", "release.steps", { ...said("queues a fence"), transfers: [sent] });
    const take = takenFrom("commands", "iommu", "command.fences");
    expect(wordsOf(withSteps(put, take))[1]).toBe('iommu: takes "waits for it to complete"');
    const tells = { ...take, ...said("completes the fence", "") };
    expect(wordsOf(withSteps(put, tells))[1]).toBe("iommu: completes the fence");
  });
});

test("The legend tells only lanes that are drawn, wrapped, and names that were shortened", () => {
  const text = chart({ ...unpinBeforeWait, steps: ending });
  expect(text).not.toContain("iommu = ");
  const long = "the struct vfio_iommu of the container, which knows every mapping, every domain and every group of it";
  const names = Array.from({ length: 8 }, (_, k) => `page-request-group-slot-${k}`);
  const steps = names.map((name) => stepOf(name, "slot.asks", said("asks")));
  const lanes = Object.fromEntries(names.map((name, k) => [name, k === 3 ? long : `group ${k}`]));
  const lines = chart({ ...unpinBeforeWait, components: names, reads: [], lanes, steps }).split("\n");
  expect(lines.filter((line) => /^ {5}prgs[23] | {13}\S/.test(line))).toMatchInlineSnapshot(`
    [
      "     prgs2 = page-request-group-slot-2: group 2",
      "     prgs3 = page-request-group-slot-3: the struct vfio_iommu of the",
      "             container, which knows every mapping, every domain and every",
      "             group of it",
    ]
  `);
});
