/** PCL, what single requests carry, and what a device may send. */
import { always, sometimes } from "../../../checker/property.ts";
import { fails, here, isFailed, port, service, users, type Condition } from "./reads.ts";
import { coreRule, hardwareRule } from "../sources.ts";

const withData: Condition = (_, { privateData }) => privateData;
const odd: Condition = ({ requestHandling }, { oddModes }) => oddModes && requestHandling === "served";

export const pclRequests = [
  always({
    id: "PCL-31",
    name: "private-data-returned",
    statement: "A response carries the private data of the request that it answers, and none if there was none.",
    source: coreRule("I4; B35, B37"),
    witness: "PCL-32",
    applies: here(withData),
    reads: { port },
    holds: ({ port: p }) => p.context.unexpected !== "other-data",
    values: ({ port: { context } }) => ({
      "wanted back": context.groups.map(({ user, data }) => `by user${user}: ${String(data)}`),
    }),
  }),
  sometimes({
    id: "PCL-32",
    name: "private-data-read",
    statement: "Software reads a request with private data.",
    source: coreRule("I4"),
    applies: here(withData),
    reads: { service },
    holds: ({ service: s }) => s.context.hand?.data !== undefined,
  }),
  always({
    id: "PCL-33",
    name: "unsupported-mode-not-resolved",
    statement: "No request in a mode that software does not support is resolved.",
    source: coreRule("I19; B34"),
    witness: "PCL-34",
    applies: here(odd),
    reads: { service },
    given: { "a group is handled": ({ service: s }) => s.state === "handling" },
    parts: {
      "no member is in a mode that is not supported": ({ service: s }) =>
        s.context.members.every(({ mode }) => mode === undefined),
    },
    values: ({ service: s }) => ({ modes: s.context.members.map(({ mode }) => mode ?? "user") }),
  }),
  sometimes({
    id: "PCL-34",
    name: "unsupported-mode-read",
    statement: "Software reads a request in a mode that it does not support.",
    source: coreRule("B34"),
    applies: here(odd),
    reads: { service },
    holds: ({ service: s }) => s.context.hand?.mode !== undefined,
  }),
  always({
    id: "PCL-35",
    name: "failed-interface-silent",
    statement: "A failed interface sends no request until Enable rises.",
    source: hardwareRule("S18"),
    witness: "PCL-36",
    applies: here(fails),
    reads: { port },
    holds: ({ port: p }) => !p.context.sentAfterFailure,
    values: ({ port: p }) => ({ "failed by device": p.context.failedBy }),
  }),
  sometimes({
    id: "PCL-36",
    name: "failed-interface-held-back",
    statement: "The interface has failed, and a requester has a page to request.",
    source: hardwareRule("2.4"),
    applies: here(fails),
    reads: { port, users },
    holds: ({ port: p, users: u }) =>
      isFailed(p) && u.some(({ state, context }) => state === "idle" && !context.stopping),
  }),
] as const;
