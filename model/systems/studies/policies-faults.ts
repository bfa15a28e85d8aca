import type { PoliciesDesign } from "./policies-design.ts";

/** Pages are pinned when a device reports a fault. */
export const hasFaults = ({ policy }: PoliciesDesign): boolean => policy === "demand" || policy === "vpri";
