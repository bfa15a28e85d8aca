/** Questions about who controls the page requests of a device, and whose answer it is. */
import type { Scenario } from "../scenario.ts";
import { study } from "./request.ts";

const control = (set: Parameters<typeof study>[2] = {}) => study("pri-control", "intended", set);
const TOGETHER = { creditsPerDev: 3, pqEntries: 5 };
const STILL = { usersStop: false };

export const priControlScenarios: readonly Scenario[] = [
  {
    id: "failure-is-for-the-interface",
    question: "What does Response Failure do when the host is out of memory for one group?",
    askedBy: "hardware facts, H5",
    rows: [6],
    given: "Two users of one page request interface, each with a group.",
    when: "the host has no memory for one group and answers Failure.",
    answer:
      "It ends the interface, and with it the requests of everybody who shares it. Invalid Request refuses the one group only.",
    evidence: { kind: "derived", where: "hardware facts, H5 and S28" },
    runs: [
      { label: "Invalid", request: control(TOGETHER), expect: { "PCL-8": "holds" } },
      {
        label: "Failure",
        request: control({ ...TOGETHER, withoutMemory: "failure" }),
        expect: { "PCL-8": "violated", "PCL-18": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-8" },
  },
  {
    id: "answer-to-a-stop-marker",
    question: "May software answer a stop marker as if it were a last request?",
    askedBy: "hardware facts, H20",
    rows: [6],
    given: "A user that stops, and announces it with a marker behind its requests.",
    when: "the driver takes the marker for a request and answers it.",
    answer: "No: the answer finds what was left behind, what came after, or nothing.",
    evidence: { kind: "derived", where: "hardware facts, S10 and H20" },
    runs: [
      { label: "dropped", request: control(), expect: { "PCL-11": "holds", "PCL-1": "holds" } },
      {
        label: "answered",
        request: control({ markerRule: "answered" }),
        expect: { "PCL-11": "violated", "PCL-1": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-11" },
  },
  {
    id: "refused-requests",
    question: "Must every refused page request be answered?",
    askedBy: "hardware facts, H3 and H18",
    rows: [6, 42],
    given: "A driver that refuses single requests before they reach the core.",
    when: "it answers each of them, or none.",
    answer:
      "Neither: a group gets one answer, to its last request. Answering each answers the group twice, answering none leaves it waiting for ever.",
    evidence: { kind: "derived", where: "hardware facts, S8 to S10" },
    runs: [
      {
        label: "the last one",
        request: control({ refusals: true, ...STILL }),
        expect: { "PCL-1": "holds", "PCL-13": "holds" },
      },
      {
        label: "each",
        request: control({ refusals: true, answersRefused: "every", ...STILL }),
        expect: { "PCL-1": "violated" },
      },
      {
        label: "none",
        request: control({
          refusals: true,
          answersRefused: "none",
          stopMethod: "by-waiting",
          interfaceRestarts: true,
        }),
        expect: { "PCL-13": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-1" },
  },
  {
    id: "one-index-in-two-address-spaces",
    question: "Is the group index enough to tell groups of two PASIDs apart?",
    askedBy: "hardware facts, H1b",
    rows: [6],
    given: "A device that may use one index in two PASIDs at a time.",
    when: "the core joins partial requests by their index alone, as Linux does.",
    answer: "No: a request of one address space becomes part of a group that is resolved in the other.",
    evidence: { kind: "verified", where: "Linux 6.12, iopf_group_alloc(), which compares the index only" },
    runs: [
      {
        label: "by PASID and index",
        request: control({ ...TOGETHER, partialKey: "pasidAndPrgi" }),
        expect: { "PCL-4": "holds" },
      },
      { label: "by index", request: control({ ...TOGETHER, partialKey: "prgi" }), expect: { "PCL-4": "violated" } },
    ],
    chart: { run: 1, property: "PCL-4" },
  },
  {
    id: "guest-writes-the-pri-capability",
    question: "May a guest write the PRI capability of its device itself?",
    askedBy: "hardware facts, S31",
    rows: [6, 70],
    given: "A guest that enables, resets and grants credits as it likes.",
    when: "its writes reach the hardware, as they are or clamped to the host's grant.",
    answer:
      "No: without a trap it takes more credits than it was granted, and even a clamped write resets the interface while groups are outstanding.",
    evidence: { kind: "derived", where: "hardware facts, S31 and O4" },
    runs: [
      {
        label: "trapped",
        request: control({ guestConfigures: true }),
        expect: { "PCL-9": "holds", "PCL-1": "holds", "PCL-30": "witnessed" },
      },
      {
        label: "not trapped",
        request: control({ guestConfigures: true, configTrap: "none" }),
        expect: { "PCL-9": "violated", "PCL-1": "violated" },
      },
      {
        label: "clamped",
        request: control({ guestConfigures: true, configTrap: "clamped" }),
        expect: { "PCL-1": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-9" },
  },
  {
    id: "queue-turned-on-while-not-empty",
    question: "May the page request queue be turned off and on while it is not empty?",
    askedBy: "hardware facts, H38",
    rows: [54],
    given: "A queue that forgets what is in it when it is turned on.",
    when: "software restarts it without draining it first.",
    answer: "No: the last requests that were in it are never answered.",
    evidence: { kind: "derived", where: "hardware facts, H38" },
    runs: [
      { label: "drained first", request: control({ queueRestarts: true, ...STILL }), expect: { "PCL-13": "holds" } },
      {
        label: "not drained",
        request: control({ queueRestarts: true, queueOrder: "no-drain", ...STILL }),
        expect: { "PCL-13": "violated" },
      },
    ],
    chart: { run: 1, property: "PCL-13" },
  },
];
