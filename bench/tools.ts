/** One protocol, searched to the end by ours and by other tools: how each is built for a size of it. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROTOCOL_SIZES, type ProtocolSize } from "../checker/textbook/page-fault-protocol.ts";
import type { Contest, Entrant } from "./contest.ts";
import { countedBySpin, numberIn, run, verifierOf, type Counted } from "./spin.ts";

export type SizeName = keyof typeof PROTOCOL_SIZES;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node with our TypeScript. */
export const script = (file: string, ...args: readonly string[]) =>
  [process.execPath, "--import", here("../cli/typescript.mjs"), here(file), ...args] as const;

/** What our own programs print. */
export const countedByUs = (stdout: string): Counted => JSON.parse(stdout) as Counted;

const defines = ({ pages, slots, depth, limit, retries }: ProtocolSize): readonly string[] => [
  `-DN=${pages}`,
  `-DK=${slots}`,
  `-DD=${depth}`,
  `-DL=${limit}`,
  `-DR=${retries}`,
];

const ours = (name: SizeName): Entrant => ({
  name: "faultline",
  needs: [],
  prepare: () => script("ours.ts", name),
  read: countedByUs,
});

const spin = (name: string, size: SizeName, ...flags: readonly string[]): Entrant => ({
  name,
  needs: ["spin", "gcc"],
  prepare: (directory) => {
    const values = [...defines(PROTOCOL_SIZES[size].size), "-DONE"];
    const verifier = verifierOf(here("peers/spin/iopf.pml"), values, ["-O2", ...flags], directory);
    return [verifier, size === "L" ? "-w24" : "-w22", "-m10000000"];
  },
  read: countedBySpin,
});

const rumur = (name: SizeName): Entrant => ({
  name: "Rumur",
  needs: ["rumur", "gcc"],
  prepare: (directory) => {
    const { pages, slots, depth, limit, retries } = PROTOCOL_SIZES[name].size;
    const values: Readonly<Record<string, unknown>> = {
      N: pages,
      K: slots,
      D: depth,
      L: limit,
      R: retries,
      BUG: false,
    };
    const model = readFileSync(here("peers/rumur/iopf.m.in"), "utf8");
    writeFileSync(
      join(directory, "iopf.m"),
      model.replaceAll(/@(\w+)@/g, (_all, value: string) => String(values[value])),
    );
    run(directory, "rumur", "--threads", "1", "-o", "iopf.c", "iopf.m");
    run(directory, "gcc", "-std=c11", "-O3", "-march=native", "-mcx16", "iopf.c", "-o", "iopf", "-lpthread");
    return [join(directory, "iopf")];
  },
  read: (stdout) => ({
    states: numberIn(stdout, /(\d+) states, \d+ rules fired/),
    transitions: numberIn(stdout, /\d+ states, (\d+) rules fired/),
  }),
});

const c = (name: SizeName): Entrant => ({
  name: "C, for this alone",
  needs: ["gcc"],
  prepare: (directory) => {
    copyFileSync(here("peers/c/iopf.c"), join(directory, "iopf.c"));
    run(directory, "gcc", "-O2", ...defines(PROTOCOL_SIZES[name].size), "-o", "iopf", "iopf.c");
    return [join(directory, "iopf")];
  },
  read: (stdout) => {
    const { states, transitions, bytes } = JSON.parse(stdout) as Required<Counted>;
    return { states, transitions: transitions - 1, bytes };
  },
});

const peersOf = (name: SizeName): readonly Entrant[] => [
  spin("SPIN, breadth first", name, "-DBFS"),
  spin("SPIN, depth first", name),
  rumur(name),
  c(name),
];

/** The names of the other tools. */
export const PEERS: readonly string[] = peersOf("XS").map(({ name }) => name);

/** `only`: of the other tools; default: all. */
export function protocolContest(name: SizeName, only: readonly string[] = PEERS): Contest {
  const { states, transitions } = PROTOCOL_SIZES[name];
  const others = peersOf(name).filter((peer) => only.includes(peer.name));
  return { size: name, agreed: { states, transitions }, entrants: [ours(name), ...others] };
}
