/** When the page request queue of several devices overflows, by who resolves the faults. */
import type { Interval } from "../../checker/measure/simulate/student.ts";
import type { Finding, Lab, SimulatedQuestion } from "./lab.ts";
import { percent, requesting } from "./setup.ts";

const IN_FLIGHT = 4;
const DEVICES = [2, 4, 8];
const FEW_DEVICES = [4];
/** Of which one stays empty. */
const ENTRIES = [5, 9, 17, 33];
const FEW_ENTRIES = [17, 33];
const HANDLERS = ["on the thread", "of groups"] as const;
type Handler = (typeof HANDLERS)[number];
/** With a worker, what drops requests comes rarely and then drops many: short runs miss it. */
const ACCESSES: { readonly [handler in Handler]: number } = { "on the thread": 300, "of groups": 3_000 };

interface At {
  readonly handler: Handler;
  readonly devices: number;
  readonly entries: number;
  /** Of the requests. */
  readonly dropped: number;
  /** Of the time. */
  readonly overflowed: Interval;
  readonly requests: number;
}

async function at(lab: Lab, handler: Handler, devices: number, entries: number): Promise<At> {
  const sizes = { pages: 16, slots: IN_FLIGHT, devices, entries, limit: 8 };
  const record = await lab.simulate({
    load: {
      configuration: requesting(sizes, handler),
      workload: { pick: "random", itemPages: 1 },
      times: "exponential",
    },
    counts: ["faults", "drops"],
    levels: [{ label: "overflow", role: "prq", in: "overflowed" }],
    warmUp: 3e5,
    accesses: ACCESSES[handler] / (lab.isRough ? 4 : 1),
    replications: lab.isRough ? 2 : 3,
  });
  const [requests, drops] = record.counted.map(({ perWork }) => perWork!.mean);
  return {
    handler,
    devices,
    entries,
    dropped: drops! / requests!,
    overflowed: record.levels[0]!.mean,
    requests: requests!,
  };
}

const outstanding = ({ devices }: At): number => devices * IN_FLIGHT;
const usable = ({ entries }: At): number => entries - 1;

async function find(lab: Lab): Promise<Finding> {
  const all: At[] = [];
  const devices = lab.isRough ? FEW_DEVICES : DEVICES;
  for (const handler of HANDLERS)
    for (const count of devices)
      for (const entries of lab.isRough ? FEW_ENTRIES : ENTRIES) all.push(await at(lab, handler, count, entries));
  const of = (handler: Handler): readonly At[] => all.filter((one) => one.handler === handler);
  return {
    table: {
      head: [
        "faults are resolved",
        "devices",
        "in flight",
        "usable entries",
        "dropped",
        "time in overflow",
        "requests per DMA",
      ],
      rows: all.map((one) => [
        one.handler,
        String(one.devices),
        String(outstanding(one)),
        String(usable(one)),
        percent(one.dropped),
        percent(one.overflowed.mean),
        one.requests.toFixed(1),
      ]),
    },
    figure: {
      name: "overflow",
      title: "Page requests that a full queue drops",
      x: { label: "usable entries of the queue", scale: "log" },
      y: { label: "dropped in % of the requests", scale: "linear" },
      series: HANDLERS.flatMap((handler) =>
        devices
          .filter((count) => count > 2)
          .map((count) => ({
            label: `resolved ${handler}, ${count * IN_FLIGHT} in flight`,
            points: of(handler)
              .filter((one) => one.devices === count)
              .map((one) => ({ x: usable(one), y: 100 * one.dropped })),
          })),
      ),
    },
    conclusions: [
      {
        sentence: "Nothing is dropped where the queue has room for twice what is in flight.",
        holds: all.filter((one) => usable(one) >= 2 * outstanding(one)).every(({ dropped }) => dropped === 0),
      },
      {
        sentence:
          "Where it has room for what is in flight or less, and the thread of the queue resolves the faults, nine requests in ten are dropped.",
        holds: of("on the thread")
          .filter((one) => usable(one) <= outstanding(one))
          .every(({ dropped }) => dropped > 0.9),
      },
      {
        sentence: "Where whole groups go to a worker, room for what is in flight keeps the drops below a fifth.",
        holds: of("of groups")
          .filter((one) => usable(one) >= outstanding(one))
          .every(({ dropped }) => dropped < 1 / 5),
      },
    ],
  };
}

export const overflow: SimulatedQuestion = {
  name: "overflow",
  title: "The page request queue against the devices behind it",
  question:
    "How many entries does a page request queue need for the devices behind it, and what changes when the thread that reads it hands whole groups to a worker?",
  rows: [58],
  answer:
    "Twice as many as all devices may have in flight, if the handler runs on the thread that reads the queue (RFC v1). The driver advances the head after it has handled all that it read, so that an answered request still has its entry when its device asks again. With fewer entries there is no gradual loss: the driver clears the overflow only when the queue is drained, dropped requests are answered and come back at once, and more than nine requests in ten are dropped. When whole groups go to a worker (6.12), the thread only reads: with as many entries as are in flight up to a tenth is dropped, with half as many 13 to 60 %. Drops come rarely there, and then many at a time.",
  about:
    "pin-limit, hardware vtd, designs rfc-v1 and rfc-v1-on-groups, reclaim=direct, 16 pages, limit 8, so that half of the DMAs fault; 4 DMAs in flight for each device; 300 accesses on the thread and 3 000 of groups in each of 3 replications, after 0.3 ms.",
  assumptions: [
    "Each group has one request, and a device asks again as soon as it has the automatic response.",
    "All devices use the same pages, with the same probability.",
    "There is one worker for all groups.",
  ],
  varied: ["translation", "report", "core", "resume"],
  find,
};
