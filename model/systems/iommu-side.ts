/**
 * The IOMMU between software and devices: command queue and translations, and what is posted to the devices. The wiring of
 * the searched systems, and of recordings of an IOMMU, where the recorder is device and software.
 */
import { call, send, type Channel } from "../../checker/system.ts";
import type { Message } from "../../checker/json.ts";
import { commandQueue, type CommandQueueInput } from "../machines/iommu/command-queue.ts";
import { translation } from "../machines/iommu/translation.ts";
import type { Part } from "./part.ts";

export const field = (message: Message, name: string): string => String(message[name]);

/** The component whose name ends with these fields of the message ("slot0.1"). Each name is made once. */
export function named(prefix: string, first: string, second: string): (message: Message) => string {
  const known = new Map<unknown, Map<unknown, string>>();
  return (message) => {
    let names = known.get(message[first]);
    if (!names) known.set(message[first], (names = new Map()));
    let name = names.get(message[second]);
    if (name === undefined)
      names.set(message[second], (name = `${prefix}${field(message, first)}.${field(message, second)}`));
    return name;
  };
}

/** The translation of the page in the domain that the message names. */
export const translationOf = named("translation", "domain", "page");

export interface IommuSizes {
  readonly pages: readonly number[];
  readonly domains: readonly number[];
  /** Slots of the command queue. */
  readonly commands: number;
  readonly queue?: CommandQueueInput;
}

export const iommuSide = ({ pages, domains, commands, queue }: IommuSizes): Part => ({
  components: {
    ...Object.fromEntries(
      domains.flatMap((domain) =>
        pages.map((page) => [
          `translation${domain}.${page}`,
          { machine: translation, input: { page, domain }, role: "translation" },
        ]),
      ),
    ),
    iommu: { machine: commandQueue, ...(queue && { input: queue }), role: "command-queue" },
  },
  channels: {
    commands: { to: "iommu", capacity: commands, whenFull: "block", unhandled: "block" },
  },
  routes: [
    call("command-queue", ["iotlb.invalidates"], translationOf),
    call("command-queue", ["fence.completed"], (message) => field(message, "owner")),
    call("translation", ["iotlb.invalidated"], "iommu"),
  ],
  prologue: [],
});

/** Who takes what is posted to a device. */
export interface Receivers {
  readonly completions: Channel["to"];
  readonly responses: Channel["to"];
  readonly invalidations: Channel["to"];
}

export interface PostedSizes {
  readonly devices: readonly number[];
  /** Most translation completions, and most responses, on their way to a device. */
  readonly answers: number;
  /** Most Invalidate Requests that a device has not taken yet. */
  readonly invalidations: number;
}

/** Translation completions, page responses and Invalidate Requests, on their way to each device. */
export const postedToDevices = (sizes: PostedSizes, receiversOf: (device: number) => Receivers): Part => ({
  components: {},
  channels: Object.fromEntries(
    sizes.devices.flatMap((device): [string, Channel][] => {
      const to = receiversOf(device);
      const answers = { capacity: sizes.answers, whenFull: "block", unhandled: "error" } as const;
      return [
        [`completions${device}`, { ...answers, to: to.completions, role: "completions" }],
        [`responses${device}`, { ...answers, to: to.responses, role: "responses" }],
        [
          `invalidations${device}`,
          {
            to: to.invalidations,
            capacity: sizes.invalidations,
            whenFull: "block",
            unhandled: "block",
            role: "invalidations",
          },
        ],
      ];
    }),
  ),
  routes: [
    send("translation", ["ats.completion"], (message) => `completions${field(message, "device")}`),
    send("command-queue", ["pri.response"], (message) => `responses${field(message, "device")}`),
    send("command-queue", ["atc.invalidation-request"], (message) => `invalidations${field(message, "device")}`),
    send("prq", ["pri.response"], (message) => `responses${field(message, "device")}`),
  ],
  prologue: [],
});
