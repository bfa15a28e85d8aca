/** One device with PRI and a flat (one-stage) translation: the path of a fault from the device to VFIO and back. */
import { defineSystem, type System } from "../../checker/system.ts";
import type { Property } from "../../checker/property.ts";
import { parametersOf, type Configuration } from "./configuration.ts";
import { faultCore } from "./fault-core.ts";
import { hostSide } from "./host-side.ts";
import { priPath } from "./pri-path.ts";

export function priSystem(name: string, configuration: Configuration, properties: readonly Property[]): System {
  const parts = [priPath(configuration), faultCore(configuration), hostSide(configuration, "pri")];
  return defineSystem({
    name,
    parameters: parametersOf(configuration),
    components: Object.assign({}, ...parts.map((part) => part.components)),
    channels: Object.assign({}, ...parts.map((part) => part.channels)),
    routes: parts.flatMap(({ routes }) => routes),
    prologue: parts.flatMap(({ prologue }) => prologue),
    properties,
  });
}
