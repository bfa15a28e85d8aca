/**
 * What the owner of a number does at its end, as lists: the device stops to send with the number, what it has sent is drained,
 * and the number is given back.
 */
export type NumberStep = "stop" | "drain" | "free";

export const NUMBER_ENDS = {
  /** SVA: the device driver stops the PASID, unbind drains, and the PASID is given back by __mmdrop() (I18, I29). */
  standard: ["stop", "drain", "free"],
  /** CVE-2026-31462: amdgpu gave a PASID back while faults with it were in the ring of its interrupt handler. */
  undrained: ["stop", "free"],
  /** Before 2667ed10d9f0: __mmput() gave the PASID back, and devices were told at the release of their files. */
  "free-first": ["free", "stop", "drain"],
  /** J29: a vDEVICE is destroyed, and its device goes on with the copy of the virtual ID until the next attach. */
  "device-goes-on": ["free"],
  /** The device can send as long as the drain lasts (L3). */
  "drain-first": ["drain", "stop", "free"],
  /** Nobody gives the number back. */
  "never-freed": ["stop", "drain"],
} as const satisfies { readonly [name: string]: readonly NumberStep[] };

export type NumberEnd = keyof typeof NUMBER_ENDS;
