/**
 * A page request interface: the PRI capability of a function, shared by all that request pages through it (its PASIDs, or a
 * physical function and its virtual functions).
 *
 * Models  hardware facts 2.2 (the group rules G2 to G6), 2.3, 2.4, 2.7.
 *         Enable, Reset and Allocation; the last two change only while Enable is 0. Stopped. Credits.
 *         A response finds its outstanding group by index, or by PASID and index (PRG Response PASID Required). If it finds
 *         none the device sets UPRGI. A Response Failure needs no index, ends all groups, and silences the interface until
 *         Enable rises (S18). The response to a stale group only returns credits (2.6). The use count of an index is ghost
 *         state.
 * Omits   credits taken one by one, which prg-slot.ts has with pri-interface.ts: a group takes all of its credits at its start.
 *         A response to an open group is not treated as a failure: the facts allow both. After such a response, after one
 *         for another use of the index, or after one without the private data of the request, the interface sends no
 *         more requests, because no rule says what the device does. The facts leave open whether a group that is open when
 *         Enable falls is completed; here it is completed. UPRGI is never cleared, so that properties see it.
 */
import { assign, emit, setup } from "xstate";
import { clause, messages } from "../../said.ts";
import type { ResponseCode } from "../../units.ts";
import type {
  GroupKey,
  OutstandingGroup,
  PagePortContext,
  PagePortEmits,
  PagePortEvent,
  PagePortInput,
} from "./page-request-port-messages.ts";

const s = setup({
  types: {
    context: {} as PagePortContext,
    events: {} as PagePortEvent,
    emitted: {} as PagePortEmits,
    input: {} as PagePortInput,
  },
});

/** Ghost: the instance of a stop marker, which belongs to no group. */
const MARKER = -1;

type Key = { readonly device: number; readonly pasid: number | null; readonly prgi: number };

const groupOf = ({ groups }: PagePortContext, { user }: { user: number }): OutstandingGroup | undefined =>
  groups.find((group) => group.user === user && !group.stale);
/** The rule by which a response finds its group. */
const matching = ({ groups, needsPasid }: PagePortContext, key: Key): OutstandingGroup | undefined =>
  groups.find(
    ({ device, pasid, prgi }) => device === key.device && prgi === key.prgi && (!needsPasid || pasid === key.pasid),
  );
/** One live group for an index (G2), and credits for all of it. */
const mayBegin = (context: PagePortContext, key: Key, size: number): boolean =>
  matching(context, key) === undefined && context.credits >= size;

const used = (uses: readonly number[], users: readonly number[], instances: number): readonly number[] =>
  uses.map((use, user) => (users.includes(user) ? (use + 1) % instances : use));

function begun(context: PagePortContext, key: GroupKey, size: number): Partial<PagePortContext> {
  const { user, device, pasid, prgi, data } = key;
  const group = { user, device, pasid, prgi, data, size, sent: 1, stale: false, instance: context.uses[user]! };
  return { groups: [...context.groups, group], credits: context.credits - size };
}

const without = (context: PagePortContext, gone: OutstandingGroup): Partial<PagePortContext> => ({
  groups: context.groups.filter((group) => group !== gone),
  credits: context.credits + gone.size,
  uses: used(context.uses, [gone.user], context.instances),
});

/** All groups end without a response; their credits stay in use until a Reset. */
const withoutAll = ({ groups, uses, instances }: PagePortContext): Partial<PagePortContext> => ({
  groups: [],
  uses: used(
    uses,
    groups.map(({ user }) => user),
    instances,
  ),
});

/** Whether a Response Failure has silenced it. */
const isSilent = ({ failedBy, afterFailure }: PagePortContext): boolean =>
  failedBy !== null && afterFailure === "silent";
const works = ({ context }: { context: PagePortContext }): boolean =>
  !isSilent(context) && context.unexpected === "none";

const loseAll = s.enqueueActions(({ context, enqueue }) => {
  for (const { user, stale } of context.groups) if (!stale) enqueue.emit({ type: "user.loses", user });
});

const request = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "group.requests") return;
  const { user, device, pasid, prgi, data, size, mode } = event;
  const open = groupOf(context, event);
  const sent = open?.sent ?? 0;
  enqueue.emit({
    type: "pri.request",
    device,
    pasid,
    prgi,
    page: user * 4 + sent,
    read: true,
    write: true,
    last: sent + 1 === size,
    instance: open?.instance ?? context.uses[user]!,
    ...(data === null ? {} : { data }),
    ...(mode === undefined ? {} : { mode }),
  });
  enqueue.assign({ sentAfterFailure: context.sentAfterFailure || context.failedBy !== null });
  const groups = context.groups.map((group) => (group === open ? { ...group, sent: sent + 1 } : group));
  enqueue.assign(open ? { groups } : begun(context, event, size));
});

/**
 * A stop marker has no index (the field reads as 0), takes no credit and gets no response. An interface that has failed
 * or is stopped sends nothing.
 */
const mark = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "group.marks") return;
  const { device, pasid } = event;
  const stopped = groupOf(context, event);
  enqueue.assign({ groups: context.groups.map((group) => (group === stopped ? { ...group, stale: true } : group)) });
  if (!works({ context })) {
    enqueue.emit({ type: "marker.passed", device, pasid });
    return;
  }
  const nothing = { prgi: 0, page: 0, read: false, write: false, instance: MARKER };
  enqueue.emit({ type: "pri.request", device, pasid, ...nothing, last: true });
});

/** The response ends the group that it finds. */
const take = s.enqueueActions(({ context, event, enqueue }) => {
  if (event.type !== "pri.response") return;
  const found = matching(context, event);
  if (!found) {
    enqueue.assign({ uprgi: true });
    return;
  }
  if (found.sent < found.size || found.data !== (event.data ?? null)) {
    enqueue.assign({ unexpected: found.sent < found.size ? "open" : "other-data" });
    return;
  }
  enqueue.assign({
    ...without(context, found),
    ...(found.instance === event.instance ? {} : { unexpected: "earlier-use" as const }),
  });
  if (!found.stale) enqueue.emit({ type: "user.answered", user: found.user, code: event.code as ResponseCode });
});

const fails = ({ event }: { event: PagePortEvent }): boolean =>
  event.type === "pri.response" && event.code !== "success" && event.code !== "invalid";
const goesOn = {
  guard: ({ context, event }: { context: PagePortContext; event: GroupKey }) =>
    works({ context }) && groupOf(context, event) !== undefined,
  actions: request,
};

export const pageRequestPort = s.createMachine({
  id: "page-request-port",
  description: "the PRI capability of a function, with its outstanding groups",
  meta: {
    origin: clause("pcie", "10.4 (Page Request Services)"),
    lane: "page request interface {port}, with {allocation} credits",
    messages: messages<PagePortEmits>({
      "pri.request": "sends a Page Request Message of device {device}: page {page}, group {prgi}",
      "user.answered": "gives user {user} the response {code}",
      "user.loses": "ends the group of user {user} without a response",
      "marker.passed": "sends no stop marker for device {device}: the interface is disabled or has failed",
      "responses.fenced": "has received all responses that were sent before",
    }),
  },
  context: ({ input: { port, needsPasid, allocation, users, instances, afterFailure } }) => ({
    port,
    needsPasid,
    instances,
    afterFailure,
    allocation,
    credits: allocation,
    groups: [],
    uses: Array.from({ length: users }, () => 0),
    failedBy: null,
    uprgi: false,
    unexpected: "none",
    restartedEarly: false,
    sentAfterFailure: false,
  }),
  initial: "enabled",
  states: {
    enabled: {
      description: "Enable is 1",
      on: {
        "group.requests": [
          goesOn,
          {
            guard: ({ context, event }) => works({ context }) && mayBegin(context, event, event.size),
            actions: request,
          },
        ],
        "pri.disables": { target: "disabled" },
      },
    },
    disabled: {
      description: "Enable is 0; groups that are open are still completed",
      on: {
        "group.requests": goesOn,
        "group.marks": {
          guard: ({ context }) => context.groups.length === 0,
          actions: emit(({ event: { device, pasid } }) => ({ type: "marker.passed", device, pasid })),
        },
        "pri.awaits-stopped": { guard: ({ context }) => context.groups.length === 0 },
        "pri.resets": {
          actions: [
            loseAll,
            assign(({ context }) => ({
              ...withoutAll(context),
              credits: context.allocation,
              restartedEarly: context.restartedEarly || context.groups.length > 0,
            })),
          ],
        },
        "pri.allocates": {
          actions: assign(({ context, event: { credits } }) => ({
            allocation: credits,
            credits: context.credits + credits - context.allocation,
          })),
        },
        "pri.enables": {
          target: "enabled",
          actions: assign(({ context }) => ({
            failedBy: null,
            restartedEarly: context.restartedEarly || context.groups.length > 0,
          })),
        },
      },
    },
  },
  on: {
    "group.marks": { actions: mark },
    "pri.response": [
      { guard: ({ context }) => isSilent(context) },
      {
        guard: fails,
        actions: [loseAll, assign(({ context, event }) => ({ ...withoutAll(context), failedBy: event.device }))],
      },
      { actions: take },
    ],
    "responses.fences": { actions: emit(({ context: { port } }) => ({ type: "responses.fenced", port })) },
  },
});
