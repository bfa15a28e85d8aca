/** A system, checked when it is built: what it would take for a verdict to mean nothing is refused here, not met later. */
import { checkClaims } from "./explore/claims/claims.ts";
import { checkWiring } from "./wiring-checks.ts";
import { nearestOf } from "./nearest.ts";
import {
  ModelError,
  type Action,
  type Call,
  type FairnessClass,
  type Route,
  type Send,
  type System,
  type SystemDefinition,
  type Unhandled,
} from "./wiring.ts";

export * from "./wiring.ts";

/**
 * Checks wiring and claims once and lists the action universe.
 *
 * @throws ModelError for a name that is none, with the nearest ones, and for a claim that could never be evaluated.
 */
export function defineSystem(definition: SystemDefinition): System {
  const { components, channels = {}, routes } = definition;
  checkWiring(definition);
  const componentNames = Object.keys(components);
  const channelNames = Object.keys(channels);
  const table = new Map<string, Route>();
  for (const route of routes) for (const type of route.types) table.set(`${route.from}\n${type}`, route);
  const actions: Action[] = [];
  for (const name of componentNames)
    for (const event of components[name]?.events ?? []) actions.push({ kind: "event", component: name, event });
  for (const channel of channelNames) actions.push({ kind: "deliver", channel });
  for (const { name, actions: belongs } of Object.values(definition.fairness ?? {}).flat())
    if (!actions.some(belongs)) {
      const known = actions.map((it) => (it.kind === "deliver" ? it.channel : `${it.component}: ${it.event.type}`));
      const near = nearestOf(name, [...new Set([...componentNames, ...known])]);
      throw new ModelError(`No action of the universe is in the fairness class "${name}".${near}`);
    }
  const system: System = {
    ...definition,
    componentNames,
    channelNames,
    actions,
    route: (sender, type) => {
      const role = components[sender]?.role;
      const route = table.get(`${role}\n${type}`);
      if (route) return route;
      const near = nearestOf(
        `${role} ${type}`,
        routes.flatMap(({ from, types }) => types.map((one) => `${from} ${one}`)),
      );
      throw new ModelError(`"${sender}" (role "${role}") emits "${type}", but no route takes it.${near}`);
    },
  };
  checkClaims(system);
  return system;
}

/** Shorthands for wiring. */
export const call = (
  from: string,
  types: readonly string[],
  to: string | Call["to"],
  unhandled: Unhandled = "error",
): Call => ({ kind: "call", from, types, to: typeof to === "string" ? () => to : to, unhandled });

export const send = (from: string, types: readonly string[], via: string | Send["via"]): Send => ({
  kind: "send",
  from,
  types,
  via: typeof via === "string" ? () => via : via,
});

/** The component keeps taking the steps of its own, or those of the types named. */
export const takesSteps = (
  component: string,
  kind: FairnessClass["kind"] = "weak",
  types?: readonly string[],
): FairnessClass => ({
  name: types ? `${component}: ${types.join(", ")}` : component,
  kind,
  actions: (action) =>
    action.kind === "event" && action.component === component && (types?.includes(action.event.type) ?? true),
});

/** The channel keeps delivering. */
export const delivers = (channel: string, kind: FairnessClass["kind"] = "weak"): FairnessClass => ({
  name: channel,
  kind,
  actions: (action) => action.kind === "deliver" && action.channel === channel,
});
