/** Answers are kept as they come, so that a run that was ended goes on where it was. An answer belongs to all that it rests on. */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { filesIn, pathOf, sourcesIn } from "./sources.ts";

function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length} `).update(part);
  return hash.digest("hex");
}

const hashOfFiles = (files: readonly string[]): string =>
  hashOf(files.flatMap((file) => [file, readFileSync(pathOf(file))]));

/** What the replays rest on: the sources, and the recordings. */
export const replayed = (): string =>
  hashOfFiles([
    ...sourcesIn(["checker/", "model/", "scenarios/recorded/"]),
    ...filesIn(["scenarios/recorded/data/"]),
    ...["marks", "nearest", "replays", "survey", "ticks"].map((name) => `bench/mutants/${name}.ts`),
  ]);

/** What a test rests on, besides its own text. */
export const tested = (): string => hashOfFiles(sourcesIn(["checker/", "model/", "properties/", "scenarios/"]));

export class Kept {
  readonly #path: string;
  readonly #answers = new Map<string, unknown>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    // A run that was ended may have left half a line.
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    writeFileSync(path, lines.map((line) => `${line}\n`).join(""));
    for (const line of lines) {
      const [question, answer] = JSON.parse(line) as [string, unknown];
      this.#answers.set(question, answer);
    }
  }

  /** The answer is plain data. */
  async answerTo<Answer>(question: readonly string[], ask: () => Promise<Answer>): Promise<Answer> {
    const key = hashOf(question);
    const known = this.#answers.get(key);
    if (known !== undefined) return known as Answer;
    const answer = await ask();
    this.#answers.set(key, answer);
    appendFileSync(this.#path, `${JSON.stringify([key, answer])}\n`);
    return answer;
  }
}
