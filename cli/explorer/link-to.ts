/** The part of an address behind "#" that shows a path of a run. */
import { modelRecord } from "../../checker/explore/exhaustive.ts";
import { build, type Request } from "../../properties/build.ts";
import { hashOf, optionsOf } from "./link.ts";
import type { StoredPath } from "./stored-path.ts";

export function linkTo(request: Request, pathIn: StoredPath["path"]): string {
  const system = build(request);
  const path = pathIn(system);
  return hashOf({
    system: request.system,
    options: optionsOf(request),
    fingerprint: modelRecord(system, request).fingerprint,
    path,
    at: path.steps.length,
  });
}
