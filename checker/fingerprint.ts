/**
 * A short name for what a system is: it changes with the wiring, the action universe or a machine with its input. The
 * parameters are left out: a new knob that changes nothing leaves stored paths valid.
 */
import type { Json } from "./json.ts";
import { canonicalOfShared } from "./kernel/canon.ts";
import type { System } from "./system.ts";

/** 52 bits of hash of a text, as 13 hexadecimal digits. Not cryptographic. */
export function hashText(text: string): string {
  let low = 0xdeadbeef;
  let high = 0x41c6ce57;
  for (let k = 0; k < text.length; k++) {
    const unit = text.charCodeAt(k);
    low = Math.imul(low ^ unit, 0x9e3779b1);
    high = Math.imul(high ^ unit, 0x5f356495);
  }
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b) ^ Math.imul(high ^ (high >>> 13), 0xc2b2ae35);
  high = Math.imul(high ^ (high >>> 16), 0x85ebca6b) ^ Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return (4_294_967_296 * (high & 0xfffff) + (low >>> 0)).toString(16).padStart(13, "0");
}

/** What a machine says of itself is none of its rules. */
const unsaid = (key: string, value: unknown): unknown => (key === "description" || key === "meta" ? undefined : value);

/** Functions inside machines are not part of it: a rule changed in place shows when a stored trace no longer replays. */
export function fingerprint(system: System): string {
  const components = Object.entries(system.components).map(([name, { machine, input, role, events }]) => ({
    name,
    role,
    input: input ?? null,
    events: (events ?? []) as unknown as Json,
    machine: JSON.parse(JSON.stringify(machine.config, unsaid)) as Json,
  }));
  const channels = Object.entries(system.channels ?? {}).map(([name, channel]) => ({
    ...channel,
    name,
    to: typeof channel.to === "string" ? channel.to : null,
  }));
  const routes = system.routes.map(({ kind, from, types }) => ({ kind, from, types }));
  return hashText(canonicalOfShared({ name: system.name, components, channels, routes }));
}
