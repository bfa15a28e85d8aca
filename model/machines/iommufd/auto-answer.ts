/**
 * Answering what a fault queue still holds, group by group: take one, respond Invalid, free it, take the next.
 *
 * Models  iommufd_auto_response_faults() of Linux 6.12 (iopf-core 3.2), one step for each of the three.
 * Omits   the mutex around it, which the thread that answers takes itself; PASIDs.
 */

/** How far it is: the group in hand, and whether it has its response. */
export interface AutoAnswer {
  readonly group: number | null;
  readonly answered: boolean;
}

export type AutoAnswerSays =
  | { readonly type: "group.responds"; readonly device: 0; readonly group: number; readonly code: "invalid" }
  | { readonly type: "group.frees"; readonly device: 0; readonly group: number };

/** What is said next, and how far it is then; `takesNext` asks for a group. */
export function autoAnswer<Takes>(
  { group, answered }: AutoAnswer,
  takesNext: () => Takes,
): { readonly says: Takes | AutoAnswerSays; readonly becomes: Partial<AutoAnswer> } {
  if (group === null) return { says: takesNext(), becomes: {} };
  if (answered) return { says: { type: "group.frees", device: 0, group }, becomes: { group: null, answered: false } };
  return { says: { type: "group.responds", device: 0, group, code: "invalid" }, becomes: { answered: true } };
}
