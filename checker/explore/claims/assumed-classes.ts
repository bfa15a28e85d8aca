/** Which fairness classes of its system a claim about the future rests on. */
import { ModelError, type FairnessClass, type System } from "../../system.ts";
import type { Instance } from "./instances.ts";

/** The classes that the property of the instance assumes of the system. */
export function classesFor(
  { fairness = {}, name }: Pick<System, "fairness" | "name">,
  { property }: Instance,
): readonly FairnessClass[] {
  const assumes = property.assumes ?? [];
  const missing = assumes.find((group) => !Object.hasOwn(fairness, group));
  if (missing !== undefined)
    throw new ModelError(`${property.id} assumes that "${missing}" is fair; "${name}" has no such group.`);
  return assumes.flatMap((group) => fairness[group]!);
}
