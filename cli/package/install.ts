/** `npm install`, for a test: without scripts, and from the cache of npm where it can. */
import { spawnSync } from "node:child_process";

/** Milliseconds after which the registry counts as away. */
const PATIENCE = 300_000;

/** Installs the package into the folder. Gives the last lines of npm where it fails. */
export function installInto(folder: string, name: string): string | undefined {
  const args = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error", name];
  const { status, stderr, error } = spawnSync("npm", args, { cwd: folder, encoding: "utf8", timeout: PATIENCE });
  if (status === 0) return undefined;
  return error?.message ?? stderr.trim().split("\n").slice(-3).join(" ");
}

/** Errors of npm that say that the registry cannot be reached, or lacks what it once had in its cache. */
export const isAway = (because: string): boolean =>
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|E50\d)\b/.test(because);
