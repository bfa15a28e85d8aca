/**
 * Stations where jobs wait and are served: what the queues of textbooks are made of.
 *
 * Models  a source of jobs, and stations with room for so many of them. The source loses a job where the first station is
 *         full; a station whose next one is full waits with the job that it has served.
 * Omits   how long anything takes: rates say that (checker/measure/rates.ts).
 */
import { assign, enqueueActions, emit, setup } from "xstate";
import { call, defineSystem, type System } from "../system.ts";

interface StationContext {
  readonly jobs: number;
  /** Jobs that are being served. */
  readonly busy: number;
  readonly room: number;
  readonly servers: number;
  /** The station that a job goes to after this one. */
  readonly next: string | null;
}

const source = setup({
  types: { events: {} as { type: "source.sends" }, emitted: {} as { type: "job.comes" } },
}).createMachine({ id: "source", on: { "source.sends": { actions: emit({ type: "job.comes" as const }) } } });

const hasRoom = ({ context: { jobs, room } }: { readonly context: StationContext }): boolean => jobs < room;
const withJobs =
  (change: number) =>
  ({ context: { jobs, servers } }: { readonly context: StationContext }): Pick<StationContext, "jobs" | "busy"> => ({
    jobs: jobs + change,
    busy: Math.min(jobs + change, servers),
  });

const station = setup({
  types: {
    context: {} as StationContext,
    events: {} as { type: "job.comes" | "job.moves" | "station.serves" },
    emitted: {} as { type: "job.lost" | "job.done" } | { type: "job.moves"; to: string },
    input: {} as Omit<StationContext, "busy">,
  },
}).createMachine({
  id: "station",
  context: ({ input }) => ({ ...input, busy: Math.min(input.jobs, input.servers) }),
  on: {
    "job.comes": [{ guard: hasRoom, actions: assign(withJobs(1)) }, { actions: emit({ type: "job.lost" as const }) }],
    "job.moves": { guard: hasRoom, actions: assign(withJobs(1)) },
    "station.serves": {
      guard: ({ context }) => context.jobs > 0,
      actions: [
        assign(withJobs(-1)),
        enqueueActions(({ context: { next }, enqueue }) => {
          enqueue.emit(next === null ? { type: "job.done" } : { type: "job.moves", to: next });
        }),
      ],
    },
  },
});

/** Where jobs go that are done or lost. */
const outside = setup({ types: { events: {} as { type: "job.lost" | "job.done" } } }).createMachine({
  id: "outside",
  on: { "job.done": {}, "job.lost": {} },
});

export interface StationSize {
  readonly room: number;
  /** Default: 1. */
  readonly servers?: number;
  /** In the beginning; default: none. */
  readonly jobs?: number;
}

/** Stations in a row; `isClosed`: the last one gives its jobs to the first, and there is no source. */
export function stationsSystem(sizes: readonly StationSize[], { isClosed = false } = {}): System {
  const nameOf = (place: number): string => `station${place % sizes.length}`;
  return defineSystem({
    name: "stations",
    parameters: { sizes: sizes.map(({ room, servers = 1, jobs = 0 }) => ({ room, servers, jobs })), isClosed },
    components: {
      ...(!isClosed && { source: { machine: source, role: "source", events: [{ type: "source.sends" }] } }),
      ...Object.fromEntries(
        sizes.map(({ room, servers = 1, jobs = 0 }, place) => [
          nameOf(place),
          {
            machine: station,
            role: nameOf(place),
            events: [{ type: "station.serves" }],
            input: { room, servers, jobs, next: isClosed || place + 1 < sizes.length ? nameOf(place + 1) : null },
          },
        ]),
      ),
      outside: { machine: outside, role: "outside" },
    },
    routes: [
      ...(isClosed ? [] : [call("source", ["job.comes"], nameOf(0))]),
      ...sizes.flatMap((_, place) => [
        call(nameOf(place), ["job.moves"], (message) => String(message["to"]), "block"),
        call(nameOf(place), ["job.done", "job.lost"], "outside"),
      ]),
    ],
    properties: [],
  });
}
