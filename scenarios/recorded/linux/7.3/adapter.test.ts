import { describe, expect, test } from "vitest";
import type { Message } from "../../../../checker/json.ts";
import type { Component } from "../../../../checker/system.ts";
import { conform, type ConformanceResult, type RecordedLine } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import { linux73, type Departure } from "./adapter.ts";

const lines = readRecording(new URL("../../data/linux-7.3-booted-iommufd.jsonl.gz", import.meta.url).pathname);
const ofClass = (name: string): readonly RecordedLine[] =>
  lines.filter(({ value }) => (value as { readonly class: string }).class === name);
const replay = (departure: Departure, of: readonly RecordedLine[]): Promise<ConformanceResult> =>
  conform([linux73(departure)], of);

/** The first operation at which some line of the class differs; those after it are not replayed. */
async function firstDifference(departure: Departure, name: string): Promise<string | undefined> {
  for (const line of ofClass(name)) {
    const [difference] = (await replay(departure, [line])).differences;
    if (difference) return (difference.operation as { readonly op: string }).op;
  }
  return undefined;
}

/** Components of the role hear something else than was said. */
const hearing =
  (role: string, instead: (event: Message) => Message): ((component: Component) => Component) =>
  (component) => {
    if (component.role !== role) return component;
    const { machine } = component;
    const transition: typeof machine.transition = (snapshot, event, scope) =>
      machine.transition(snapshot, instead(event as Message), scope);
    return { ...component, machine: Object.create(machine, { transition: { value: transition } }) };
  };
const of = (type: string, change: Message | object) => (event: Message) =>
  event.type === type ? ({ ...event, ...change } as Message) : event;

describe("iommufd of Linux 7.3, recorded", () => {
  // cli/conformance.test.ts replays all classes.
  test.each(["veventq", "vdevice", "viommu", "hw_queue", "pasid", "fault", "mixed", "errors"])(
    "every event of the first sequences of class %s is what our machines say",
    async (name) => {
      const { differences, sequences, replayed, outOfScope } = await replay({}, ofClass(name).slice(0, 10));
      expect(differences).toEqual([]);
      expect({ sequences, replayed, outOfScope }).toEqual({ sequences: 10, replayed: 10, outOfScope: {} });
    },
  );

  test("what the program says by itself is no agreement", async () => {
    expect((await replay({}, ofClass("hw_queue"))).ofHarness).toEqual({
      "munmap of what is not mapped": 103,
      "skip: mapped already": 17,
    });
  });
});

/** Nobody recorded it: a script, and what the source says of it. */
const script = (...steps: readonly (readonly [op: object, ...events: readonly object[]])[]): RecordedLine => ({
  file: "script",
  line: 1,
  value: {
    kernel: "7.3.4 (booted)",
    class: "errors",
    ops: steps.map(([op]) => op),
    events: steps.flatMap(([, ...events], i) => events.map((event) => ({ i, ...event }))),
  } as RecordedLine["value"],
});

describe("a replace whose answer cannot be copied to user space", () => {
  const ret = (val: number, more: object = {}) => ({ ev: "ret", val, ...more });
  test("has taken effect, and keeps the automatic HWPT that it has made (J9b)", async () => {
    const line = script(
      [{ op: "dev_new", dev: 0, pasid: 0 }, ret(0, { stdev: 2, idev: 3, hwpt: 4 })],
      [{ op: "hwpt_alloc", h: 0, dev: 0 }, ret(0, { id: 5 })],
      [{ op: "hwpt_replace", dev: 0, h: 0 }, ret(0), { ev: "destroyed", kind: "hwpt_paging", id: 4 }],
      [{ op: "fail_nth", n: 20 }],
      [{ op: "hwpt_replace", dev: 0 }, ret(-14, { hit: 1 })],
      [{ op: "hwpt_destroy", h: 0 }, ret(0), { ev: "destroyed", kind: "hwpt_paging", id: 5 }],
      [{ op: "hwpt_replace", dev: 0 }, ret(0, { id: 4 })],
    );
    const { differences, sequences } = await replay({}, [line]);
    expect(differences).toEqual([]);
    expect(sequences).toBe(1);
  });
});

describe("an attach whose answer cannot be copied to user space", () => {
  const ret = (val: number, more: object = {}) => ({ ev: "ret", val, ...more });
  const destroyed = (kind: string, id: number) => ({ ev: "destroyed", kind, id });
  test("is undone once, so that the device can be unbound", async () => {
    const line = script(
      [{ op: "dev_new", dev: 0, pasid: 1 }, ret(0, { stdev: 2, idev: 3, hwpt: 4 })],
      [{ op: "hwpt_alloc", h: 0, dev: 0, pasid: 1 }, ret(0, { id: 5 })],
      [{ op: "hwpt_replace", dev: 0, h: 0 }, ret(0), destroyed("hwpt_paging", 4)],
      [{ op: "fail_nth", n: 20 }],
      [{ op: "pasid_attach", dev: 0, pasid: 1, h: 0 }, ret(-14, { hit: 1 })],
      [{ op: "dev_destroy", dev: 0 }, ret(0), destroyed("selftest", 2), destroyed("device", 3)],
      [{ op: "hwpt_destroy", h: 0 }, ret(0), destroyed("hwpt_paging", 5)],
    );
    const { differences, sequences } = await replay({}, [line]);
    expect(differences).toEqual([]);
    expect(sequences).toBe(1);
  });
});

describe("another rule is told apart:", () => {
  test("a driver that stores the index of a hardware queue, as that of the selftest does not", async () => {
    expect(await firstDifference({ queueIndex: "stored" }, "hw_queue")).toBe("hwq_alloc");
  });

  test.each<[string, string, (component: Component) => Component, string]>([
    ["a vEVENTQ that holds one event more", "veventq", hearing("veventq", hasRoom), "ve_read"],
    ["no tombstone", "vdevice", hearing("object-table", of("object.leaves", { tombstone: false })), "vdev_alloc"],
    [
      "two vDEVICEs of a device",
      "vdevice",
      hearing("iommufd-device", of("device.names-vdevice", { vdevice: null })),
      "dev_destroy",
    ],
    [
      "pages that are not pinned",
      "hw_queue",
      hearing("ioas-space", of("ioas.unmaps", { type: "ioas.maps", frame: 0, stride: 1 })),
      "ioas_unmap",
    ],
    [
      "a user that is not counted",
      "viommu",
      hearing("object-table", of("object.refs", { type: "object.tries-users", at: -1 })),
      "fq_destroy",
    ],
    [
      "an event that is put back at no place",
      "veventq",
      hearing("veventq", of("vevent.restores", { type: "vevent.is-read" })),
      "ve_read",
    ],
    [
      "a device that keeps its vIOMMU",
      "mixed",
      hearing("mock-device", of("driver.blocks", { pasid: 7 })),
      "dev_destroy",
    ],
  ])("%s", async (_, name, meddles, operation) => {
    expect(await firstDifference({ meddles }, name)).toBe(operation);
  });
});

function hasRoom(event: Message): Message {
  return event.type === "veventq.begins" ? { ...event, depth: Number(event["depth"]) + 1 } : event;
}
