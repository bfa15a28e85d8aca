/** What the steps of a call (ioctl-thread.ts) say, and how the call goes on with what it is answered. */
import { EBUSY, EINVAL, ENOENT, OK } from "../../../include/iommu.ts";
import { autoAnswer, type AutoAnswer } from "../fault/auto-answer.ts";
import type { Named, ObjectKind } from "../objects-7.3/object-messages.ts";
import type { GroupSeen } from "./attached-pasids.ts";
import { saysOf, type IoctlEmits } from "./ioctl-messages.ts";
import type { GroupUse, InnerStep, ObjectUse, OuterStep, Plan, Step, TableUse } from "./ioctl-steps.ts";
import { attaches, detaches, replaces } from "./plan-attach.ts";
import { checks, checksTable } from "./plan-calls.ts";
import { awaitsAndDestroys, destroys } from "./plan-destroy.ts";
import { addsQueue, allocatesHwpt, destroysTable, nestsOn, undoesTable } from "./plan-hwpt.ts";
import { changesTable, putsTable, triesAutos } from "./plan-table.ts";
import type { Table } from "./page-tables.ts";

export interface IoctlContext extends Required<AutoAnswer> {
  readonly name: string;
  /** The IOMMU group of each device. */
  readonly groups: readonly number[];
  readonly left: Plan;
  /** The step whose answer is awaited. */
  readonly pending: OuterStep | null;
  /** Why the call failed. */
  readonly error: number;
  /** The object that was looked up last. */
  readonly found: Named | null;
  /** The HWPT that the call has taken off a device, and has to put. */
  readonly old: Table | null;
  /** IDs that the call returns. */
  readonly told: { readonly [name: string]: number };
  /** HWPTs that were made so far: the number of the next one. */
  readonly made: number;
  /** Who holds the file of the context: its descriptor, and files of event queues. */
  readonly holders: number;
}

export type Answer =
  | { readonly type: "object.found"; readonly kind: ObjectKind | null; readonly at: number | null }
  | { readonly type: "object.allocated"; readonly id: number }
  | {
      readonly type: "object.answered";
      readonly result: number;
      readonly kind: ObjectKind | null;
      readonly at: number | null;
      readonly id: number;
    }
  | { readonly type: "hwpt.seen"; readonly table: Table }
  | { readonly type: "hwpt.listed"; readonly autos: readonly number[] }
  | ({ readonly type: "group.seen" } & GroupSeen)
  | { readonly type: "domain.set"; readonly result: number }
  | { readonly type: "answer.taken"; readonly group: number | null; readonly device: number }
  | { readonly type: "reported" };

type Becomes = Partial<IoctlContext>;
export type Outcome = { readonly says: readonly IoctlEmits[]; readonly becomes: Becomes };

const INNER: ReadonlySet<Step["do"]> = new Set<InnerStep["do"]>([
  "may-fail",
  "refuse",
  "use",
  "unless-invalid",
  "tell",
  "keep-old",
  "put-old",
]);
const isInner = (step: Step): step is InnerStep => INNER.has(step.do);

export const canFail = ({ left: [step] }: IoctlContext): boolean =>
  step?.do === "may-fail" || step?.do === "look-up" || step?.do === "allocate-object" || step?.do === "set-domain";

/** Takes the inner steps that follow, up to one that may fail or that others hear of. */
export function settled(context: IoctlContext): IoctlContext {
  let next = context;
  for (;;) {
    const [step, ...rest] = next.left;
    if (!step || !isInner(step) || step.do === "may-fail") return next;
    next = { ...next, left: rest };
    next = { ...next, ...afterInner(next, step) };
  }
}

function afterInner(context: IoctlContext, step: Exclude<InnerStep, { readonly do: "may-fail" }>): Becomes {
  const { left, told, old, error } = context;
  switch (step.do) {
    case "refuse":
      return { left: step.failed, error: step.error };
    case "use":
      return { left: [...used(context, step.as), ...left] };
    case "unless-invalid":
      return { left: error === EINVAL ? [...step.invalid, ...left] : step.other };
    case "tell":
      return { told: { ...told, [step.as]: step.id } };
    case "keep-old":
      return { old: step.table };
    case "put-old":
      if (!old) return {};
      return { left: [{ do: "read-table", hwpt: old.hwpt, use: { name: "put" }, failed: [] }, ...left], old: null };
  }
}

function used({ found }: IoctlContext, use: ObjectUse): Plan {
  switch (use.name) {
    case "change-table":
      return changesTable(found!, use.call, use.slot, use.failed);
    case "alloc-hwpt":
      return allocatesHwpt(found!, use.asked, use.failed);
    case "add-queue":
      return addsQueue(found!, use.hwpt);
    case "check":
      return checksTable(found!, use.slot, use.failed);
  }
}

function ofTable({ made }: IoctlContext, table: Table, use: TableUse, failed: Plan): Plan {
  switch (use.name) {
    case "attach":
    case "replace":
      return [
        { do: "lock-group", device: use.slot.device },
        { do: "read-group", slot: use.slot, use: { name: use.name, table }, failed },
      ];
    case "nest":
      return nestsOn(table, { ...use.asked, hwpt: made }, failed);
    case "destroy":
      return destroysTable(table);
    case "undo":
      return undoesTable(table);
    case "put":
      return putsTable(table);
    case "tell":
      return [{ do: "tell", as: "hwpt", id: table.id }];
  }
}

function ofGroup({ groups }: IoctlContext, seen: GroupSeen, step: OuterStep & { readonly do: "read-group" }): Plan {
  const { slot, failed } = step;
  const use: GroupUse = step.use;
  const iommuGroup = groups[slot.device]!;
  switch (use.name) {
    case "attach":
      return attaches(seen, use.table, slot, failed);
    case "replace":
      return replaces(seen, use.table, slot, iommuGroup, failed);
    case "detach":
      return detaches(seen, slot, iommuGroup, use.unrefs);
    case "check":
      return checks(seen, use.hwpt, failed);
  }
}

/** The step fails, with its own errno or this one. */
const fails = (failed: Plan, error: number): Becomes => ({ left: failed, error, pending: null });

/** The next step is taken. */
export function outcome(context: IoctlContext, memory: "some" | "none" = "some"): Outcome {
  const [step, ...left] = context.left;
  if (!step || isInner(step)) return { says: [], becomes: settled({ ...context, left }) };
  if (step.do === "answer") {
    const { queue, handle } = step;
    const { says, becomes } = autoAnswer(context, {
      type: "answers.takes-next",
      queue,
      by: context.name,
      handle,
      first: handle === null ? "oldest" : "newest",
      only: "all",
      ...(handle === null ? {} : { lists: "own" as const }),
    });
    return { says: [says], becomes: { ...becomes, pending: says.type === "answers.takes-next" ? step : null } };
  }
  const says = saysOf(context, step, memory);
  if (step.do === "return") return { says, becomes: { ...IDLE, holders: context.holders, made: context.made } };
  const holders = context.holders + (step.do === "create-queue" ? 1 : step.do === "close-file" ? -1 : 0);
  const isAnswered = ANSWERED.has(step.do);
  const next = isAnswered ? { ...context, left, pending: step } : settled({ ...context, left, holders });
  return { says, becomes: next };
}

/** Steps that somebody answers. */
type AnsweredStep = Extract<
  OuterStep,
  {
    readonly do:
      | "look-up"
      | "allocate-object"
      | "remove"
      | "leave"
      | "drop-wait"
      | "await"
      | "sweep"
      | "read-table"
      | "list-autos"
      | "read-group"
      | "set-domain"
      | "answer"
      | "report";
  }
>;
const ANSWERED: ReadonlySet<Step["do"]> = new Set<AnsweredStep["do"]>([
  "look-up",
  "allocate-object",
  "remove",
  "leave",
  "drop-wait",
  "await",
  "sweep",
  "read-table",
  "list-autos",
  "read-group",
  "set-domain",
  "report",
]);

export const IDLE = {
  left: [],
  pending: null,
  error: OK,
  found: null,
  old: null,
  told: {},
  group: null,
  device: 0,
  answered: false,
} as const;

/** The next step fails. */
export function failure(context: IoctlContext): Outcome {
  const [step] = context.left;
  if (step?.do === "may-fail" || step?.do === "look-up") {
    const says: readonly IoctlEmits[] =
      step.do === "may-fail" ? [{ type: "allocation.fails", device: 0, in: step.in }] : [];
    return { says, becomes: settled({ ...context, ...fails(step.failed, step.error) }) };
  }
  if (step?.do === "allocate-object") return { says: [], becomes: settled({ ...context, ...fails(step.failed, -12) }) };
  return outcome(context, "none");
}

const isTable = ({ kind }: Named): boolean => kind === "hwpt-paging" || kind === "hwpt-nested";

const namedBy = ({ kind, at }: { readonly kind: ObjectKind | null; readonly at: number | null }): Named | null =>
  kind === null || at === null ? null : { kind, at };

/** How the call goes on with the answer. */
export function answered(context: IoctlContext, answer: Answer): Becomes {
  return settled({ ...context, pending: null, ...afterAnswer(context, answer) });
}

function afterAnswer(context: IoctlContext, answer: Answer): Becomes {
  const { left, told } = context;
  const step = context.pending as AnsweredStep;
  const ahead = (plan: Plan): Becomes => ({ left: [...plan, ...left] });
  switch (step.do) {
    case "look-up": {
      const found = answer.type === "object.found" ? namedBy(answer) : null;
      return found ? { found } : fails(step.failed, step.error);
    }
    case "allocate-object":
      return answer.type === "object.allocated"
        ? { told: { ...told, [step.as]: answer.id }, made: context.made + Number(isTable(step.object)) }
        : {};
    case "remove":
    case "leave":
    case "drop-wait":
    case "sweep":
      return answer.type === "object.answered" ? afterRemoval(context, step, answer) : {};
    case "read-table":
      return answer.type === "hwpt.seen" ? ahead(ofTable(context, answer.table, step.use, step.failed)) : {};
    case "list-autos": {
      if (answer.type !== "hwpt.listed") return {};
      const { ioas, call, slot, failed } = step;
      return ahead(triesAutos(answer.autos, ioas, call, slot, context.made, failed));
    }
    case "read-group":
      return answer.type === "group.seen" ? ahead(ofGroup(context, answer, step)) : {};
    case "set-domain":
      return answer.type === "domain.set" && answer.result !== OK ? fails(step.failed, answer.result) : {};
    case "answer":
      if (answer.type !== "answer.taken") return {};
      return answer.group === null ? { left: left.slice(1) } : { group: answer.group, device: answer.device };
    case "await":
    case "report":
      return {};
  }
}

function afterRemoval(
  { left }: IoctlContext,
  step: OuterStep & { readonly do: "remove" | "leave" | "drop-wait" | "sweep" },
  answer: Answer & { readonly type: "object.answered" },
): Becomes {
  const { result, id } = answer;
  const found = namedBy(answer);
  switch (step.do) {
    case "remove":
      return result === OK ? { left: [...awaitsAndDestroys(found!), ...left] } : fails(step.failed, result);
    case "leave": {
      const goes = step.waited ? destroys : awaitsAndDestroys;
      return result === OK ? { left: [...goes(step.object), ...left] } : {};
    }
    case "drop-wait":
      return result === EBUSY ? { left: [{ do: "await", object: step.object }, ...left] } : {};
    case "sweep":
      if (result === ENOENT) return {};
      if (result === EBUSY) return { left: step.after === 0 ? left : [{ do: "sweep", after: 0 }, ...left] };
      return { left: [...destroys(found!), { do: "sweep", after: id }, ...left] };
  }
}
