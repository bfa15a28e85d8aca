/** The runs of the questions about `teardown`: a design, with what a question changes. */
import { study } from "../request.ts";

export const end = (set: Parameters<typeof study>[2] = {}, host = "intended") => study("teardown", host, set);
