/**
 * What specifications say of command queue and translations, as statements about what was submitted and what came out. A
 * statement that is not so is thrown.
 */
import type { Message } from "../checker/json.ts";
import { initialState, take, type GlobalState } from "../checker/simulation.ts";
import { call, defineSystem, type System } from "../checker/system.ts";
import type { CommandQueueContext } from "../model/machines/iommu/command-queue.ts";
import { outside } from "../model/machines/linux/iommu/io-pgfault/outside.ts";
import { iommuSide, postedToDevices } from "../model/systems/iommu-side.ts";

export const ITAGS = 2;
const ROOM = 100;

/** Command queue and translations, with all that is around them outside. */
export function iommu(): System {
  const side = iommuSide({ pages: [0, 1], domains: [0], commands: ROOM, queue: { itags: ITAGS } });
  const posted = postedToDevices({ devices: [0, 1], answers: ROOM, invalidations: ROOM }, () => ({
    completions: "devices",
    responses: "devices",
    invalidations: "devices",
  }));
  return defineSystem({
    name: "iommu-side",
    parameters: {},
    components: {
      ...side.components,
      devices: { machine: outside, role: "devices" },
      software: { machine: outside, role: "software" },
      prq: { machine: outside, role: "prq" },
    },
    channels: { ...side.channels, ...posted.channels },
    routes: [
      ...side.routes,
      ...posted.routes,
      call("translation", ["access.granted", "access.faults"], "devices"),
      call("command-queue", ["atc.completion-unexpected"], "devices"),
      call("command-queue", ["configuration.invalidates"], "devices"),
    ],
    properties: [],
  });
}

/** What a device finds of a page: null for no translation. */
type Found = { readonly frame: number; readonly writable: boolean } | null;
const isAmong = (found: Found, all: readonly Found[]): boolean =>
  all.some((one) => one?.frame === found?.frame && one?.writable === found?.writable);

/** The message by which each command takes effect. */
const EFFECTS: { readonly [command: string]: string } = {
  "command.invalidates-iotlb": "iotlb.invalidates",
  "command.invalidates-atc": "atc.invalidation-request",
  "command.invalidates-configuration": "configuration.invalidates",
  "command.fences": "fence.completed",
  "command.responds": "pri.response",
};

/** A system under way, which throws at the first thing that a specification forbids. */
export class Watched {
  readonly #system: System;
  #state: GlobalState;
  #heard: Message[] = [];
  #submitted: Message[] = [];
  #effects = 0;
  /** ITags in use, with their device. */
  readonly #inUse = new Map<number, number>();
  readonly #frames = [0, 0];
  /** Of each page: what the table has had since the last invalidation, the present entry last. */
  readonly #possible: Found[][] = [[null], [null]];
  readonly #accesses = [0, 0];
  /** Of each page: accesses that a waiting invalidation has to wait for. */
  readonly #awaited = [0, 0];
  /** IOTLB invalidations that have not completed, by page. */
  readonly #waiting = [0, 0];
  stale = 0;
  blocked = 0;

  constructor(system: System) {
    this.#system = system;
    this.#state = initialState(system);
  }

  submit(command: Message): void {
    const waiting = this.#state.channels.get("commands")!;
    this.#state = { ...this.#state, channels: new Map(this.#state.channels).set("commands", [...waiting, command]) };
    this.#submitted.push(command);
  }

  /** The command queue takes the next command, if it can. */
  works(): boolean {
    if (this.#state.channels.get("commands")!.length === 0) return false;
    const taken = this.#take({ kind: "deliver", channel: "commands" });
    if (!taken) this.blocked += 1;
    this.#judge();
    return taken;
  }

  completes(device: number, itag: number): void {
    const expected = this.#inUse.get(itag) === device;
    const before = JSON.stringify(this.#queue());
    if (expected) this.#inUse.delete(itag);
    this.#event("iommu", { type: "atc.invalidation-completed", device, itag, completions: 1 });
    const refused = this.#heard.some(({ type }) => type === "atc.completion-unexpected");
    must(refused !== expected, "a completion is expected exactly where its ITag is outstanding at the device");
    must(expected || JSON.stringify(this.#queue()) === before, "an unexpected completion changes nothing");
    this.#judge();
  }

  maps(page: number, writable: boolean): void {
    this.#frames[page]! += 1;
    const frame = this.#frames[page]!;
    this.#event(`translation0.${page}`, { type: "translation.maps", page, domain: 0, frame, writable });
    this.#possible[page]!.push({ frame, writable });
  }

  unmaps(page: number): void {
    this.#event(`translation0.${page}`, { type: "translation.unmaps", page, domain: 0 });
    this.#possible[page]!.push(null);
  }

  accesses(page: number, write: boolean): void {
    this.#event(`translation0.${page}`, { type: "access.begins", device: 0, slot: 0, page, write });
    const granted = this.#heard.find(({ type }) => type === "access.granted");
    const possible = this.#possible[page]!;
    if (granted) {
      this.#accesses[page]! += 1;
      this.#finds(page, granted as unknown as Found);
      must(!write || granted["writable"] === true, "no write gets through a read-only translation (S3)");
    } else
      must(
        possible.some((one) => one === null || (write && !one.writable)),
        "an access faults only where some translation of the page did not permit it",
      );
  }

  requests(page: number): void {
    this.#event(`translation0.${page}`, { type: "ats.request", device: 0, slot: 0, page });
    const completion = this.#heard.find(({ type }) => type === "ats.completion")!;
    this.#finds(page, completion["present"] === true ? (completion as unknown as Found) : null);
  }

  retires(page: number): void {
    if (this.#accesses[page] === 0) return;
    this.#accesses[page]! -= 1;
    if (this.#awaited[page]! > 0) this.#awaited[page]! -= 1;
    this.#event(`translation0.${page}`, { type: "access.retires", device: 0, slot: 0, page });
    this.#judge();
  }

  /** Devices complete what they were asked, and accesses end. */
  settles(): void {
    for (const page of [0, 1]) while (this.#accesses[page]! > 0) this.retires(page);
    for (let goesOn = true; goesOn;) {
      goesOn = this.works();
      for (const [itag, device] of this.#inUse) {
        this.completes(device, itag);
        goesOn = true;
      }
    }
    must(this.#state.channels.get("commands")!.length === 0, "every command is taken (L4)");
    must(this.#queue().outstanding.length === 0, "every invalidation completes");
    must(this.#effects === this.#submitted.length, "every command takes effect");
  }

  #queue = (): CommandQueueContext => this.#state.snapshots.get("iommu")!.context as CommandQueueContext;

  #finds(page: number, found: Found): void {
    const possible = this.#possible[page]!;
    must(isAmong(found, possible), "a walk finds what the table had at the last invalidation, or since (I1)");
    if (!isAmong(found, possible.slice(-1))) this.stale += 1;
  }

  /** Effects are those of the commands submitted, in their order (S32), and a fence waits for all before it (S7). */
  #judge(): void {
    for (const message of this.#heard) {
      const page = Number(message["page"]);
      if (message.type === "iotlb.invalidated") {
        must(this.#awaited[page] === 0, "an invalidation completes when earlier accesses have ended (I5)");
        this.#waiting[page] = 0;
      }
      if (!Object.values(EFFECTS).includes(message.type)) continue;
      const command = this.#submitted[this.#effects];
      must(command !== undefined && EFFECTS[command.type] === message.type, "commands take effect in order (S32)");
      this.#effects += 1;
      for (const field of ["page", "device", "prgi", "owner"])
        must(command![field] === message[field], `the effect has the ${field} of its command`);
      if (message.type === "atc.invalidation-request") {
        const itag = Number(message["itag"]);
        must(itag < ITAGS && !this.#inUse.has(itag), "an Invalidate Request has an ITag that is free");
        this.#inUse.set(itag, Number(message["device"]));
      }
      if (message.type === "iotlb.invalidates") {
        this.#possible[page] = this.#possible[page]!.slice(-1);
        this.#awaited[page] = this.#accesses[page]!;
        this.#waiting[page]! += 1;
      }
      if (message.type === "fence.completed")
        must(
          this.#inUse.size === 0 && this.#waiting.every((count) => count === 0),
          "a fence completes when every earlier invalidation has",
        );
    }
    this.#heard = [];
  }

  #event(component: string, event: Message): void {
    this.#heard = [];
    must(this.#take({ kind: "event", component, event }), `${component} takes ${event.type}`);
  }

  #take(action: Parameters<typeof take>[2]): boolean {
    const taken = take(this.#system, this.#state, action);
    if (!taken.taken) return false;
    const channels = new Map([...taken.state.channels].map(([name, left]) => [name, name === "commands" ? left : []]));
    this.#state = { ...taken.state, channels };
    this.#heard.push(...taken.transfers.flatMap(({ how, message }) => (how === "delivered" ? [] : [message])));
    return true;
  }
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(`Not so: ${sentence}.`);
}
