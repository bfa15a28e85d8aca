/** The status of long work: one live line on a terminal, elsewhere a plain line every ten seconds; always on stderr. */
import { claimName, count, counted, duration, size } from "../reports/words.ts";
import { printable } from "./errors.ts";
import type { Progress, Violation, Watch } from "./ports.ts";
import type { Terminal } from "./terminal.ts";

/** Milliseconds between two looks of the live line, two plain lines, and two turns of the event loop. */
const LIVE = 100;
const PLAIN = 10_000;
const BREATH = 50;

const NOW = {
  stops: "; stopping when this depth is searched",
  "goes on": "; searching on (Ctrl-C keeps it)",
  "is over": "; told at the end of the search",
};

/** ", 1 violation, 2 known". */
const foundWords = (violations = 0, known = 0): string =>
  (violations > 0 ? `, ${counted(violations, "violation")}` : "") + (known > 0 ? `, ${count(known)} known` : "");

const leftWords = (share: number, seconds: number): string =>
  share > 0 && seconds > 0 ? `, about ${duration((seconds * (1 - share)) / share)} left` : "";

/** "12 345 states, depth 7, queue 300, 1 200 000 states/s, 85 MB". */
function progressWords(progress: Progress, seconds: number, memory: number): string {
  const rate = (n: number, unit: string): string =>
    seconds > 0 ? `, ${count(Math.round(n / seconds))} ${unit}/s` : "";
  switch (progress.kind) {
    case "states": {
      const { states, depth, queue, bytes, violations, known } = progress;
      const tables = bytes === undefined ? "" : ` (tables ${size(bytes)})`;
      return `${count(states)} states, depth ${depth}${foundWords(violations, known)}, queue ${count(queue)}${rate(states, "states")}, ${size(memory)}${tables}`;
    }
    case "runs":
      return `${count(progress.runs)} of ${count(progress.of)} runs${foundWords(progress.violations)}, ${count(progress.steps)} steps${rate(progress.steps, "steps")}, ${size(memory)}`;
    case "solving":
      return `solving, ${Math.floor(100 * progress.share)} %, ${count(progress.done)} ${progress.unit}${leftWords(progress.share, seconds)}`;
    case "events": {
      const { events, share } = progress;
      const left = leftWords(share, seconds);
      return `${Math.floor(100 * share)} %, ${count(events)} events${rate(events, "events")}${left}`;
    }
    case "sequences":
      return `${count(progress.sequences)} sequences${rate(progress.sequences, "sequences")}`;
    case "questions":
      return counted(progress.questions, "question");
    case "defects":
      return counted(progress.defects, "defect");
  }
}

/** The line of a terminal that is drawn over itself; all work that goes on at once shares it. */
export class Line {
  readonly #terminal: Terminal;
  #live = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Takes it away, before anything else is written. */
  clear(): void {
    if (this.#live) this.#terminal.err("\r\u001b[2K");
    this.#live = false;
  }

  draw(text: string): void {
    this.clear();
    this.#terminal.err(text.slice(0, (this.#terminal.columns ?? 80) - 1));
    this.#live = true;
  }
}

export class StatusLine {
  readonly #terminal: Terminal;
  readonly #line: Line;
  #started: number;
  #shown: number;
  #breathed: number;
  #label = "";

  constructor(terminal: Terminal, line = new Line(terminal)) {
    this.#terminal = terminal;
    this.#line = line;
    this.#started = this.#shown = this.#breathed = terminal.now();
  }

  /** Begins a new piece of work. */
  start(label: string): void {
    this.#label = label;
    this.#started = this.#terminal.now();
    if (this.#terminal.errIsTerminal) this.#draw(label);
  }

  /** Seconds since the start of the piece of work. */
  get seconds(): number {
    return (this.#terminal.now() - this.#started) / 1000;
  }

  /** What the engine is given. */
  get watch(): Watch {
    return {
      onProgress: (progress) => this.show(progress),
      onBegin: () => void (this.#started = this.#shown = this.#terminal.now()),
      onViolation: (violation) => this.tell(violation),
      onNote: (note) => {
        this.clear();
        this.#terminal.err(`faultline: ${printable(note)}.\n`);
      },
      signal: this.#terminal.signal,
    };
  }

  /** Says at once what is violated; the chart comes with the report. */
  tell({ id, name, statement, where, isKnown = false, search }: Violation): void {
    this.clear();
    this.#terminal.err(
      `${isKnown ? "KNOWN" : "VIOLATED"} ${claimName({ id, ...(name !== undefined && { name }) })} ${where} after ${duration(this.seconds)}${NOW[search]}.\n  ${id}: ${statement}\n`,
    );
  }

  /** Shows the progress when it is time; the promise, if any, gives interrupts a chance to arrive. */
  show(progress: Progress): Promise<void> | undefined {
    const now = this.#terminal.now();
    if (now - this.#shown >= (this.#terminal.errIsTerminal ? LIVE : PLAIN)) {
      this.#shown = now;
      this.#draw(`${this.#label}: ${progressWords(progress, this.seconds, this.#terminal.memory())}`);
    }
    if (now - this.#breathed < BREATH) return undefined;
    this.#breathed = now;
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** Takes the live line away, before anything else is written. */
  clear(): void {
    this.#line.clear();
  }

  #draw(text: string): void {
    if (this.#terminal.errIsTerminal) this.#line.draw(text);
    else this.#terminal.err(`${text} (${duration(this.seconds)})\n`);
  }
}
