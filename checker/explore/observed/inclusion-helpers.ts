/** Which lanes may matter for the next step of a lane: a guess, which saves an inclusion most of its states. */

/** What the guess needs to know of a search. */
export interface Moving<Member, Step> {
  /** Steps that can be tried, of one lane. */
  readonly tries: (member: Member, lane: string) => readonly Step[];
  /** The member after the step, if it can be taken. */
  readonly after: (member: Member, step: Step) => Member | undefined;
  readonly key: (member: Member) => string;
}

interface Tried {
  readonly lane: string;
  readonly touches: readonly string[];
  readonly refused?: true;
}

/** States of one lane that is looked at alone. */
const MOST_ALONE = 48;

/**
 * Other lanes whose steps may matter for the next step of the lane: alone, they come to touch what it touches, or what
 * such a lane touches. A lane that waits for another one may matter. Undefined: all of them.
 */
export function helpersOf<Member, Step extends Tried>(
  from: Member,
  tried: readonly Step[],
  lane: string,
  moving: Moving<Member, Step>,
): ReadonlySet<string> | undefined {
  const wanted = new Set(tried.flatMap((step) => (step.lane === lane ? step.touches : [])));
  if (wanted.size === 0) return undefined;
  const others = new Map<string, Alone>();
  for (const { lane: other } of tried)
    if (other !== lane && !others.has(other)) others.set(other, alone(from, other, moving));
  const helpers = new Set<string>();
  for (let grows = true; grows;) {
    grows = false;
    for (const [other, { parts, waits }] of others) {
      if (helpers.has(other) || !(waits || [...parts].some((part) => wanted.has(part)))) continue;
      helpers.add(other);
      for (const part of parts) wanted.add(part);
      grows = true;
    }
  }
  return helpers;
}

/** What the lane comes to touch while no other lane moves, and whether it comes to wait for another one. */
interface Alone {
  readonly parts: ReadonlySet<string>;
  readonly waits: boolean;
}

function alone<Member, Step extends Tried>(from: Member, lane: string, moving: Moving<Member, Step>): Alone {
  const parts = new Set<string>();
  const seen = new Set([moving.key(from)]);
  const members = [from];
  let waits = false;
  for (let index = 0; index < members.length; index++) {
    const member = members[index]!;
    for (const step of moving.tries(member, lane)) {
      if (step.lane !== lane) continue;
      if (step.refused) waits = true;
      const after = moving.after(member, step);
      if (after !== undefined || step.refused) for (const part of step.touches) parts.add(part);
      const key = after === undefined ? undefined : moving.key(after);
      if (key === undefined || seen.has(key)) continue;
      seen.add(key);
      members.push(after!);
      if (members.length > MOST_ALONE) return { parts, waits: true };
    }
  }
  return { parts, waits };
}
