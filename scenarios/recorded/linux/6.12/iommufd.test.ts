import { describe, expect, test } from "vitest";
import type { Message } from "../../../../checker/json.ts";
import type { Component } from "../../../../checker/system.ts";
import { conform, type ConformanceResult, type RecordedLine } from "../../conformance.ts";
import { readRecording } from "../../read.ts";
import { linux612, type Departure } from "./adapter.ts";
import { LINUX_6_12_IOMMUFD } from "./iommufd-system.ts";

const read = (name: string): readonly RecordedLine[] => [
  ...readRecording(new URL(`../../data/${name}.jsonl.gz`, import.meta.url).pathname),
];
const harness = read("linux-6.12-harness");
const booted = read("linux-6.12-booted-iommufd");
type Line = { readonly class: string; readonly ops: readonly Message[] };
const classOf = ({ value }: RecordedLine): string => (value as Line).class;
const ofClasses = (names: string): readonly RecordedLine[] =>
  [...harness, ...booted].filter((line) => names.split(" ").includes(classOf(line)));

const replay = (departure: Departure, lines: readonly RecordedLine[]): Promise<ConformanceResult> =>
  conform([linux612(departure)], lines);

/** Whether some line differs; those after the first that does are not replayed. */
async function isToldApart(departure: Departure, lines: readonly RecordedLine[]): Promise<boolean> {
  for (const line of lines) if ((await replay(departure, [line])).differences.length > 0) return true;
  return false;
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

const { control, handler, reader, writer } = LINUX_6_12_IOMMUFD;

describe("iommufd of Linux 6.12, recorded", () => {
  // cli/conformance.test.ts replays all classes.
  test.each([
    ["iommufd_enomem", { sequences: 12, operations: 698, compared: 949 }],
    ["iommufd_efault", { sequences: 13, operations: 667, compared: 1023 }],
    ["iommufd_vf", { sequences: 4, operations: 229, compared: 315 }],
    ["xk", { sequences: 40, operations: 2712, compared: 3433 }],
  ])("every event of the first sequences of class %s is what our machines say", async (name, expected) => {
    const { differences, sequences, operations, compared } = await replay({}, ofClasses(name).slice(0, 40));
    expect(differences).toEqual([]);
    expect({ sequences, operations, compared }).toEqual(expected);
  });

  test("what the harness states by itself is told apart, and counts as no agreement", async () => {
    const { differences, ofHarness, ...counts } = await replay({}, ofClasses("iommufd iommufd_group"));
    expect(differences).toEqual([]);
    expect(counts).toMatchObject({ sequences: 83, operations: 4253, compared: 6869 });
    expect(ofHarness).toEqual({
      "skip: not attached": 86,
      "hwpt_attach of a device to what it is attached to, refused by the harness": 16,
      "hwpt_attach in an IOMMU group of several devices, as the harness restates it": 31,
      "hwpt_detach in an IOMMU group of several devices, as the harness restates it": 30,
    });
  });

  test.each<[string, Departure, string]>([
    [
      "a teardown answers the oldest unread group first",
      {
        meddles: hearing("fault-queue", (event) =>
          event.type === "answers.takes-next" ? { ...event, first: "oldest" } : event,
        ),
      },
      "iommufd",
    ],
    [
      "cookie 0 is never given out",
      {
        meddles: hearing("fault-queue", (event) =>
          event.type === "response.takes" && event["cookie"] === 0 ? { ...event, cookie: -1 } : event,
        ),
      },
      "iommufd",
    ],
    [
      "a detach answers the groups of every attach handle",
      {
        meddles: hearing("fault-queue", (event) =>
          event.type === "answers.takes-next" ? { ...event, handle: null } : event,
        ),
      },
      "iommufd",
    ],
    [
      "a read that fails to copy hands the group over",
      {
        meddles: hearing("fault-queue", (event) =>
          event.type === "deliver.restores" ? { type: "deliver.keeps" } : event,
        ),
      },
      "iommufd_efault",
    ],
    [
      "HWPTs are not counted by what is attached to them",
      {
        meddles: hearing("page-table", (event) =>
          event.type === "hwpt.gets" ? { ...event, type: "domain.takes" } : event,
        ),
      },
      "xk",
    ],
    ["a replace answers the new queue", { iommufd: { control: { ...control, replaceAnswers: "new-queue" } } }, "xk"],
    ["a detach answers nothing", { iommufd: { control: { ...control, detach: "no-answer" } } }, "iommufd"],
    ["no poller is woken", { iommufd: { handler: { ...handler, wakes: false } } }, "iommufd"],
    ["a read counts each record (B14)", { iommufd: { reader: { ...reader, counts: "records" } } }, "iommufd_efault"],
    ["a buffer that is too small gives 0 (B16)", { iommufd: { reader: { ...reader, tooSmall: "zero" } } }, "xk"],
    ["a write reports the error alone (B17)", { iommufd: { writer: { ...writer, reports: "error" } } }, "xk"],
  ])("a kernel in which %s is told from 6.12", async (_, departure, name) => {
    expect(await isToldApart(departure, ofClasses(name).slice(0, 80))).toBe(true);
  });

  const withInit = (line: RecordedLine, init: { readonly [field: string]: Message[string] }): RecordedLine => {
    const { ops, ...rest } = line.value as unknown as Line;
    const [first, ...others] = ops;
    return { ...line, value: { ...rest, ops: [{ ...first!, ...init }, ...others] } };
  };

  test("a kernel that enables page faults of virtual functions is told from 6.12", async () => {
    const { differences } = await replay(
      {},
      ofClasses("iommufd_vf").map((line) => withInit(line, { vf: 0 })),
    );
    expect(differences).toHaveLength(4);
  });

  test("a kernel in which each device of a group attaches for itself is told from 6.12", async () => {
    const { differences } = await replay(
      {},
      ofClasses("iommufd_group").map((line) => withInit(line, { groups: [0, 1] })),
    );
    expect(differences.length).toBeGreaterThan(4);
  });
});
