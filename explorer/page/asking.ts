/** The worker of one system, asked by the page. Another system is another worker; this one can be ended at any time. */
import type { Ask, Asks, ProgressView, Refusal, Told, VerdictView } from "../protocol.ts";

/** The worker refuses: what was asked cannot be done, and why. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Refused) => void;
}

export interface Hearing {
  readonly progress: (progress: ProgressView) => void;
  readonly found: (verdict: VerdictView) => void;
}

export class Asking {
  readonly system: string;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;

  constructor(system: string, hearing: Hearing) {
    this.system = system;
    this.#worker = new Worker(`./worker.js?system=${encodeURIComponent(system)}`, { type: "module" });
    this.#worker.addEventListener("message", ({ data }: MessageEvent<Told>) => this.#hear(data, hearing));
    this.#worker.addEventListener("error", ({ message }) => {
      const because = message || "the browser does not start a module worker from here";
      this.#refuseAll(`The worker cannot be loaded: ${because}.`);
    });
  }

  ask<A extends Ask>(ask: A, about: Asks[A]["ask"]): Promise<Asks[A]["answer"]> {
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ask, about });
    });
  }

  /** Ends the worker; what was asked and not answered is refused. */
  end(): void {
    this.#worker.terminate();
    this.#refuseAll("The worker was ended, and with it the search.");
  }

  #hear(told: Told, { progress, found }: Hearing): void {
    if (told.kind === "progress") return progress(told.progress);
    if (told.kind === "found") return found(told.verdict);
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (told.kind === "answer") waiting?.resolve(told.answer as never);
    else waiting?.reject(new Refused(told.refusal));
  }

  #refuseAll(message: string): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of all) reject(new Refused({ message, expected: "", nearest: [] }));
  }
}
