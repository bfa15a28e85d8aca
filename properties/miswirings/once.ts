/** Claims that one change alone breaks, each with what is known of a second one. */

const because = (reason: string, ...ids: readonly string[]): { readonly [id: string]: string } =>
  Object.fromEntries(ids.map((id) => [id, reason]));

export const ONCE: { readonly [id: string]: string } = {
  ...because(
    "in the small runs of its system, no single call that is left out or made twice breaks it",
    "LFC-12",
    "ACC-11",
    "ACC-12",
    "LRU-6",
    "NST-27",
    "TLB-3",
    "TLB-16",
    "IFD-12",
    "STM-2",
    "STM-14",
    "PCL-6",
    "PCL-9",
    "PCL-12",
    "PCL-33",
    "OBJ-15",
  ),
  ...because("no second way was looked for yet", "SEL-11", "TRD-11", "TRD-13", "RNG-10", "VEQ-3", "IOC-8"),
};
