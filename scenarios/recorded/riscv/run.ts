/**
 * One recorded sequence of a RISC-V IOMMU, as the machines take it. What is the recorder's own choice, and no rule of
 * an IOMMU: when the command queue takes a command, which ATC invalidation a device completes, and in which order the
 * recorder says so.
 */
import type { Json, Message } from "../../../checker/json.ts";
import type { System } from "../../../checker/system.ts";
import { ModelError } from "../../../checker/system.ts";
import type { TranslationContext } from "../../../model/machines/iommu/translation.ts";
import { Drive } from "../linux/drive.ts";
import type { RiscvRegisters, RiscvStep } from "./schema.ts";
import { UNUSED, USED } from "./system.ts";
import { commandOf, eventOf, pageOf, recordedAs, registersOf } from "./words.ts";

/** The recorder lets the command queue take at most so many commands after each one that it adds. */
const COMMANDS_A_STEP = 8;

/** What one operation did. */
export interface Outcome {
  readonly events: readonly { readonly [field: string]: Json }[];
  /** How often the interrupt of the page request queue was raised. */
  readonly interrupts: number;
  /** Commands that are left in the command queue. */
  readonly waiting: number;
  /** An Invalidate Completion was not expected. */
  readonly unexpected: boolean;
}

export class Run {
  readonly drive: Drive;
  /** The page table of the devices. */
  readonly #domain: number;
  #heard: Message[] = [];
  #frames = 0;
  /** Whether the command queue did not take the command at its head when it last could. */
  #refused = false;

  constructor(system: System, mapsAreUsed: boolean) {
    this.#domain = mapsAreUsed ? USED : UNUSED;
    this.drive = new Drive(system, ({ how, message }) => {
      if (how !== "delivered") this.#heard.push(message);
    });
  }

  perform(step: RiscvStep): Outcome {
    this.#heard = [];
    const own = eventOf(step);
    if (own) this.#take(own.component, own.event);
    const command = commandOf(step, this.#domain);
    if (command) {
      this.drive.post("commands", command);
      this.#work(COMMANDS_A_STEP);
    } else if (step.op === "invalidateAtcComplete") {
      // A fence that waits at the head goes on with the completion itself; then one more command is taken.
      const waits = this.#refused && this.drive.waiting("commands")[0]?.type === "command.fences";
      this.#work(waits ? 2 : 1);
    } else if (step.op === "map" || step.op === "unmap" || step.op === "translate") this.#translate(step);
    for (const channel of this.drive.system.channelNames)
      if (channel !== "commands") while (this.drive.deliver(channel));
    return {
      events: this.#heard.map(recordedAs).filter((event) => event !== undefined),
      interrupts: this.#heard.filter(({ type }) => type === "prq.interrupt").length,
      waiting: this.drive.waiting("commands").length,
      unexpected: this.#heard.some(({ type }) => type === "atc.completion-unexpected"),
    };
  }

  registers(): RiscvRegisters {
    this.#heard = [];
    this.#take("prq", { type: "prq.reads-registers" });
    const read = this.#heard.find(({ type }) => type === "prq.registers");
    if (!read) throw new ModelError("The page request queue does not show its registers.");
    return registersOf(read);
  }

  /** Whether software has a mapping of the page in the table that no device uses. */
  isMappedElsewhere(address: number): boolean {
    return (
      this.#domain === UNUSED && this.drive.context<TranslationContext>(`translation${USED}.${pageOf(address)}`).present
    );
  }

  #translate(step: RiscvStep & { readonly op: "map" | "unmap" | "translate" }): void {
    const page = pageOf(step.address);
    const written = `translation${USED}.${page}`;
    if (step.op === "unmap") return this.#take(written, { type: "translation.unmaps", page, domain: USED });
    if (step.op === "map") {
      this.#frames += 1;
      const mapping = { frame: this.#frames, writable: step.write };
      return this.#take(written, { type: "translation.maps", page, domain: USED, ...mapping });
    }
    const read = `translation${this.#domain}.${page}`;
    const { device, write } = step;
    if (step.ats) return this.#take(read, { type: "ats.request", device, slot: 0, page });
    this.#take(read, { type: "access.begins", device, slot: 0, page, write });
    if (this.#heard.some(({ type }) => type === "access.granted"))
      this.#take(read, { type: "access.retires", device, slot: 0, page });
  }

  #take(component: string, event: Message): void {
    if (!this.drive.take(component, event)) throw new ModelError(`"${component}" does not handle "${event.type}".`);
  }

  /** The command queue takes at most so many commands. */
  #work(most: number): void {
    for (let taken = 0; taken < most && this.drive.waiting("commands").length > 0; taken++) {
      this.#refused = !this.drive.deliver("commands");
      if (this.#refused) return;
    }
    this.#refused = false;
  }
}
