/** How many states a run searches: what `--count` asks for. Only this part of `impact` loads the search. */
import { startExhaustive } from "../../checker/explore/exhaustive.ts";
import { defineSystem } from "../../checker/system.ts";
import { partsOf, type Request } from "../../properties/build.ts";
import { COUNTED } from "./commands-for.ts";

/** Undefined: more than COUNTED. States do not depend on what is judged of them, and counting alone is a few times faster. */
export function statesOf(request: Request): number | undefined {
  const system = defineSystem({ ...partsOf(request), properties: [] });
  const search = startExhaustive(system, { maxStates: COUNTED });
  while (search.advance(COUNTED));
  return search.complete ? search.store.count : undefined;
}
