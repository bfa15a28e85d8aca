/** `lru-limit`: one thread that serves faults in order of arrival, in place of the IOPF core and its workers. */
import { emit, setup } from "xstate";
import type { Message } from "../../checker/json.ts";
import { call, defineSystem, type Component } from "../../checker/system.ts";
import type { Fault } from "../machines/linux/include/iommu.ts";
import { faultEntry } from "../machines/linux/vfio/iopf/fault-entry.ts";
import { faultWorker, faultWorkerSteps } from "../machines/linux/vfio/iopf/fault-worker.ts";
import { faultService, faultServiceSteps } from "../machines/linux/vfio/iopf/limit/fault-service.ts";
import { range } from "../systems/configuration.ts";
import { workerName } from "../systems/studies/lru-limit-routes.ts";
import { core61 } from "./core-6.1.ts";
import { core612, type CoreBounds, type CorePart } from "./core.ts";
import { mark, type ComparedSide, type Cut, type Shows } from "./cut.ts";
import { requesting } from "./environment.ts";

const parts = setup({
  types: {
    context: {} as { readonly pages: readonly number[] },
    events: {} as Message,
    emitted: {} as Message,
  },
});

/** Resolves the pages of one group after the other, some time after it was asked. */
const resolver = (): Component => ({
  machine: parts.createMachine({
    id: "page-resolver",
    context: { pages: [] },
    initial: "idle",
    states: {
      idle: { on: { "resolver.starts": { target: "resolving" } } },
      resolving: {
        on: {
          "resolver.ends": {
            target: "idle",
            actions: emit(({ event }) => ({ type: "resolver.done", code: event["code"]! })),
          },
        },
      },
    },
    on: { "response.sent": {} },
  }),
  role: "page-resolver",
  events: ["success", "invalid"].map((code) => ({ type: "resolver.ends", code })),
});

const resolverOf = (_: Message, worker: string): string => worker.replace("worker", "resolver");

/** What VFIO would do with groups of 6.12: it queues work, and workers of the queue resolve group by group. */
function vfioWorkers(bounds: CoreBounds): CorePart {
  const groups = range(bounds.indices).map((group) => ({ device: 0, group }));
  return {
    components: {
      handler: { machine: faultEntry, role: "handler" },
      ...Object.fromEntries(
        range(bounds.workers).flatMap((worker): readonly (readonly [string, Component])[] => [
          [
            `worker${worker}`,
            {
              machine: faultWorker,
              input: { name: `worker${worker}` },
              role: "responder",
              events: faultWorkerSteps(groups),
            },
          ],
          [`resolver${worker}`, resolver()],
        ]),
      ),
    },
    routes: [
      call("handler", ["work.queues"], "param"),
      call("handler", ["work.begins"], "queue"),
      call("handler", ["handler.returns"], "reporter"),
      call("handler", ["work.given"], ({ by }) => String(by)),
      call("responder", ["work.takes"], "handler", "block"),
      call("responder", ["resolver.starts", "response.sent"], resolverOf),
      call("responder", ["group.responds", "group.frees"], "param"),
      call("responder", ["work.done"], "queue"),
      call("page-resolver", ["resolver.done"], (_, name) => name.replace("resolver", "worker")),
    ],
  };
}

/** A request is complete with the last one of its group. */
const request = (message: Message) => {
  const { grp, last } = message["fault"] as Fault;
  return last ? mark("request", { grp }) : null;
};
const serves = (faults: readonly Fault[]) => mark("serves", { pages: faults.map(({ page }) => page) });
const response = ({ grp, code, last }: Message) =>
  last === false ? null : mark("response", { grp: grp!, code: code! });

const IN_612: Shows = {
  "work.given": ({ members }) => serves(members as unknown as readonly Fault[]),
  "driver.page-response": response,
};
const IN_61: Shows = {
  "worker.resolves": ({ member }) => serves([member as unknown as Fault]),
  "driver.page-response": response,
};
const REQUESTS: Shows = { "pri.request": request };

/** Makes one request of all requests of a group, and of the response one to its last request. */
const collector: Component = {
  machine: parts.createMachine({
    id: "collector",
    context: { pages: [] },
    on: {
      "pri.request": [
        {
          guard: ({ event }) => !(event["fault"] as Fault).last,
          actions: parts.assign({ pages: ({ context, event }) => [...context.pages, (event["fault"] as Fault).page] }),
        },
        {
          actions: [
            parts.emit(({ context, event }) => ({
              type: "fault.requests",
              device: (event["fault"] as Fault).grp,
              pages: [...context.pages, (event["fault"] as Fault).page],
            })),
            parts.assign({ pages: [] }),
          ],
        },
      ],
      "fault.response": { actions: parts.emit(({ event: { device } }) => ({ type: "pri.response", prgi: device! })) },
    },
  }),
  role: "collector",
};

/** A group index of the core is a device here: each has one group at a time. */
function standIn(bounds: CoreBounds): ComparedSide {
  const devices = range(bounds.indices);
  const pages = range(bounds.partials + 1);
  const system = defineSystem({
    name: "fault-service",
    parameters: { ...bounds },
    components: {
      ...requesting(bounds),
      ...Object.fromEntries(devices.map((grp) => [`collector${grp}`, collector])),
      ...Object.fromEntries(
        range(bounds.workers).flatMap((worker): readonly (readonly [string, Component])[] => [
          [
            workerName("service", worker),
            {
              machine: faultService,
              role: "service",
              input: {
                name: workerName("service", worker),
                shortage: "invalid",
                grants: false,
                pairs: pages.map(() => null),
              },
              events: faultServiceSteps,
            },
          ],
          [workerName("resolver", worker), resolver()],
        ]),
      ),
    },
    routes: [
      call("device", ["pri.request"], (_, name) => name.replace("device0.", "collector")),
      call("collector", ["fault.requests"], ({ device }) =>
        workerName("service", bounds.workers > 1 ? Number(device) : 0),
      ),
      call("collector", ["pri.response"], ({ prgi }) => `device0.${Number(prgi)}`),
      call("service", ["resolver.starts", "response.sent"], (_, name) => name.replace("service", "resolver")),
      call("service", ["fault.response"], ({ device }) => `collector${Number(device)}`),
      call("page-resolver", ["resolver.done"], (_, name) => name.replace("resolver", "service")),
    ],
    properties: [],
    deadlock: "allowed",
  });
  return {
    system,
    shows: {
      "resolver.starts": ({ pages: served }) => mark("serves", { pages: served! }),
      "fault.response": ({ device, code }) => mark("response", { grp: device!, code: code! }),
    },
  };
}

const ONE: CoreBounds = {
  indices: 2,
  partials: 1,
  workers: 1,
  discards: false,
  removal: "never",
  allocations: "succeed",
};

/** `ordered`: the moment of a request is compared too. */
function serviceCut(name: string, tree: "6.1" | "6.12", bounds: CoreBounds, ordered: boolean, within: string): Cut {
  const requests = ordered ? REQUESTS : {};
  return {
    name,
    systems: ["lru-limit"],
    standIn: ["fault-service"],
    detailed:
      tree === "6.12"
        ? ["reporter", "attach-handles", "fault-param", "iopf-queue", "fault-entry", "fault-worker"]
        : ["reporter", "device-fault-data", "queue-iopf", "iopf-queue", "iopf-worker"],
    says: {
      ...(ordered ? { request: "the group of device {grp} is complete" } : {}),
      serves: "pages {pages} of a group are to be resolved",
      response: "device {grp} gets the response {code}",
    },
    within: `Linux ${tree}. ${within}`,
    compare: () => ({
      detailed:
        tree === "6.12"
          ? { ...core612(bounds, vfioWorkers(bounds)), shows: { ...IN_612, ...requests } }
          : { ...core61(bounds), shows: { ...IN_61, ...requests } },
      simple: ((side) => ({ ...side, shows: { ...side.shows, ...requests } }))(standIn(bounds)),
      limits: { pairs: 40_000, simple: 20_000 },
    }),
    forbidden: [
      ...(ordered ? [mark("request", { grp: 0 })] : []),
      mark("serves", { pages: [0] }),
      mark("response", { grp: 0, code: "success" }),
      mark("response", { grp: 0, code: "success" }),
    ],
  };
}

export const faultServiceCuts: readonly Cut[] = [
  serviceCut(
    "fault-service/6.1",
    "6.1",
    { ...ONE, partials: 0 },
    false,
    "Two devices with groups of one page, one worker. The order in which groups arrive is not compared.",
  ),
  serviceCut(
    "fault-service",
    "6.12",
    ONE,
    false,
    "Two devices with groups of at most two pages, one worker. The order in which groups arrive is not compared.",
  ),
  serviceCut(
    "fault-service/workers",
    "6.12",
    { ...ONE, partials: 0, workers: 2 },
    true,
    "Two devices with groups of one page, two workers (workers=2 of lru-limit).",
  ),
];
