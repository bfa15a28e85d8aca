/** States that `conform --trace` explores for one line, at most, where no option says how many. */
export const TRACE_STATES = 20_000;
