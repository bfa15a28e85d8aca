/**
 * A server that goes round stations and serves those that wait.
 *
 * Models  O. C. Ibe and K. S. Trivedi, Stochastic Petri net models of polling systems, as in the case studies of PRISM
 *         (prismmodelchecker.org/casestudies/polling.php). Each station has room for one job.
 * Omits   nothing.
 */
import { assign, emit, setup } from "xstate";
import type { Rates } from "../../measure/rates.ts";
import { call, defineSystem, type System } from "../../system.ts";
import { exponential } from "./rate.ts";

interface ServerContext {
  readonly at: number;
  readonly stations: number;
}

type Passes = "passed" | "stopped" | "left";
const to =
  (type: Passes) =>
  ({ context }: { readonly context: ServerContext }) => ({ type, to: `station${context.at}` });
const next = ({ context: { at, stations } }: { readonly context: ServerContext }) => ({ at: (at + 1) % stations });

const server = setup({
  types: {
    context: {} as ServerContext,
    events: {} as { type: "server.moves" | "server.stops" | "server.finishes" },
    emitted: {} as { type: Passes; to: string },
    input: {} as { stations: number },
  },
}).createMachine({
  id: "server",
  context: ({ input }) => ({ ...input, at: 0 }),
  initial: "polling",
  states: {
    polling: {
      on: {
        "server.moves": { actions: [emit(to("passed")), assign(next)] },
        "server.stops": { target: "serving", actions: emit(to("stopped")) },
      },
    },
    serving: { on: { "server.finishes": { target: "polling", actions: [emit(to("left")), assign(next)] } } },
  },
});

const station = setup({
  types: { events: {} as { type: "station.calls" | Passes } },
}).createMachine({
  id: "station",
  initial: "idle",
  states: {
    idle: { on: { "station.calls": "waiting", passed: {} } },
    waiting: { on: { stopped: "served" } },
    served: { on: { left: "idle" } },
  },
});

const SERVER = ["server.moves", "server.stops", "server.finishes"].map((type) => ({ type }));

/** Of at least three stations. */
export const pollingSystem = (stations: number): System =>
  defineSystem({
    name: "polling",
    parameters: { stations },
    components: {
      server: { machine: server, role: "server", events: SERVER, input: { stations } },
      ...Object.fromEntries(
        Array.from({ length: stations }, (_, k) => [
          `station${k}`,
          { machine: station, role: ["first", "second"][k] ?? "other", events: [{ type: "station.calls" }] },
        ]),
      ),
    },
    routes: [call("server", ["passed", "stopped", "left"], (message) => String(message["to"]), "block")],
    properties: [],
  });

/** Their times, in which a job takes 1 on average. */
export const pollingRates = (stations: number): Rates => ({
  name: "polling",
  rules: [
    exponential("server: server.moves", 200),
    exponential("server: server.stops", 200),
    exponential("server: server.finishes", 1),
    ...["first", "second", "other"].map((role) => exponential(`${role}: station.calls`, 1 / stations)),
  ],
});
