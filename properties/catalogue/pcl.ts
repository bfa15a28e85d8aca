/** PCL: the control of a page request interface that several share. */
import {
  all,
  always,
  canAlways,
  each,
  leadsTo,
  messages,
  optional,
  parameters,
  sometimes,
} from "../../checker/property.ts";
import type { Seen } from "../../checker/property.ts";
import type { PageRequestQueueContext } from "../../model/machines/hardware/page-request-queue-messages.ts";
import { looksLikeStopMarker } from "../../model/machines/hardware/page-request-answer.ts";
import type { ControlThreadContext } from "../../model/machines/pri/control-thread.ts";
import type { PagePortContext, PageResponseMessage } from "../../model/machines/pri/page-request-port.ts";
import type { PageUserContext } from "../../model/machines/pri/page-request-user.ts";
import type { RecordMemoryContext } from "../../model/machines/pri/record-memory.ts";
import type { RequestServiceContext } from "../../model/machines/pri/request-service.ts";
import type { PriControlDesign, PriControlSizes } from "../../model/systems/studies/pri-control-design.ts";
import type { StudyParameters } from "../../model/systems/study.ts";
import type { PageRequest } from "../../model/units.ts";
import { inStudy } from "./parameters.ts";
import { coreRule, hardwareRule } from "./sources.ts";

type Condition = (host: PriControlDesign, bounds: PriControlSizes) => boolean;
const here = (condition?: Condition) => inStudy<PriControlDesign, PriControlSizes>("pri-control", condition);
const stops: Condition = (_, { usersStop }) => usersStop;
const marks: Condition = ({ stopMethod }, { usersStop }) => usersStop && stopMethod === "with-marker";
const waits: Condition = ({ stopMethod }, { usersStop }) => usersStop && stopMethod === "by-waiting";
const restarts: Condition = (_, { interfaceRestarts }) => interfaceRestarts;
/** The interface is turned off by somebody. */
const turnsOff: Condition = ({ configTrap }, bounds) =>
  bounds.interfaceRestarts || (bounds.guestConfigures && configTrap !== "emulated");
const groups: Condition = (_, { itemPages }) => itemPages > 1;
/** Both can have a group at a time. */
const together: Condition = ({ requesters, priSharedPFVF }, { itemPages, creditsPerDev }) =>
  creditsPerDev > itemPages || (requesters === "functions" && !priSharedPFVF);
/** Failure is an answer that software may give. */
const failing: Condition = ({ withoutMemory, failureCode, allocations }) =>
  allocations === "may-fail" && withoutMemory === "failure" && failureCode !== "invalid";

const port = each<PagePortContext>("page-request-port");
const user = each<PageUserContext>("page-request-user");
const users = all<PageUserContext>("page-request-user");
const service = each<RequestServiceContext>("request-service");
const queue = each<PageRequestQueueContext>("request-queue");
const memory = each<RecordMemoryContext>("record-memory");
const control = each<ControlThreadContext>("control-thread");
const guest = optional("guest-config");
const responses = messages<PageResponseMessage>("responses");
const built = parameters<StudyParameters<PriControlDesign, PriControlSizes>>();

/** Of which group a request is: nobody has two at a time. */
const groupOf = ({ device, pasid, instance }: PageRequest): string => `${device} ${String(pasid)} ${instance}`;
const told = (request: PageRequest): string =>
  looksLikeStopMarker(request)
    ? `marker of PASID ${String(request.pasid)}`
    : `device ${request.device} PASID ${String(request.pasid)} index ${request.prgi} use ${request.instance}${request.last ? " last" : ""}`;
const isHandled = ({ state }: Seen<RequestServiceContext>): boolean => state === "handling" || state === "answering";
const isFailed = ({ context }: Seen<PagePortContext>): boolean => context.failedBy !== null;
const outstanding = ({ groups: live }: PagePortContext): number => live.reduce((sum, { size }) => sum + size, 0);
/** Whether the user asks through this interface. */
const asksThrough = (p: PagePortContext, { device }: PageUserContext, { host }: { host: PriControlDesign }): boolean =>
  host.requesters === "pasids" || host.priSharedPFVF || p.port === device;

const ALL = ["threads", "hardware", "devices"] as const;

export const pcl = [
  always({
    id: "PCL-1",
    statement: "Each answer finds a group: the interface never reports an unexpected index (UPRGI).",
    source: hardwareRule("S9, G6"),
    witness: "PCL-20",
    applies: here(),
    reads: { port },
    holds: ({ port: p }) => !p.context.uprgi,
  }),
  always({
    id: "PCL-2",
    statement: "No answer comes to a group whose last request was not sent.",
    source: hardwareRule("S9, S10, G3"),
    witness: "PCL-21",
    applies: here(groups),
    reads: { port },
    holds: ({ port: p }) => p.context.unexpected !== "open",
  }),
  always({
    id: "PCL-3",
    statement: "An answer that was meant for another group, or for an earlier use of the index, ends none.",
    source: hardwareRule("S8, S29"),
    witness: "PCL-20",
    applies: here(),
    reads: { port },
    holds: ({ port: p }) => p.context.unexpected !== "earlier-use",
  }),
  always({
    id: "PCL-4",
    statement: "A group that software handles holds requests of one group only.",
    source: hardwareRule("S16; H1b"),
    witness: "PCL-22",
    applies: here(groups),
    reads: { service },
    holds: ({ service: s }) => !isHandled(s) || new Set(s.context.members.map(groupOf)).size <= 1,
    values: ({ service: s }) => ({ members: s.context.members.map(told) }),
  }),
  always({
    id: "PCL-5",
    statement: "A group that software resolves is complete, where no request was refused or dropped.",
    source: hardwareRule("S17"),
    witness: "PCL-22",
    applies: here((host, bounds) => groups(host, bounds) && !bounds.refusals && !bounds.queueRestarts),
    reads: { service, users, queue },
    holds: ({ service: s, users: u, queue: q }) => {
      const last = s.context.members.at(-1);
      if (s.state !== "handling" || !last || looksLikeStopMarker(last) || q.state !== "accepting") return true;
      const asker = u.find(({ context }) => context.device === last.device && context.pasid === last.pasid);
      return s.context.members.filter((one) => groupOf(one) === groupOf(last)).length === asker?.context.size;
    },
    values: ({ service: s }) => ({ members: s.context.members.map(told) }),
  }),
  always({
    id: "PCL-6",
    statement: "While the interface works, free credits and those of outstanding groups are its allocation.",
    source: hardwareRule("S12, G4"),
    witness: "PCL-20",
    applies: here(),
    reads: { port },
    holds: ({ port: p }) =>
      isFailed(p) || p.state !== "enabled" || p.context.credits + outstanding(p.context) === p.context.allocation,
    values: ({ port: { context } }) => ({
      free: context.credits,
      outstanding: outstanding(context),
      allocation: context.allocation,
    }),
  }),
  always({
    id: "PCL-7",
    statement: "The interface is reset and enabled only when it is stopped.",
    source: hardwareRule("S18; 2.4"),
    witness: "PCL-24",
    applies: here(turnsOff),
    reads: { port },
    holds: ({ port: p }) => !p.context.restartedEarly,
  }),
  always({
    id: "PCL-8",
    statement: "No answer to one takes page requests away from another.",
    source: hardwareRule("S28; H5"),
    witness: "PCL-20",
    applies: here(),
    reads: { port, users, built },
    holds: ({ port: p, users: u, built: b }) =>
      !isFailed(p) || u.filter(({ context }) => asksThrough(p.context, context, b)).length <= 1,
    values: ({ port: p }) => ({ "failed by device": p.context.failedBy }),
  }),
  always({
    id: "PCL-9",
    statement: "The interface has no more credits than the host granted.",
    source: hardwareRule("S31, 2.5 O4"),
    witness: "PCL-20",
    applies: here(),
    reads: { port, built },
    holds: ({ port: p, built: { bounds } }) => p.context.allocation <= bounds.creditsPerDev,
    values: ({ port: p, built: { bounds } }) => ({ allocation: p.context.allocation, grant: bounds.creditsPerDev }),
  }),
  always({
    id: "PCL-10",
    statement: "The queue does not overflow: it has a slot for every credit and for every stop marker.",
    source: hardwareRule("S14; 2.5 O3"),
    witness: "PCL-23",
    applies: here(),
    reads: { queue },
    holds: ({ queue: q }) => q.state === "accepting",
  }),
  always({
    id: "PCL-11",
    statement: "No answer is caused by a stop marker.",
    source: hardwareRule("S10; core I3"),
    witness: "PCL-25",
    applies: here(marks),
    reads: { service },
    holds: ({ service: s }) => s.state !== "answering" || !s.context.members.some(looksLikeStopMarker),
  }),
  always({
    id: "PCL-12",
    statement: "Software reads each record that hardware announces, and no other.",
    source: hardwareRule("S13; H30"),
    witness: "PCL-23",
    applies: here(),
    reads: { memory },
    holds: ({ memory: m }) => !m.context.wrong,
  }),
  leadsTo({
    id: "PCL-13",
    statement: "Whoever waits for an answer gets one, or loses the interface.",
    source: hardwareRule("L1; H18, H19, H38"),
    witness: "PCL-20",
    applies: here(),
    reads: { user },
    when: ({ user: u }) => u.state === "waiting",
    eventually: ({ user: u }) => u.state !== "waiting",
    assumes: ALL,
  }),
  leadsTo({
    id: "PCL-14",
    statement: "Whoever is told to stop comes to a stop.",
    source: hardwareRule("L8; 2.6"),
    witness: "PCL-26",
    applies: here(stops),
    reads: { user },
    when: ({ user: u }) => u.context.stopping && u.state !== "stopped",
    eventually: ({ user: u }) => u.state === "stopped",
    assumes: ALL,
  }),
  leadsTo({
    id: "PCL-15",
    statement: "An interface that was turned off says in the end that it is stopped, and is turned on again.",
    source: hardwareRule("L8; 2.4"),
    witness: "PCL-24",
    applies: here((host, bounds) => restarts(host, bounds) && host.configTrap === "emulated"),
    reads: { control },
    when: ({ control: c }) => c.state !== "idle",
    eventually: ({ control: c }) => c.state === "idle",
    assumes: ALL,
  }),
  canAlways({
    id: "PCL-16",
    statement: "The interface can always work again, with all of its credits.",
    source: hardwareRule("L6; H5"),
    witness: "PCL-20",
    applies: here(),
    reads: { port },
    holds: ({ port: p }) => p.state === "enabled" && !isFailed(p) && p.context.credits === p.context.allocation,
  }),
  canAlways({
    id: "PCL-17",
    statement: "Whoever asks can always have a group answered again.",
    source: hardwareRule("L1, L6"),
    witness: "PCL-20",
    applies: here(),
    reads: { user, service },
    holds: ({ user: u, service: s }) =>
      u.state === "waiting" &&
      s.state === "answering" &&
      s.context.members.some(({ device, pasid }) => device === u.context.device && pasid === u.context.pasid),
  }),
  canAlways({
    id: "PCL-18",
    statement: "Software can always be rid of all partial faults.",
    source: coreRule("L4"),
    witness: "PCL-22",
    applies: here(groups),
    reads: { service },
    holds: ({ service: s }) => s.context.partial.length === 0,
  }),
  leadsTo({
    id: "PCL-19",
    statement: "A stop marker is consumed, and whoever sent it may start again.",
    source: hardwareRule("2.6, L8"),
    witness: "PCL-25",
    applies: here(marks),
    reads: { user },
    when: ({ user: u }) => u.context.marked,
    eventually: ({ user: u }) => !u.context.marked,
    assumes: ALL,
  }),
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
    applies: here(groups),
    reads: { port, service },
    holds: ({ port: p, service: s }) =>
      p.context.groups.some(({ sent, size }) => sent < size) && s.context.partial.length > 0,
  }),
  sometimes({
    id: "PCL-22",
    statement: "Software handles a group of several requests.",
    source: coreRule("1.2"),
    applies: here(groups),
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
