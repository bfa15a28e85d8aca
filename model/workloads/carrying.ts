/** Page fault systems whose devices have a workload to do, and nothing else. */
import { call, ModelError, type Component } from "../../checker/system.ts";
import { workOrder } from "../machines/device/work-order.ts";
import { pageFaultWiring } from "../systems/compose.ts";
import { range, slotsOfDevice, type Configuration } from "../systems/configuration.ts";
import { longestItem } from "../systems/credits.ts";
import type { Wiring } from "../systems/study.ts";
import { isInOrder, itemsOf, pagesOfPiece, type Workload } from "./workload.ts";

/** Without a workload, a device may begin any work item. @throws ModelError for one that the sizes have no room for */
export function carrying(configuration: Configuration, workload?: Workload): Wiring {
  if (!workload) return pageFaultWiring(configuration);
  const { hardware, bounds } = configuration;
  const items = itemsOf(workload, bounds.pages);
  const itemPages = pagesOfPiece(workload);
  const sized = { ...configuration, bounds: { ...bounds, itemPages } };
  const longest = hardware.stallSlots > 0 ? itemPages : longestItem(sized);
  if (longest < itemPages)
    throw new ModelError(
      `A piece of work of ${itemPages} pages is one group of page requests, and there is room for ${longest}: see pages, groupMax, pqEntries and creditsPerDev.`,
    );
  return isInOrder(workload) ? inOrder(sized, items) : pageFaultWiring(sized, items);
}

/** Each device has a driver that gives it one piece after the other. */
function inOrder(configuration: Configuration, items: readonly (readonly number[])[]): Wiring {
  const { components, routes, ...rest } = pageFaultWiring(configuration, []);
  const drivers = range(configuration.bounds.devices).map((device): readonly [string, Component] => [
    `order${device}`,
    {
      machine: workOrder,
      input: { device, items },
      role: "work-order",
      events: range(slotsOfDevice(configuration)).map((slot) => ({ type: "order.gives", slot })),
    },
  ]);
  const slotOf = call(
    "work-order",
    ["slot.starts"],
    (message) => `slot${String(message["device"])}.${String(message["slot"])}`,
    "block",
  );
  return { ...rest, components: { ...components, ...Object.fromEntries(drivers) }, routes: [...routes, slotOf] };
}
