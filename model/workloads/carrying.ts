/** Page fault systems whose devices have a workload to do, and nothing else. */
import { ModelError } from "../../checker/wiring.ts";
import { pageFaultWiring } from "../systems/compose.ts";
import type { Configuration } from "../systems/configuration.ts";
import { longestItem } from "../systems/credits.ts";
import type { Wiring } from "../systems/study.ts";
import { itemsOf, type Workload } from "./workload.ts";

/** Without a workload, a device may begin any work item. @throws ModelError for one that the sizes have no room for */
export function carrying(configuration: Configuration, workload?: Workload): Wiring {
  if (!workload) return pageFaultWiring(configuration);
  const { hardware, bounds } = configuration;
  const { itemPages } = workload;
  const sized = { ...configuration, bounds: { ...bounds, itemPages } };
  const longest = hardware.stallSlots > 0 ? itemPages : longestItem(sized);
  if (longest < itemPages)
    throw new ModelError(
      `A piece of work of ${itemPages} pages is one group of page requests, and there is room for ${longest}: see pages, groupMax, pqEntries and creditsPerDev.`,
    );
  return pageFaultWiring(sized, itemsOf(workload, bounds.pages));
}
