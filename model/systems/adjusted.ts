/** Sizes that the wiring cuts down or raises, because other knobs leave no room for them. */
import type { Json } from "../../checker/json.ts";
import type { Configuration } from "./configuration.ts";
import { allocationOf, longestItem } from "./credits.ts";

/** What a knob is, what it counts as, and why. */
export interface Adjusted {
  readonly knob: string;
  readonly from: Json;
  readonly to: Json;
  readonly because: string;
}

/** Of the page fault systems. Each line repeats no rule: it compares the knob with what the wiring makes of it. */
export function adjusted(configuration: Configuration): readonly Adjusted[] {
  const { hardware, host, bounds } = configuration;
  const stalls = hardware.stallSlots > 0;
  const longest = stalls ? Math.min(bounds.itemPages, bounds.pages) : longestItem(configuration);
  const all: readonly Adjusted[] = [
    {
      knob: "slots",
      from: bounds.slots,
      to: stalls ? Math.min(bounds.slots, hardware.stallSlots) : bounds.slots,
      because: `the hardware has stallSlots=${hardware.stallSlots}`,
    },
    {
      knob: "itemPages",
      from: bounds.itemPages,
      to: longest,
      because: stalls
        ? `there are pages=${bounds.pages}`
        : `pages=${bounds.pages}, groupMax=${hardware.groupMax} and ${allocationOf(configuration)} credits of a device allow no more`,
    },
    {
      knob: "creditsPerDev",
      from: hardware.creditsPerDev,
      to: stalls ? hardware.creditsPerDev : allocationOf(configuration),
      because: "with creditPolicy=sumWithinUsable the credits of all devices fit into the queue",
    },
    {
      knob: "commands",
      from: bounds.commands,
      to: Math.max(bounds.commands, bounds.devices, host.domains),
      because: "one step of a release submits a command for each device or domain",
    },
  ];
  return all.filter(({ from, to }) => from !== to);
}
