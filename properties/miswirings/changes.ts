/**
 * Deliberate defects that no knob names: a call that is made twice or never, a component with another input.
 * Only the wiring changes, so that no rule of a machine is copied.
 */
import type { Json } from "../../checker/json.ts";
import { defineSystem, type Route, type System } from "../../checker/system.ts";

type Receivers = string | readonly string[];
const list = (receivers: Receivers): readonly string[] => (typeof receivers === "string" ? [receivers] : receivers);

/** The system in which the calls of one type that a role makes reach other receivers. */
function rerouted(
  system: System,
  from: string,
  type: string,
  receivers: (usual: readonly string[]) => readonly string[],
): System {
  let found = false;
  const routes = system.routes.flatMap((route): readonly Route[] => {
    if (route.kind !== "call" || route.from !== from || !route.types.includes(type)) return [route];
    found = true;
    const others = route.types.filter((other) => other !== type);
    const changed: Route = {
      ...route,
      types: [type],
      to: (message, sender) => receivers(list(route.to(message, sender))),
      // The second of two calls may come when nobody waits for it any more.
      unhandled: route.unhandled === "error" ? "drop" : route.unhandled,
    };
    return others.length > 0 ? [{ ...route, types: others }, changed] : [changed];
  });
  if (!found) throw new Error(`In "${system.name}" role "${from}" makes no call "${type}".`);
  return defineSystem({ ...system, routes });
}

export const madeTwice = (from: string, type: string) => (system: System) =>
  rerouted(system, from, type, (usual) => [...usual, ...usual]);

export const neverMade = (from: string, type: string) => (system: System) => rerouted(system, from, type, () => []);

/** A part whose input differs in some fields. */
export const withInput = (component: string, fields: { readonly [field: string]: Json }) => (system: System) => {
  const part = system.components[component];
  if (!part) throw new Error(`"${system.name}" has no component "${component}".`);
  const input = { ...(part.input as { readonly [field: string]: Json }), ...fields };
  return defineSystem({ ...system, components: { ...system.components, [component]: { ...part, input } } });
};
