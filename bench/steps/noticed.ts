/** What the project notices of a list of steps that stands in its table in place of the right one. */
import { studies } from "../../model/systems/studies/index.ts";
import { parametersFor, type Request } from "../../properties/build.ts";
import { departures } from "../../properties/departures/index.ts";
import { suite } from "../../properties/suite.ts";
import { noticedWhere, noticesWhere, type Notice } from "../mutants/check/noticed.ts";
import { TABLES, type Table } from "./tables.ts";
import type { Variant } from "./variants.ts";

type Order = Pick<Variant, "knob" | "order">;

type Values = { readonly [knob: string]: unknown };

const tableOf = (knob: string): Table => TABLES.find((table) => table.knob === knob)!;

/** Whether the system of the request takes its steps from this list. */
function has(request: Request, { knob, order }: Order): boolean {
  const { host, bounds } = parametersFor(request) as { readonly host: Values; readonly bounds: Values };
  const { system, needs } = tableOf(knob);
  if (system === undefined ? host[knob] !== order : request.system !== system) return false;
  return needs === undefined || !Object.hasOwn(bounds, needs) || Boolean(bounds[needs]);
}

const hasDesign = ({ knob, order }: Order): boolean =>
  studies.some(({ hosts }) => Object.values(hosts).some(({ design }) => (design as Values)[knob] === order));

const known = new Map<string, boolean>();

/** Whether a design has this list, or a run of the suite. Only deliberate defects and questions have the others. */
export function isOfDesign(list: Order): boolean {
  const name = `${list.knob}=${list.order}`;
  const is = known.get(name) ?? (hasDesign(list) || suite("small").some((run) => has(run, list)));
  known.set(name, is);
  return is;
}

/** Whether a deliberate defect is this list. */
export const isDefect = ({ knob, order }: Order): boolean => departures.some(({ when }) => when[knob] === order);

/** Asks with other steps in the table, and puts the list back. */
function among<T>({ knob, order, steps }: Variant, ask: () => T): T {
  const { lists } = tableOf(knob);
  const own = lists[order]!;
  lists[order] = steps;
  try {
    return ask();
  } finally {
    lists[order] = own;
  }
}

/** A system reads its lists when it is built and while it runs; nothing keeps them from one search to the next. */
export const noticedOf = (variant: Variant): Notice | null =>
  among(variant, () => noticedWhere((request) => has(request, variant)));

/** Whether anything notices it, without asking whether a claim does. */
export const isNoticed = (variant: Variant): boolean =>
  among(variant, () => noticesWhere((request) => has(request, variant)).next().done !== true);
