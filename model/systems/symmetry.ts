/**
 * What may be exchanged in a system without changing anything: pages, the slots (group indices or stall tags) that the
 * devices have, and, where nothing tells them apart, devices. Declared so that the machines can be held against it.
 */
import type { Sort, SystemDefinition } from "../../checker/system.ts";
import { pasidsOf, slotsOfDevice, type Configuration } from "./configuration.ts";

/** `name` with the number at one place exchanged: "atc0.1" for "atc<device>.<page>". */
const renaming =
  (pattern: RegExp) =>
  (name: string, permutation: readonly number[]): string =>
    name.replace(pattern, (_, before: string, value: string) => `${before}${permutation[Number(value)] ?? value}`);

const pageIn = renaming(/^(page|translation\d+\.|atc\d+\.)(\d+)$/);
const slotIn = renaming(/^(slot\d+\.)(\d+)$/);
const deviceIn = renaming(/^(slot|atc|pri|param|data|completions|responses|invalidations)(\d+)(?=\.|$)/);

/**
 * Devices are told apart by their domains, and by a release, which invalidates their caches in one fixed order
 * (page-release.ts): only without caches, and in one domain, are they alike.
 */
const devicesAreAlike = ({ hardware, host }: Configuration): boolean => host.domains === 1 && hardware.ats === "off";

/** A handler that pre-maps goes from one page to the one behind it. */
const pagesAreAlike = ({ host }: Configuration): boolean =>
  host.notifier === "none" || host.notifier === "sequence-retry" || host.premap === 1;

export function symmetryOf(configuration: Configuration): Pick<SystemDefinition, "symmetry" | "sets"> {
  const { host, bounds } = configuration;
  const symmetry: { readonly [sort: string]: Sort } = {
    ...(pagesAreAlike(configuration) && {
      page: { fields: ["page", "pages", "spare", "mapped"], size: bounds.pages, component: pageIn },
    }),
    ...(pasidsOf(configuration).length === 1 && {
      slot: { fields: ["slot", "prgi", "grp", "stag"], size: slotsOfDevice(configuration), component: slotIn },
    }),
    ...(devicesAreAlike(configuration) && {
      device: { fields: ["device", "devices", "remaining"], size: bounds.devices, component: deviceIn },
    }),
  };
  // Work of the core of 6.12 is a set; in 6.1 it is in order of arrival.
  return { symmetry, sets: ["linked", "spare", ...(host.core === "6.12" ? ["queued", "running", "awaited"] : [])] };
}
