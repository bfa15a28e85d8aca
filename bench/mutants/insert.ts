/** Texts that are put into a source text, such as calls that count. */
export interface Insert {
  /** The character before which it is put. */
  readonly at: number;
  readonly text: string;
}

/** Of those at the same place, the first is put first. */
export function inserted(whole: string, inserts: readonly Insert[]): string {
  const last = inserts.map((one, order) => ({ ...one, order })).sort((a, b) => b.at - a.at || b.order - a.order);
  return last.reduce((text, { at, text: part }) => text.slice(0, at) + part + text.slice(at), whole);
}
