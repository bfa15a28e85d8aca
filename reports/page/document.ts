/** The frame of a page: its own style and script are admitted by their hashes, and nothing else is. */
import { tag, verbatim, type Markup } from "./html.ts";
import { SCRIPT } from "./script.ts";
import { STYLE } from "./style.ts";

/** SHA-256 of STYLE and SCRIPT in base 64; a test says what they have to be. */
export const STYLE_HASH = "3tZRL5IzhSw4Lx0fCV1fUHOlSY52Ix4Vfue3nWauu6E=";
export const SCRIPT_HASH = "ddFpA/7Y2ftxC0fZWMA4ikWNehPa4eg5ZjbIiEa+ang=";

const POLICY = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; script-src 'sha256-${SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

export function documentOf(title: string, parts: readonly Markup[]): string {
  const head = tag(
    "head",
    {},
    tag("meta", { charset: "utf-8" }),
    tag("meta", { "http-equiv": "Content-Security-Policy", content: POLICY }),
    tag("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
    tag("meta", { name: "generator", content: "faultline" }),
    tag("title", {}, title),
    tag("style", {}, verbatim(STYLE)),
  );
  const body = tag("body", {}, tag("main", {}, parts), tag("script", {}, verbatim(SCRIPT)));
  return `<!doctype html>\n${tag("html", { lang: "en" }, head, body).markup}\n`;
}
