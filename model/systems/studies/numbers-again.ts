/** Numbers that are given out again: PASIDs, cookies, virtual IDs; and late events that carry an old one. */
import { call, takesSteps, type Component } from "../../../checker/system.ts";
import { numberSpace } from "../../machines/linux/lib/number-space.ts";
import { eventRing, eventRingSteps } from "../../machines/linux/iommu/numbers/event-ring.ts";
import { numberOwner, numberOwnerSteps } from "../../machines/linux/iommu/numbers/number-owner.ts";
import { range } from "../configuration.ts";
import { field } from "../host-side.ts";
import type { Study } from "../study.ts";
import {
  numbersAgainBounds,
  numbersAgainHosts,
  numbersAgainKnobs,
  numbersAgainSizeKnobs,
  type NumbersAgainDesign,
  type NumbersAgainSizes,
} from "./numbers-again-design.ts";

const CUT =
  "A number has one holder, and an event says the number that its device was told. What the number and the event are for is left " +
  "out: iommufd has cookies, pri-overflow group indices, object-calls the IDs and the virtual IDs of objects. Each owner begins a " +
  "few times. Hidden: a look-up that keeps what it has found, numbers of several spaces, and a real size of the space.";

const nameOf = (owner: number): string => `owner${owner}`;

export const numbersAgain: Study<NumbersAgainDesign, NumbersAgainSizes> = {
  name: "numbers-again",
  sentence:
    "Numbers that are given back and out again: by whom, in which order, and whom a late event with an old one reaches.",
  cut: CUT,
  hosts: numbersAgainHosts,
  knobs: numbersAgainKnobs,
  sizeKnobs: numbersAgainSizeKnobs,
  bounds: numbersAgainBounds,
  compose: (
    { numberOrder, numberEnd, childNumber, eventCarries },
    { numberOwners, numberCount, ownerLives, waitingEvents },
  ) => {
    const owners = range(numberOwners);
    const wants = numberOrder === "any" ? range(numberCount).map((k) => k + 1) : [0];
    const components: { readonly [name: string]: Component } = {
      numbers: { machine: numberSpace, role: "number-space", input: { order: numberOrder, most: numberCount } },
      ring: {
        machine: eventRing,
        role: "event-ring",
        input: { compares: eventCarries, most: waitingEvents },
        events: [...owners.map((owner) => ({ type: "device.sends", owner })), ...eventRingSteps],
      },
      ...Object.fromEntries(
        owners.map((owner): [string, Component] => [
          nameOf(owner),
          {
            machine: numberOwner,
            role: "number-owner",
            input: { name: nameOf(owner), owner, end: numberEnd, lives: ownerLives },
            events: [
              ...wants.map((want) => ({ type: "owner.begins", wants: want })),
              ...(childNumber === "inherited"
                ? owners
                    .filter((child) => child !== owner)
                    .map((child) => ({ type: "owner.forks", child: nameOf(child) }))
                : []),
              { type: "owner.ends" },
              ...numberOwnerSteps,
            ],
          },
        ]),
      ),
    };
    return {
      components,
      /** Every owner may have ended for the last time. */
      deadlock: "allowed",
      routes: [
        call("number-owner", ["number.takes", "number.frees"], "numbers"),
        call("number-owner", ["device.is-tagged", "device.stops"], "ring"),
        call("number-owner", ["ring.drains"], "ring", "block"),
        call("number-owner", ["child.inherits"], (message) => field(message, "child"), "block"),
        call("number-space", ["number.given"], (message) => field(message, "by")),
        call("number-space", ["number.found"], "ring"),
        call("event-ring", ["number.looks-up"], "numbers"),
      ],
      fairness: {
        threads: [
          ...owners.map((owner) => takesSteps(nameOf(owner), "weak", ["owner.steps"])),
          takesSteps("ring", "weak", ["ring.dispatches"]),
        ],
        hardware: [],
        devices: [],
      },
    };
  },
};
