/** `explore`: serves the explorer to browsers of this machine, until it is told to stop. */
import { once } from "node:events";
import { printable, UsageError } from "../errors.ts";
import { EXIT } from "../exit.ts";
import { linkTo } from "../explorer/link-to.ts";
import { serve, type Files } from "../explorer/serve.ts";
import { storedPath } from "../explorer/stored-path.ts";
import { readDocument } from "../files.ts";
import { FORMS } from "../forms.ts";
import { selectionOf, type SelectionOptions } from "../options.ts";
import type { Engine } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { reason } from "../write.ts";

export interface ExploreOptions extends SelectionOptions {
  /** 0: one that is free. */
  readonly port: number;
}

/** A path is told from a system by what no name of a system has. */
const isFile = (text: string): boolean => /[./\\]/.test(text);

/** What the page shows first. @throws UsageError for a file that cannot be shown, a name that is none, or choices that do not go together */
async function beginning(engine: Engine, what: string | undefined, options: SelectionOptions): Promise<string> {
  const { hardware, design, host, bounds, set = [] } = options;
  const isChosen = [hardware, design, host, bounds].some((one) => one !== undefined) || set.length > 0;
  if (what !== undefined && isFile(what)) {
    if (isChosen) throw new UsageError(`"${what}" says itself what it was found in.`, "a file without other options");
    const { request, path } = storedPath(await readDocument(what, FORMS.replay), what);
    return linkTo(request, path);
  }
  if (what === undefined && isChosen)
    throw new UsageError("explore needs a system for these options.", "explore SYSTEM");
  if (what === undefined) return "";
  const [request] = engine.runs(selectionOf(engine, [what], options));
  return linkTo(request!, () => ({ steps: [], watch: "" }));
}

/** To be told to stop is how it ends as expected. */
export async function explore(
  engine: Engine,
  terminal: Terminal,
  what: string | undefined,
  { port, ...options }: ExploreOptions,
  load: () => Promise<Files>,
): Promise<number> {
  const hash = await beginning(engine, what, options);
  const files = await load();
  const { server, address } = await serve(files, port).catch((error: unknown) => {
    throw new UsageError(`port ${port} cannot be used: ${reason(error)}.`, "another --port; 0 takes one that is free");
  });
  terminal.say(`The explorer is at ${printable(address)}${hash === "" ? "" : `#${hash}`}\nCtrl-C ends it.\n`);
  if (!terminal.signal.aborted) await once(terminal.signal, "abort");
  server.closeAllConnections();
  server.close();
  return EXIT.asExpected;
}
