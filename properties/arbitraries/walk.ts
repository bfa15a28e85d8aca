/** A random walk through a random configuration, as one value that fast-check draws and shrinks. */
import type fc from "fast-check";
import { Memo } from "../../checker/explore/random/random-memo.ts";
import { tape } from "../../checker/explore/random/random-tape.ts";
import type { Tape } from "../../checker/explore/random/random-walk.ts";
import type { Property } from "../../checker/property.ts";
import type { System } from "../../checker/system.ts";
import { build, type Request } from "../build.ts";

export interface DrawnWalk {
  readonly request: Request;
  /** Core and judge of the system that was requested. */
  readonly memo: Memo;
  readonly entries: Tape;
}

/** The system that is requested, with only some properties of the catalogue: others cost time and are shown elsewhere. */
export const buildWith = (request: Request, keep: (property: Property) => boolean): System => {
  const system = build(request);
  return { ...system, properties: system.properties.filter(keep) };
};

/** Walks of at most `maxLength` steps; the configuration shrinks first, then steps are left out. */
export const anyWalk = (
  requests: fc.Arbitrary<Request>,
  maxLength: number,
  keep: (property: Property) => boolean,
): fc.Arbitrary<DrawnWalk> =>
  requests.chain((request) => {
    const system = buildWith(request, keep);
    const memo = new Memo(system);
    return tape(system, { maxLength }, memo).map(
      (entries) => ({ request, memo, entries }),
      (walk) => (walk as DrawnWalk).entries,
    );
  });
