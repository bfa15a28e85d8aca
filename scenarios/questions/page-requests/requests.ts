/** The run that most questions about page requests change: one usable slot in the queue. */
import { at } from "../request.ts";

export const overflow = (set: Parameters<typeof at>[2] = {}, hardware = "vtd") => at("pri-overflow", hardware, set);
