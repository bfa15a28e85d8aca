/** PCL, what can happen: the witnesses of the claims of pcl.ts. */
import { sometimes } from "../../../checker/property.ts";
import { looksLikeStopMarker } from "../../../model/machines/iommu/page-request-answer.ts";
import {
  here,
  stops,
  marks,
  waits,
  turnsOff,
  groups,
  collects,
  together,
  failing,
  port,
  user,
  users,
  service,
  queue,
  guest,
  responses,
  isFailed,
} from "./reads.ts";
import { coreRule, hardwareRule } from "../sources.ts";

export const pclPossible = [
  sometimes({
    id: "PCL-20",
    statement: "An answer is on its way to a group.",
    source: hardwareRule("2.3"),
    applies: here(),
    reads: { responses, user },
    holds: ({ responses: on, user: u }) =>
      u.state === "waiting" && on.some(({ type, device }) => type === "pri.response" && device === u.context.device),
  }),
  sometimes({
    id: "PCL-21",
    statement: "Software has the first request of a group whose last one was not sent.",
    source: hardwareRule("2.2"),
    applies: here(collects),
    reads: { port, service },
    holds: ({ port: p, service: s }) =>
      p.context.groups.some(({ sent, size }) => sent < size) && s.context.partial.length > 0,
  }),
  sometimes({
    id: "PCL-22",
    statement: "Software handles a group of several requests.",
    source: coreRule("1.2"),
    applies: here(collects),
    reads: { service },
    holds: ({ service: s }) => s.state === "handling" && s.context.members.length > 1,
  }),
  sometimes({
    id: "PCL-23",
    statement: "Records wait in the queue.",
    source: hardwareRule("section 3"),
    applies: here(),
    reads: { queue },
    holds: ({ queue: q }) => q.context.records.length > 1,
  }),
  sometimes({
    id: "PCL-24",
    statement: "The interface is turned off while a group waits.",
    source: hardwareRule("2.4"),
    applies: here(turnsOff),
    reads: { port },
    holds: ({ port: p }) => p.state === "disabled" && p.context.groups.length > 0,
  }),
  sometimes({
    id: "PCL-25",
    statement: "A stop marker waits behind a group that it makes stale.",
    source: hardwareRule("2.6"),
    applies: here(marks),
    reads: { queue, port },
    holds: ({ queue: q, port: p }) =>
      q.context.records.some(looksLikeStopMarker) && p.context.groups.some(({ stale }) => stale),
  }),
  sometimes({
    id: "PCL-26",
    statement: "Somebody is told to stop while its group is open.",
    source: hardwareRule("2.6"),
    applies: here((host, bounds) => stops(host, bounds) && groups(host, bounds)),
    reads: { users },
    holds: ({ users: u }) => u.some(({ state, context }) => state === "open" && context.stopping),
  }),
  sometimes({
    id: "PCL-27",
    statement: "Two groups with the same index are outstanding at a time, told apart by their PASID.",
    source: hardwareRule("G2; K8"),
    applies: here(
      (host, bounds) => together(host, bounds) && host.requesters === "pasids" && host.prgiScope === "functionAndPasid",
    ),
    reads: { port },
    holds: ({ port: p }) => p.context.groups.length > 1 && new Set(p.context.groups.map(({ prgi }) => prgi)).size === 1,
  }),
  sometimes({
    id: "PCL-28",
    statement: "The interface has failed while another than the one that was answered waits.",
    source: hardwareRule("H5, K34"),
    applies: here((host, bounds) => failing(host, bounds) && together(host, bounds)),
    reads: { port, service },
    holds: ({ port: p, service: s }) => isFailed(p) && s.state === "handling",
  }),
  sometimes({
    id: "PCL-29",
    statement: "The thread that stops its user waits for answers, without a marker.",
    source: hardwareRule("2.6"),
    applies: here(waits),
    reads: { user },
    holds: ({ user: u }) => u.state === "waiting" && u.context.stopping,
  }),
  sometimes({
    id: "PCL-30",
    statement: "A guest's writes may meet a group that is outstanding.",
    source: hardwareRule("S31"),
    applies: here((_, { guestConfigures }) => guestConfigures),
    reads: { guest, port },
    holds: ({ guest: g, port: p }) => g.length > 0 && p.context.groups.length > 0,
  }),
] as const;
