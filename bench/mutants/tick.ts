/** Calls of the function of this name go into each loop that may have no end. */
export const TICK = "faultlineTick";
