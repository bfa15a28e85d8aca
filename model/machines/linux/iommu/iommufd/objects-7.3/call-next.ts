/** Which step of a call comes next, with what it may fail, and what is done on the way back. */
import { EFAULT, ENOMEM } from "../../../include/iommu.ts";
import { stepsAt } from "./call-branches.ts";
import type { Known } from "./call-destroys.ts";
import { undoOf, type Step } from "./call-steps.ts";

/** What a step is made of; undefined: it is one step itself. */
function partsOf(step: Step | undefined, known: Known): readonly Step[] | undefined {
  if (step?.do === "branch") return stepsAt(step.on, step.of, known);
  if (step?.do === "await" && known.rules.destroyWaits === "nothing") return [];
  if (step?.do !== "put") return undefined;
  const both: readonly Step[] = [
    { do: "put-user", of: step.of },
    { do: "put-wait", of: step.of },
  ];
  return known.rules.putOrder === "users-first" ? both : both.toReversed();
}

/** The steps that are left, with the way that a branch takes. */
export function expanded(context: Known & { readonly left: readonly Step[] }): readonly Step[] {
  let { left } = context;
  for (let parts = partsOf(left[0], context); parts; parts = partsOf(left[0], context))
    left = [...parts, ...left.slice(1)];
  return left;
}

/** With what the step may fail that would succeed. */
export function failures(step: Step | undefined): readonly number[] {
  if (step?.do === "look-up") return [step.error];
  if (step?.do === "allocate") return [ENOMEM];
  if (step?.do === "copy-in" || step?.do === "respond") return [EFAULT];
  return step?.do === "ask" ? (step.fails ?? []) : [];
}

/** The way back: what the ioctl has allocated itself comes last. */
export function unwound(done: readonly Step[]): readonly Step[] {
  const back = done.toReversed();
  const isLast = (step: Step): boolean => step.do === "allocate" && step.ucmd && !step.undo;
  return [...back.filter((step) => !isLast(step)), ...back.filter(isLast)].flatMap(undoOf);
}

/** What is kept for the way back after a step. */
export function doneAfter({ done }: { readonly done: readonly Step[] }, step: Step): readonly Step[] {
  if (step.do === "drop")
    return done.filter((one) => !(one.do === "take" && one.lock === step.lock && one.of === step.of));
  if (step.do === "put-user" || step.do === "put-wait")
    return done.filter(
      (one) => !((one.do === "look-up" && one.as === step.of) || (one.do === "lock" && one.of === step.of)),
    );
  // An automatic HWPT that is published stays, whatever the call comes to.
  if (step.do === "publish" && step.of === "hwpt")
    return done.filter((one) => !(one.do === "allocate" && one.as === step.of));
  const keeps = step.do === "ask" ? step.keeps : undefined;
  if (keeps === undefined) return [...done, step];
  return done.slice(0, done.findIndex((one) => one.do === "allocate" && one.as === keeps) + 1);
}
