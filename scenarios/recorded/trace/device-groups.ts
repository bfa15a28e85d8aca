/** What a trace says of devices and their IOMMU groups: lines that no machine explains, about what the lines of others rest on. */
import type { TraceLine } from "./trace-line.ts";

/** The name of the device on the line. */
export const deviceNameOf = ({ fields }: TraceLine): string | undefined => {
  const name = fields["dev"] ?? fields["device"];
  return name === undefined ? undefined : String(name);
};

/** Devices whose first line adds them to their group: nothing was attached to them before. */
export function addedOf(events: readonly TraceLine[]): ReadonlySet<string> {
  const first = new Map<string, string>();
  for (const event of events) {
    const device = deviceNameOf(event);
    if (device !== undefined && !first.has(device)) first.set(device, event.name);
  }
  return new Set([...first].filter(([, name]) => name === "add_device_to_group").map(([device]) => device));
}

/** The first line that adds a device to a group with another one. */
export function sharedGroup(
  events: readonly TraceLine[],
): { readonly line: number; readonly devices: readonly string[] } | undefined {
  const members = new Map<string, ReadonlySet<string>>();
  for (const event of events) {
    const device = deviceNameOf(event);
    if (device === undefined) continue;
    const group = String(event.fields["groupID"]);
    const others = [...(members.get(group) ?? [])].filter((other) => other !== device);
    if (event.name === "remove_device_from_group") members.set(group, new Set(others));
    if (event.name !== "add_device_to_group") continue;
    members.set(group, new Set([...others, device]));
    if (others.length > 0) return { line: event.line, devices: [...others, device] };
  }
  return undefined;
}
