/** The program of one mutant: it reads the systems and judges from standard input, and prints what is noticed. */
import { readFileSync } from "node:fs";
import { countRounds, noticedIn, type Notice } from "./noticed.ts";

export interface Asked {
  readonly systems: readonly string[];
  readonly judges?: readonly Notice["judge"][];
}

const { systems, judges } = JSON.parse(readFileSync(0, "utf8")) as Asked;
countRounds();
process.stdout.write(JSON.stringify(noticedIn(systems, judges)));
