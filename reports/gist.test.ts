/** The sentence above a chart. */
import { describe, expect, test } from "vitest";
import type { StepRecord, TraceRecord } from "../checker/run-record.ts";
import { chart } from "./chart.ts";
import { gist } from "./gist.ts";
import { becomes, messageOf, said, stepOf, takenFrom, unpinBeforeWait } from "./spoken-example.ts";
import { unmapAgainstFault } from "./example.ts";

const sentence = (more: Partial<TraceRecord>): string | undefined => gist([{ ...unpinBeforeWait, ...more }]);
const ending = unpinBeforeWait.steps.slice(0, 3);
const owed = (steps: readonly StepRecord[]) => steps.map((step) => ({ ...step, holds: false, values: {} }));

describe("In short, a claim that something always holds", () => {
  test("is told by the last step, and by those that set what the property compares", () => {
    const values = [{ pins: 0 }, { pins: 1 }, { pins: 1 }];
    const steps = ending.map((step, k) => ({ ...step, values: values[k]! }));
    expect(sentence({ steps })).toBe(
      "vfio_unmap_unpin() waits for it to complete (step 2), and then unpin_user_page() unpins page 0 (step 3): this violates SAFE-1",
    );
  });

  test("where no value tells it, by the steps that changed what the property reads", () => {
    expect(sentence({ steps: ending })).toBe(
      "device 0 asks for page 0 (step 1), and then unpin_user_page() unpins page 0 (step 3): this violates SAFE-1",
    );
  });

  test("of steps that do not speak, by their events", () => {
    expect(gist([unmapAgainstFault])).toBe(
      "fault-handler maps (step 3), and then unmapper unpins page 0 (step 5): this violates PIN-1",
    );
  });

  test("closes a description with a comma in it by another one", () => {
    const lanes = { device: "device 0, page request group 1" };
    expect(sentence({ lanes, steps: ending })).toContain("device 0, page request group 1, asks for page 0 (step 1)");
  });

  test("names one and the same subject once, and what the last step changes in others", () => {
    const request = (text: string, more: Partial<StepRecord> = {}): StepRecord => ({
      ...stepOf("device", "device.asks", said(text)),
      ...more,
    });
    const overflows = [becomes("prq", "accepting", "overflowed", "the overflow flag is set")];
    const steps = [request("asks for page 0"), request("asks for page 1", { changes: overflows })].map((step, k) => ({
      ...step,
      holds: k === 0,
      values: { queue: k === 0 ? "empty" : "lost" },
    }));
    const [first, last] = steps;
    const told = [{ ...first!, values: { queue: "none" } }, first!, last!];
    expect(
      sentence({ steps: told.map((step, k) => ({ ...step, values: { ...step.values, page: Math.min(k, 1) } })) }),
    ).toBe(
      "device 0 asks for page 0 (step 2), and then asks for page 1 (step 3; prq: the overflow flag is set): this violates SAFE-1",
    );
  });

  test("names no description that is long, and none behind a semicolon", () => {
    const lane = "an ioctl thread; L is iommu->lock";
    expect(sentence({ lanes: { device: lane }, steps: ending })).toMatch(/^an ioctl thread asks for page 0/);
    expect(sentence({ lanes: { device: "device: x".padEnd(70, "x") }, steps: ending })).toMatch(
      /^device asks for page 0/,
    );
  });

  test("names all that the path breaks, once", () => {
    const other = { ...unpinBeforeWait, steps: ending, property: { id: "SAFE-2", statement: "It is." } };
    expect(gist([{ ...unpinBeforeWait, steps: ending }, other])).toMatch(/: this violates SAFE-1 and SAFE-2$/);
  });

  test("names the thread where several lanes are said to be the same, and no subject of another thread", () => {
    const lanes = { user: "a thread that uses the group", vmm: "a thread that uses the group" };
    const by = (name: string, text: string, fun = "") => stepOf(name, `${name}.steps`, said(text, fun));
    const told = (fun: string): string | undefined => {
      const steps = [by("user", "begins", fun), by("vmm", "drops the vm", fun), by("user", "takes the vm", fun)];
      const valued = steps.map((step, k) => ({ ...step, holds: k < 2, values: { count: Math.min(k, 1) } }));
      return gist([{ ...unpinBeforeWait, lanes, steps: valued }]);
    };
    expect(told("")).toBe("vmm drops the vm (step 2), and then user takes the vm (step 3): this violates SAFE-1");
    expect(told("put()")).toBe(
      "put() drops the vm (step 2), and then put() takes the vm (step 3): this violates SAFE-1",
    );
  });

  test("where a promise is broken and nobody is left waiting, by what it compares", () => {
    const values = [{ pins: 0 }, { pins: 1 }, { pins: 1 }];
    const steps = owed(ending).map((step, k) => ({ ...step, changes: [], values: values[k]! }));
    expect(sentence({ kind: "leadsTo", loop: 3, steps })).toBe(
      "vfio_unmap_unpin() waits for it to complete (step 2), and then unpin_user_page() unpins page 0 (step 3): " +
        "what SAFE-1 promises need not come any more",
    );
  });

  test("says of a claim of another kind on the same path what that one says", () => {
    const always = { ...unpinBeforeWait, steps: owed(ending) };
    const goal = { ...always, kind: "canAlways" as const, property: { id: "RSP-8", statement: "It can end." } };
    const words = /: this violates SAFE-1, and no sequence of steps leads to what RSP-8 asks for: /;
    expect(gist([goal, always])).toMatch(words);
    expect(gist([always, goal])).toBe(gist([goal, always]));
  });

  test("is told in the initial state too, and not at all where nothing is violated", () => {
    expect(sentence({ steps: [] })).toBe("the initial state violates SAFE-1");
    const steps = ending.map((step) => ({ ...step, holds: true }));
    expect(sentence({ steps })).toBeUndefined();
    expect(chart({ ...unpinBeforeWait, steps })).not.toContain("In short");
  });
});

test("In short, what occurs is told by the step in which it does", () => {
  const steps = ending.map((step, k) => ({ ...step, holds: k === 2 }));
  expect(sentence({ kind: "sometimes", steps })).toBe("this is seen when unpin_user_page() unpins page 0 (step 3)");
});

/** Two threads that wait for each other's lock. */
const waiting = owed([
  stepOf("device", "device.locks", {
    ...said("takes iommu->lock", "vfio_dma_do_unmap()"),
    changes: [becomes("lock", "free", "held", "one thread holds it"), becomes("device", "idle", "wants")],
  }),
  stepOf("release", "release.locks", {
    ...said("takes device_list_lock", "vfio_notify_dma_unmap()"),
    changes: [becomes("release", "idle", "wants", "waits for iommu->lock in vfio_unpin_pages()")],
  }),
]);

describe("In short, a run that gets stuck", () => {
  const stuck = { components: ["device", "release", "lock"], reads: [], steps: waiting };

  test("is told by who waits for what: a deadlock", () => {
    const property = { id: "DEADLOCK", statement: "Some step must always be possible." };
    expect(sentence({ ...stuck, property })).toBe(
      "after vfio_notify_dma_unmap() takes device_list_lock (step 2), no step is possible any more: " +
        'release: waits for iommu->lock in vfio_unpin_pages(); device is "wants"',
    );
  });

  test("by whose lock each waits for, and what an owner does that waits for none", () => {
    const owned = (name: string, owner: string, says: string) => ({
      ...becomes(name, "free", "held", says),
      after: { state: "held", context: { owner }, says },
    });
    const steps = owed([
      stepOf("device", "device.locks", {
        ...said("takes iommu->lock", "vfio_dma_do_unmap()"),
        changes: [owned("lock", "device", "is held"), owned("list-lock", "release", "is held")],
      }),
      stepOf("release", "release.locks", { changes: [becomes("release", "idle", "asleep", "sleeps in the callback")] }),
    ]);
    const blocked = [
      { component: "device", by: "list-lock", says: { text: "takes device_list_lock", by: "mutex_lock()" } },
      { component: "device", by: "release" },
      { component: "iommu", by: "commands" },
    ];
    const components = ["device", "release", "lock", "list-lock", "iommu"];
    expect(sentence({ components, reads: [], kind: "leadsTo", loop: 2, steps, blocked })).toBe(
      "after the release of a page, under iommu->lock, locks (step 2), what SAFE-1 promises need not come any more: " +
        "device waits in mutex_lock() for list-lock (owner: release); iommu waits for commands (full); " +
        "release: sleeps in the callback",
    );
  });

  test("a goal out of reach", () => {
    expect(sentence({ ...stuck, kind: "canAlways" })).toMatch(
      /^after vfio_notify_dma_unmap\(\) .* \(step 2\), no sequence of steps leads to what SAFE-1 asks for: release: waits /,
    );
  });

  test("a thread that can go on is told last, and that it can", () => {
    const goal = { ...stuck, kind: "canAlways" as const };
    expect(sentence({ ...goal, goesOn: ["release"] })).toMatch(
      /asks for: device is "wants"; release \(can go on\): waits for iommu->lock in vfio_unpin_pages\(\)$/,
    );
    expect(sentence({ ...goal, goesOn: ["device"] })).toMatch(
      /asks for: release: waits .*; device \(can go on\) is "wants"$/,
    );
    expect(sentence(goal)).not.toContain("can go on");
  });

  test("a promise after which nothing has to happen", () => {
    expect(sentence({ ...stuck, kind: "leadsTo", loop: 2 })).toMatch(
      /^after vfio_notify_dma_unmap\(\) .* \(step 2\), what SAFE-1 promises need not come any more: release: waits /,
    );
  });
});

describe("In short, a run without an end", () => {
  const success = stepOf("release", "release.responds", {
    ...said("responds Success", "iopf_group_response()"),
    transfers: [messageOf("release", "sent", "responses", "response", { text: "responds Success", by: "" })],
  });
  const tries = takenFrom("responses", "device", "response", said("tries again"));
  const overflows = stepOf("device", "device.asks", {
    ...said("requests page 0"),
    transfers: [messageOf("device", "call", "prq", "pri.request")],
    changes: [becomes("prq", "accepting", "overflowed", "drops every request")],
  });

  test("is told round by round", () => {
    const steps = owed([stepOf("device", "device.starts"), success, tries, overflows]);
    const lasso = { kind: "leadsTo", loop: 1, reads: ["device"], steps } as const;
    expect(sentence(lasso)).toBe(
      "steps 2 to 4 repeat for ever: iopf_group_response() responds Success, then device 0 tries again, then device 0 requests page 0; what SAFE-1 promises never comes",
    );
  });

  test("leaves out what does not matter, and most of a long round", () => {
    const spins = Array.from({ length: 9 }, (_, k) => stepOf("iommu", "iommu.spins", said(`spins ${k}`)));
    const steps = owed([success, ...spins, tries, overflows]);
    expect(sentence({ kind: "leadsTo", loop: 0, reads: ["device"], steps })).toContain(
      "for ever: iopf_group_response() responds Success, then device 0 tries again, then device 0 requests page 0; what",
    );
    expect(sentence({ kind: "leadsTo", loop: 0, reads: [], steps })).toContain(
      "for ever: iopf_group_response() responds Success, then iommu spins 3, then iommu spins 6, then device 0 requests page 0; what",
    );
  });
});
