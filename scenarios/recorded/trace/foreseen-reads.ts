/**
 * Which fault queue a read was of, as far as the whole trace tells. A read takes the groups that its queue got first, and each
 * gets the lowest cookie that is free there; with which cookie a group is answered a later line says. Several ways to assign
 * the reads are followed side by side, and those whose cookies fit best are kept.
 *
 * This only guides the search: what a cookie is the machine of the fault queue says.
 */

/** A group that a queue got. Numbers are lines. */
export interface QueuedGroup {
  readonly queue: number;
  /** The line that it was delivered on, and the moment until which that may have happened. */
  readonly delivered: number;
  readonly until: number;
  readonly records: number;
  /** With which it is answered; absent: it is not. */
  readonly cookie?: number;
  /** Between which its cookie was given back. */
  readonly returns?: readonly [from: number, until: number];
}

export interface Read {
  readonly begins: number;
  readonly returns: number;
  readonly room: number;
  readonly records: number;
}

/** What was read of a queue so far. */
interface Progress {
  readonly left: readonly QueuedGroup[];
  /** By cookie: the group that had it last. */
  readonly holders: ReadonlyMap<number, QueuedGroup>;
}

interface Assignment {
  readonly score: number;
  readonly queues: readonly Progress[];
  readonly reads: { readonly read: Read; readonly queue: number; readonly before: Assignment["reads"] } | undefined;
}

/** Assignments that are followed side by side. */
const MOST = 16;
/** Groups that may have been delivered in another order. */
const NEAR = 4;
const WRONG = -2;

export interface AssignedReads {
  /** How well the cookies fit. */
  readonly score: number;
  /** By the line with which it begins: the queue of a read. */
  readonly queues: ReadonlyMap<number, number>;
}

export function assignReads(groups: readonly QueuedGroup[], reads: readonly Read[]): AssignedReads {
  const count = 1 + Math.max(-1, ...new Set(groups.map(({ queue }) => queue)));
  const ofQueue = Array.from({ length: count }, (_, queue) => groups.filter((group) => group.queue === queue));
  const fresh = ofQueue.map((left): Progress => ({ left, holders: new Map() }));
  let kept: readonly Assignment[] = [{ score: 0, queues: fresh, reads: undefined }];
  for (const read of [...reads].sort((a, b) => a.returns - b.returns)) {
    const next = kept.flatMap((one) => {
      const ways = one.queues.map((progress, queue): Assignment => {
        const { score, after } = readOf(progress, read);
        return {
          score: one.score + score,
          queues: one.queues.with(queue, after),
          reads: { read, queue, before: one.reads },
        };
      });
      // One that took nothing leaves all as it was.
      return read.records > 0 ? ways : ways.sort((a, b) => b.score - a.score).slice(0, 1);
    });
    if (next.length > 0) kept = next.sort((a, b) => b.score - a.score).slice(0, MOST);
  }
  const found = new Map<number, number>();
  for (let at = kept[0]!.reads; at; at = at.before) found.set(at.read.begins, at.queue);
  return { score: kept[0]!.score, queues: found };
}

/** How well the read fits, and what it leaves. */
function readOf({ left, holders }: Progress, read: Read): { readonly score: number; readonly after: Progress } {
  const remaining = [...left];
  const held = new Map(holders);
  // The mutex is held meanwhile: no cookie below the last one becomes free.
  let last = -1;
  const isFitting = ({ cookie, returns }: QueuedGroup): boolean =>
    cookie === undefined || (cookie > last && (returns?.[1] ?? Infinity) > read.begins && fits(cookie, held, read));
  let [score, records] = [0, 0];
  while (records < read.records) {
    const there = remaining.slice(0, NEAR).filter(({ delivered }) => delivered < read.returns);
    const near = there.filter(({ delivered }) => delivered <= there[0]!.until);
    const group = near.find(isFitting) ?? near[0];
    if (!group)
      return { score: score + 2 * WRONG * (read.records - records), after: { left: remaining, holders: held } };
    const { cookie } = group;
    if (cookie !== undefined) {
      score += isFitting(group) ? 1 : WRONG;
      held.set(cookie, group);
      last = cookie;
    }
    remaining.splice(remaining.indexOf(group), 1);
    records += group.records;
  }
  const [next] = remaining;
  if (next && next.until < read.begins && records + next.records <= read.room) score += WRONG;
  return { score, after: { left: remaining, holders: held } };
}

/** The cookie may be free, and those below it may be in use. */
function fits(cookie: number, holders: ReadonlyMap<number, QueuedGroup>, { begins, returns }: Read): boolean {
  const holder = holders.get(cookie);
  if (holder && (holder.returns?.[0] ?? Infinity) > returns) return false;
  for (let lower = 1; lower < cookie; lower++) {
    const other = holders.get(lower);
    if (!other || (other.returns?.[1] ?? Infinity) < begins) return false;
  }
  return true;
}
