/** The frame of a page: its own style and script are admitted by their hashes, and nothing else is. */
import { tag, verbatim, type Markup } from "./html.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** SHA-256 of STYLE and SCRIPT in base 64; a test says what they have to be. */
export const STYLE_HASH = "mXKMCffag5TMb/g46//IX8vtpabMzwm78a6bF/wIhAA=";
export const SCRIPT_HASH = "ddFpA/7Y2ftxC0fZWMA4ikWNehPa4eg5ZjbIiEa+ang=";

/** What a page without a script may do. */
const QUIET = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'`;
const SCRIPTED = `${QUIET}; script-src 'sha256-${SCRIPT_HASH}'`;

/** `isScripted`: with the script that moves from step to step. */
export function documentOf(title: string, parts: readonly Markup[], isScripted = false): string {
  const head = tag(
    "head",
    {},
    tag("meta", { charset: "utf-8" }),
    tag("meta", { "http-equiv": "Content-Security-Policy", content: isScripted ? SCRIPTED : QUIET }),
    tag("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    tag("meta", { name: "generator", content: "faultline" }),
    tag("title", {}, title),
    tag("style", {}, verbatim(STYLE)),
  );
  const script = isScripted ? [tag("script", {}, verbatim(SCRIPT))] : [];
  const body = tag("body", {}, tag("main", {}, parts), script);
  return `<!doctype html>\n${tag("html", { lang: "en" }, head, body).markup}\n`;
}
