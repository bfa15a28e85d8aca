/**
 * Four cells of a factory that pass pallets on: from the first to the second and third together, from these to the fourth.
 *
 * Models  G. Ciardo and M. Tilgner, On the use of Kronecker operators for the solution of generalized stochastic Petri nets,
 *         as in the case studies of PRISM (prismmodelchecker.org/casestudies/kanban.php). A cell has a number of tickets, and
 *         each pallet in it needs one.
 * Omits   nothing.
 */
import { assign, emit, setup } from "xstate";
import type { Rates } from "../../measure/rates.ts";
import { call, defineSystem, type System } from "../../system.ts";
import { exponential } from "./rate.ts";

interface CellContext {
  readonly tickets: number;
  /** Pallets that are worked on, that wait to be worked on again, and that are done. */
  readonly working: number;
  readonly again: number;
  readonly done: number;
}

type Place = "working" | "again" | "done";
const holds =
  (place: Place) =>
  ({ context }: { readonly context: CellContext }): boolean =>
    context[place] > 0;
const moved =
  (from: Place | undefined, to: Place | undefined) =>
  ({ context }: { readonly context: CellContext }): Partial<CellContext> => ({
    ...(from && { [from]: context[from] - 1 }),
    ...(to && { [to]: context[to] + 1 }),
  });

const cell = setup({
  types: {
    context: {} as CellContext,
    events: {} as { type: "cell.reworks" | "cell.finishes" | "cell.returns" | "cell.starts" | "cell.ends" },
    input: {} as { tickets: number },
  },
}).createMachine({
  id: "cell",
  context: ({ input }) => ({ ...input, working: 0, again: 0, done: 0 }),
  on: {
    "cell.starts": {
      guard: ({ context: { tickets, working, again, done } }) => working + again + done < tickets,
      actions: assign(moved(undefined, "working")),
    },
    "cell.reworks": { guard: holds("working"), actions: assign(moved("working", "again")) },
    "cell.returns": { guard: holds("again"), actions: assign(moved("again", "working")) },
    "cell.finishes": { guard: holds("working"), actions: assign(moved("working", "done")) },
    "cell.ends": { guard: holds("done"), actions: assign(moved("done", undefined)) },
  },
});

/** Takes pallets from some cells to others, all at once or not at all. */
const carrier = setup({
  types: {
    context: {} as { readonly from: readonly string[]; readonly to: readonly string[] },
    events: {} as { type: "carrier.moves" },
    emitted: {} as { type: "cell.ends" | "cell.starts"; of: readonly string[] },
    input: {} as { from: readonly string[]; to: readonly string[] },
  },
}).createMachine({
  id: "carrier",
  context: ({ input }) => input,
  on: {
    "carrier.moves": {
      actions: [
        emit(({ context }) => ({ type: "cell.ends" as const, of: context.from })),
        emit(({ context }) => ({ type: "cell.starts" as const, of: context.to })),
      ],
    },
  },
});

const OWN = ["cell.reworks", "cell.returns", "cell.finishes"].map((type) => ({ type }));
const CARRIERS = {
  in: { from: [], to: ["cell1"] },
  split: { from: ["cell1"], to: ["cell2", "cell3"] },
  join: { from: ["cell2", "cell3"], to: ["cell4"] },
  out: { from: ["cell4"], to: [] },
};

export const kanbanSystem = (tickets: number): System =>
  defineSystem({
    name: "kanban",
    parameters: { tickets },
    components: {
      ...Object.fromEntries(
        [1, 2, 3, 4].map((k) => [`cell${k}`, { machine: cell, role: `cell${k}`, events: OWN, input: { tickets } }]),
      ),
      ...Object.fromEntries(
        Object.entries(CARRIERS).map(([name, input]) => [
          name,
          { machine: carrier, role: name, events: [{ type: "carrier.moves" }], input },
        ]),
      ),
    },
    routes: Object.keys(CARRIERS).map((role) =>
      call(role, ["cell.ends", "cell.starts"], (message) => message["of"] as readonly string[], "block"),
    ),
    properties: [],
  });

const CELLS = [
  { redo: 0.36, ok: 0.84 },
  { redo: 0.42, ok: 0.98 },
  { redo: 0.39, ok: 0.91 },
  { redo: 0.33, ok: 0.77 },
];

export const kanbanRates: Rates = {
  name: "kanban",
  rules: [
    exponential("in: carrier.moves", 1),
    exponential("split: carrier.moves", 0.4),
    exponential("join: carrier.moves", 0.5),
    exponential("out: carrier.moves", 0.9),
    ...CELLS.flatMap(({ redo, ok }, k) => [
      exponential(`cell${k + 1}: cell.reworks`, redo),
      exponential(`cell${k + 1}: cell.returns`, 0.3),
      exponential(`cell${k + 1}: cell.finishes`, ok),
    ]),
  ],
};
