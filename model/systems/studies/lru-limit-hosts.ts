/** The designs of the focused model `lru-limit`. */
import type { Study } from "../study.ts";
import type { LruDesign, LruSizes } from "./lru-limit-design.ts";

const RFC: Omit<LruDesign, "name"> = {
  limitLevel: "10",
  limitRounding: "down",
  limitKeptBy: "nobody",
  evictsOwnGroup: true,
  victims: "first-mapped",
  sparesUnused: false,
  shortageCode: "invalid",
  thrashDetector: false,
  limitAtUnmap: "lowers-only",
  expires: "never",
  lockdownTracked: false,
  premap: "none",
  releaseOrder: "standard",
  respondWhen: "after-unlock",
  workers: 1,
};

export const lruHosts: Study<LruDesign, LruSizes>["hosts"] = {
  "rfc-v1": {
    sentence: "RFC v1 (2021-01-25): a page that a fault has mapped stays until DMA_UNMAP, even above the limit.",
    design: RFC,
  },
  "thread-periodic": {
    sentence: "The proposal of 2021-01-30: a periodic thread evicts the least recently mapped pages.",
    design: { ...RFC, limitKeptBy: "thread" },
  },
  "thread-direct": {
    sentence: "As thread-periodic, but the fault handler itself evicts the least recently mapped pages.",
    design: { ...RFC, limitKeptBy: "handler" },
  },
  intended: {
    sentence:
      "The fault handler spares pages that a group waits for, and responds Failure to a group that does not fit.",
    design: {
      ...RFC,
      limitKeptBy: "handler",
      evictsOwnGroup: false,
      sparesUnused: true,
      shortageCode: "failure",
      limitAtUnmap: "evicts",
      respondWhen: "under-lock",
    },
  },
};
