/**
 * The steps of which calls of iommufd are made, and what undoes each. A step is a look-up, a change of a count, a lock, or a
 * question to one object; it names objects by the role that they have in the call: "viommu", "parent", "old".
 */
import type { CallLock, ObjectKind } from "./object-messages.ts";
import type { Ask } from "./call-messages.ts";

export type Branch =
  | "release"
  | "abandoned"
  | "attach-to"
  | "replace-by"
  | "auto-attach"
  | "auto-replace"
  | "replaces"
  | "puts-hwpt"
  | "tries-destroy"
  | "pre-destroys"
  | "finds-vdevice"
  | "tombstones"
  | "detaches"
  | "allocates-hwpt"
  | "checks-fit"
  | "checks-hwpt"
  | "answers"
  | "lets-go"
  | "invalidates"
  | "destroys"
  | "left"
  | "locked"
  | "ends-context"
  | "destroys-target"
  | "left-by-reference"
  | "keeps-device";

/** Each with the steps that undo it; absent: those of `undoOf`. */
export type Step = { readonly undo?: readonly Step[] } & (
  | { readonly do: "refuse"; readonly error: number }
  | { readonly do: "look-up"; readonly as: string; readonly kind: ObjectKind | null; readonly error: number }
  | { readonly do: "allocate"; readonly as: string; readonly kind: ObjectKind; readonly ucmd: boolean }
  | { readonly do: "lock" | "put" | "ref" | "unref" | "publish" | "abort" | "free" | "await"; readonly of: string }
  /** The two counts of a "put", one after the other. */
  | { readonly do: "put-user" | "put-wait"; readonly of: string }
  | { readonly do: "take" | "drop"; readonly lock: CallLock; readonly of: string }
  /** The call goes on with the answer, whatever it is. */
  | { readonly do: "drop-wait" | "try-users"; readonly of: string }
  | {
      readonly do: "leave";
      readonly of: string;
      readonly tombstone: boolean;
      readonly waited: boolean;
    }
  | { readonly do: "remove"; readonly as: string }
  | { readonly do: "sweep"; readonly after: number; readonly found: boolean }
  | { readonly do: "destroy"; readonly of: string }
  | {
      readonly do: "ask";
      readonly what: Ask;
      readonly of: string;
      /** With what it may fail although the object would not refuse it. */
      readonly fails?: readonly number[];
      /** The object is told of the failure, and answers. */
      readonly told?: true;
      /** The call goes on with the answer, whatever it is. */
      readonly soft?: true;
      /** The call goes on after the IOPF core has returned. */
      readonly waits?: true;
      /** Objects of the question that have another role in the call. */
      readonly roles?: { readonly [name: string]: string };
      /** The only roles of what the object holds that the call asks for; absent: all. */
      readonly takes?: readonly string[];
      /** From here on the object that is being made holds what was taken for it. */
      readonly keeps?: string;
    }
  | { readonly do: "copy-in" | "respond" }
  | { readonly do: "branch"; readonly on: Branch; readonly of: string }
);

export const refuse = (error: number): Step => ({ do: "refuse", error });
export const lookUp = (as: string, kind: ObjectKind | null, error: number): Step => ({
  do: "look-up",
  as,
  kind,
  error,
});
/** `ucmd`: the ioctl itself undoes the allocation, after it has given back all that it holds (ucmd->new_obj). */
export const allocate = (as: string, kind: ObjectKind, ucmd: "ucmd" | "own"): Step => ({
  do: "allocate",
  as,
  kind,
  ucmd: ucmd === "ucmd",
});
export const lock = (of: string): Step => ({ do: "lock", of });
export const put = (of: string): Step => ({ do: "put", of });
export const take = (lock: CallLock, of: string): Step => ({ do: "take", lock, of });
export const drop = (lock: CallLock, of: string): Step => ({ do: "drop", lock, of });
export const unref = (of: string): Step => ({ do: "unref", of });
export const publish = (of: string): Step => ({ do: "publish", of });
const abort = (of: string): Step => ({ do: "abort", of });
const free = (of: string): Step => ({ do: "free", of });
export const awaits = (of: string): Step => ({ do: "await", of });
/** A user that the object which is being made holds, and gives back when it is destroyed. */
export const owns = (of: string): Step => ({ do: "ref", of, undo: [] });
/** A user that is given back when the call fails; `undo`: by these steps. */
export const ref = (of: string, ...undo: readonly Step[]): Step => ({
  do: "ref",
  of,
  undo: undo.length === 0 ? [unref(of)] : undo,
});
export const dropWait = (of: string): Step => ({ do: "drop-wait", of });
export const tryUsers = (of: string): Step => ({ do: "try-users", of });
export const leave = (of: string, { tombstone = false, waited = true } = {}): Step => ({
  do: "leave",
  of,
  tombstone,
  waited,
});
export const ask = (what: Ask, of: string, ...fails: readonly number[]): Step => ({
  do: "ask",
  what,
  of,
  ...(fails.length === 0 ? {} : { fails }),
});
/** Without memory the object does something else. */
export const askTold = (what: Ask, of: string, ...fails: readonly number[]): Step => ({
  do: "ask",
  what,
  of,
  fails,
  told: true,
});
/** The call goes on with the answer, whatever it is. */
export const asksSoftly = (what: Ask, of: string): Step => ({ do: "ask", what, of, soft: true });
/** Another part of the kernel has to return first. */
export const awaitsReport = (what: Ask, of: string): Step => ({ do: "ask", what, of, waits: true });
export const askOf = (what: Ask, of: string, roles: { readonly [name: string]: string }): Step => ({
  do: "ask",
  what,
  of,
  roles,
});
export const asksFor = (what: Ask, of: string, ...takes: readonly string[]): Step => ({ do: "ask", what, of, takes });
export const keeps = (what: Ask, of: string): Step => ({ do: "ask", what, of, keeps: of });
/** The arguments of an ioctl come from user space, and its results go there. */
export const copyIn: Step = { do: "copy-in" };
export const respond: Step = { do: "respond" };
export const branch = (on: Branch, of: string): Step => ({ do: "branch", on, of });
export const undoneBy = (step: Step, ...undo: readonly Step[]): Step => ({ ...step, undo });

/** The object is destroyed: what it holds is given back, and its memory is freed. */
export const destroyed = (of: string): readonly Step[] => [{ do: "destroy", of }, branch("release", of), free(of)];

/** What undoes the step, if it does not say so itself. */
export function undoOf(step: Step): readonly Step[] {
  if (step.undo) return step.undo;
  if (step.do === "look-up") return [put(step.as)];
  if (step.do === "lock") return [put(step.of)];
  if (step.do === "take") return [drop(step.lock, step.of)];
  if (step.do !== "allocate") return [];
  // iommufd_hwpt_paging_abort() calls the destroy operation; the other abort operations have the same steps.
  return step.ucmd || step.kind === "hwpt-paging"
    ? [{ do: "destroy", of: step.as }, branch("release", step.as), abort(step.as)]
    : [ask("object.describes", step.as), branch("abandoned", step.as), abort(step.as)];
}
