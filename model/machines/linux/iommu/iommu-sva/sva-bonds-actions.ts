/** The actions of sva-bonds.ts. */
import { setup } from "xstate";
import { OK } from "../../include/iommu.ts";
import type { SvaBondsContext, SvaBondsEmits, SvaBondsEvent, SvaBondsInput } from "./sva-bonds-messages.ts";
import { bondOf, counted, dataOf } from "./sva-bonds-steps.ts";
import { svaDomainOf } from "./sva-handler.ts";

export const s = setup({
  types: {
    context: {} as SvaBondsContext,
    events: {} as SvaBondsEvent,
    emitted: {} as SvaBondsEmits,
    input: {} as SvaBondsInput,
  },
  guards: {
    hasNoMemory: ({ event }) => "ok" in event && !event.ok,
    isDone: ({ event }) => event.type === "handle.changed" && event.result === OK,
  },
});

/** What the attach handles of the call's IOMMU group are told of its PASID. */
export const ofPasid = ({ call, groups }: SvaBondsContext) => ({
  iommuGroup: groups[call!.device]!,
  pasid: call!.pasid,
});
export const begins = s.assign(({ context, event }) => {
  const { device, mm } = event as { readonly device: number; readonly mm: number };
  return { call: { device, mm, pasid: dataOf(context, mm)?.pasid ?? 0, left: [], domain: null } };
});
export const looksUp = s.emit(({ context }) => ({ type: "bond.looks-up", ...ofPasid(context) }));
export const inserts = s.emit(({ context }) => ({
  type: "handle.inserts",
  ...ofPasid(context),
  domain: svaDomainOf(context.call!.mm),
  by: "bonds",
}));
export const triesNext = s.assign(({ context: { call } }) => ({ call: { ...call!, left: call!.left.slice(1) } }));
export const fails = (where: string) =>
  s.emit(({ context }) => ({ type: "allocation.fails", device: context.call!.device, in: where }));
export const returns = (result: number) =>
  s.enqueueActions(({ context: { call }, enqueue }) => {
    const { device, mm, pasid } = call!;
    enqueue.emit({ type: "sva.bound", device, mm, result, pasid: result === OK ? pasid : null });
    enqueue.assign({ call: null });
  });
export const tells = (type: "driver.sets-pasid" | "driver.removes-pasid") =>
  s.enqueueActions(({ context: { call, groups }, enqueue }) => {
    for (const [device, group] of groups.entries())
      if (group === groups[call!.device]) enqueue.emit({ type, device, pasid: call!.pasid });
  });
export const counts = (by: 1 | -1) =>
  s.assign(({ context, event }) => {
    const bond = bondOf(context, context.call ?? (event as { device: number; mm: number }));
    return bond ? { bonds: counted(context, bond, by) } : { useAfterFree: true };
  });
