/**
 * Ways out that a claim leaves open, and that somebody may choose: "or used again", "or software changes the page again". No
 * fairness makes anybody choose them, so that the claim is also about every run in which nobody does.
 */
import { expect, test } from "vitest";
import { ANY_HARDWARE, build } from "./build.ts";

const CHOICES = [
  ["POL-9", "policies", "rfc-v1", "policy-guest", "guest.maps"],
  ["POL-9", "policies", "viommu", "policy-guest", "guest.maps"],
  ["POL-9", "policies", "coiommu", "policy-guest", "guest.maps"],
  ["TLB-6", "translation-caches", "intended", "permission-editor", "editor.changes"],
] as const;

test.each(CHOICES)("%s (%s, %s): no fairness makes %s take %s", (id, name, host, role, type) => {
  const system = build({ system: name, hardware: ANY_HARDWARE, host, bounds: "small", set: {} });
  const claim = system.properties.find((one) => one.id === id);
  const choices = system.actions.filter(
    (action) =>
      action.kind === "event" && action.event.type === type && system.components[action.component]!.role === role,
  );
  expect(choices.length).toBeGreaterThan(0);
  const assumed = (claim?.assumes ?? []).flatMap((group) => system.fairness?.[group] ?? []);
  expect(assumed.length).toBeGreaterThan(0);
  expect(choices.filter((choice) => assumed.some(({ actions }) => actions(choice)))).toEqual([]);
});
