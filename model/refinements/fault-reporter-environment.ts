/** What is around the report of a fault to VFIO: a device that stalls, the handler, and who registers it. */
import { emit, setup } from "xstate";
import type { Json, Message } from "../../checker/json.ts";
import type { Component } from "../../checker/system.ts";
import { ENODEV, OK, READ, type Fault } from "../machines/linux/include/iommu.ts";
import type { FaultReporterRules } from "../machines/linux/iommu/io-pgfault/fault-reporter.ts";

/** Whose messages a part of the environment sends and takes: the core of 6.1, or the focused model `rfc`. */
export type Of = "6.1" | "rfc";

const PAGES = [0, 1];
const EOPNOTSUPP = -95;
const fault = (page: Json): Fault => ({
  device: 0,
  pasid: null,
  grp: 0,
  page: Number(page),
  perm: READ,
  last: true,
  instance: 0,
});
const machines = setup({ types: { events: {} as Message, emitted: {} as Message } });

/** One access at a time: it stalls until its response, or ends in an event that is no page request. */
export const stallingDevice = (of: Of): Component => ({
  machine: machines.createMachine({
    id: "access",
    initial: "free",
    states: {
      free: {
        on: {
          "access.stalls": {
            target: "stalled",
            actions: emit(({ event: { page } }) =>
              of === "6.1"
                ? { type: "evtq.record", device: 0, stag: 0, page: page!, instance: 0 }
                : { type: "fault.records", device: 0, page: page!, recoverable: true },
            ),
          },
          "access.errs": {
            actions: emit(({ event: { page } }) =>
              of === "6.1"
                ? { type: "driver.reports-fault", fault: fault(page!), unrecoverable: true }
                : { type: "fault.records", device: 0, page: page!, recoverable: false },
            ),
          },
        },
      },
      stalled: { on: { "driver.page-response": { target: "free" }, "access.answered": { target: "free" } } },
    },
  }),
  role: "access",
  events: PAGES.flatMap((page) => [
    { type: "access.stalls", page },
    { type: "access.errs", page },
  ]),
});

/** VFIO registers and unregisters its handler whenever it likes. */
export const registrant = (of: Of): Component => {
  const calls = (verb: "registers" | "unregisters") =>
    of === "6.1"
      ? [emit({ type: `handler.${verb}`, device: 0, handler: "vfio" })]
      : [
          emit({ type: "lock.acquires", lock: "P0", owner: "registrant" }),
          emit({ type: `device.${verb}`, device: 0, by: "registrant", own: true }),
          emit({ type: "lock.releases", lock: "P0", owner: "registrant" }),
        ];
  return {
    machine: machines.createMachine({
      id: "registrant",
      on: {
        "vfio.registers": { actions: calls("registers") },
        "vfio.unregisters": { actions: calls("unregisters") },
        "handler.changed": {},
        "device.refused": {},
      },
    }),
    role: "registrant",
    events: [{ type: "vfio.registers" }, { type: "vfio.unregisters" }],
  };
};

/** The container of the group of the device: it is there or not, at any time. */
export const anyContainer: Component = {
  machine: machines.createMachine({
    id: "any-container",
    initial: "there",
    states: {
      there: {
        on: {
          "container.leaves": { target: "gone" },
          "container.gets": { actions: emit({ type: "container.got", found: true }) },
          "tree.finds": { actions: emit({ type: "tree.found", node: "filled" }) },
        },
      },
      gone: {
        on: {
          "container.joins": { target: "there" },
          "container.gets": { actions: emit({ type: "container.got", found: false }) },
          "tree.finds": { actions: emit({ type: "tree.found", node: "absent" }) },
        },
      },
    },
  }),
  role: "any-container",
  events: [{ type: "container.leaves" }, { type: "container.joins" }],
};

const RESPONSE = { device: 0, grp: 0, pasid: null, code: "success", version: 1, by: null };

const handlers = setup({
  types: { context: {} as { readonly page: Json }, events: {} as Message, emitted: {} as Message },
});
const returns = (result: number) => handlers.emit({ type: "handler.returns", device: 0, result });
const serves = handlers.emit(({ context: { page } }) => ({ type: "vfio.serves", page }));

/** In the core, all of vfio_iommu_dev_fault_handler(); it refuses what is no page request, and may find no container. */
const wholeHandler = (waits: boolean) =>
  handlers.createMachine({
    id: "whole-handler",
    context: { page: null },
    initial: "idle",
    states: {
      idle: {
        on: {
          "handler.called": [
            { guard: ({ event }) => event["unrecoverable"] === true, actions: returns(EOPNOTSUPP) },
            {
              target: "searching",
              actions: handlers.assign({ page: ({ event }) => (event["fault"] as Fault).page }),
            },
          ],
        },
      },
      searching: {
        on: {
          "handler.finds": { target: "serving", actions: waits ? serves : [serves, returns(OK)] },
          "handler.finds-nothing": { target: "idle", actions: returns(ENODEV) },
        },
      },
      serving: {
        on: {
          "handler.responds": {
            target: waits ? "answered" : "idle",
            actions: [
              handlers.emit({ type: "page.responds", ...RESPONSE }),
              handlers.emit({ type: "response.leaves", device: 0 }),
            ],
          },
        },
      },
      answered: { on: { "handler.ends": { target: "idle", actions: returns(OK) } } },
    },
    on: { "response.returns": {} },
  });

/** In `rfc`, what follows the lookup of the container. */
const restOfHandler = (waits: boolean) =>
  handlers.createMachine({
    id: "rest-of-handler",
    context: { page: null },
    initial: "idle",
    states: {
      idle: {
        on: {
          "handler.starts": {
            target: "serving",
            actions: [handlers.assign({ page: ({ event }) => event["page"]! }), serves],
          },
        },
      },
      serving: {
        on: {
          "handler.responds": {
            target: waits ? "answered" : "idle",
            actions: [
              handlers.emit({ type: "access.answered", device: 0, code: "success" }),
              handlers.emit({ type: "device.answers", device: 0 }),
            ],
          },
        },
      },
      answered: {
        on: { "handler.ends": { target: "idle", actions: handlers.emit({ type: "handler.done", device: 0 }) } },
      },
    },
  });

export const vfioHandler = (of: Of, handling: FaultReporterRules["handling"]): Component => {
  const waits = handling === "synchronous";
  const finds = ["finds", "finds-nothing"];
  const steps = [...(of === "6.1" ? finds : []), "responds", ...(waits ? ["ends"] : [])];
  return {
    machine: of === "6.1" ? wholeHandler(waits) : restOfHandler(waits),
    role: "handler",
    events: steps.map((step) => ({ type: `handler.${step}` })),
  };
};
