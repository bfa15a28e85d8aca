/** The command that shows the model in a browser: explore. */
import type { Command } from "commander";
import { wholeNumber } from "../options.ts";
import { each, type Process } from "./common.ts";

interface ExploreFlags {
  readonly hardware?: string;
  readonly design?: string;
  readonly bounds?: string;
  readonly set?: readonly string[];
  readonly port: string;
}

const MOST_PORT = 65_535;

export function addExplore(root: Command, { load, terminal, finish, explorer }: Process): void {
  root
    .command("explore")
    .description("serve a page that steps through a system and searches it, to browsers of this machine")
    .argument("[what]", "a system, or a file: a counterexample or a regression")
    .option("--hardware <name>", "a hardware preset (faultline list hardware)")
    .option("--design <name>", "the software under test (faultline list designs)")
    .option("--bounds <name>", "small, default or deep")
    .option("--set <knob=value>", "a value of a knob; may be repeated", each)
    .option("--port <number>", "where it listens on 127.0.0.1; 0 takes a port that is free", "0")
    .action(async (what: string | undefined, { port, ...options }: ExploreFlags) => {
      const listens = wholeNumber("--port", port, 0, MOST_PORT);
      if (explorer === undefined) throw new Error("This process does not know where its page is.");
      const { explore } = await import("../commands/explore.ts");
      finish(await explore(await load(), terminal, what, { ...options, port: listens }, explorer));
    });
}
