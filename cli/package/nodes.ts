/** Versions of Node, out of the registry of npm: each is a package that contains the program. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installInto } from "./install.ts";

/** Those that a user may have, besides the one that runs this. */
const MAJORS = [20, 22, 24];

export interface Node {
  /** "v22.18.0", or "22" where it could not be had. */
  readonly version: string;
  readonly path?: string;
  /** Why it could not be had. */
  readonly because?: string;
}

/** The Node that runs this, and one of each other major version, installed below the folder. */
export function nodes(folder: string): readonly Node[] {
  const own = { version: process.version, path: process.execPath };
  const others = MAJORS.filter((major) => !process.version.startsWith(`v${major}.`)).map((major): Node => {
    const into = join(folder, `node-${major}`);
    mkdirSync(into);
    writeFileSync(join(into, "package.json"), "{}");
    const name = `node-${process.platform}-${process.arch}`;
    const because = installInto(into, `${name}@${major}`);
    const path = join(into, "node_modules", name, "bin/node");
    if (because !== undefined) return { version: String(major), because };
    return existsSync(path) ? { version: String(major), path } : { version: String(major), because: `no ${path}` };
  });
  return [own, ...others];
}
