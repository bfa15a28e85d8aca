/** The regressions of the project as links in the page: a path that is of another model by now stops the build. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tag, type Markup } from "../../reports/page/html.ts";
import { documentIn } from "../document.ts";
import { FORMS } from "../forms.ts";
import { linkTo } from "./link-to.ts";
import { storedPath } from "./stored-path.ts";

function item(folder: string, name: string): Markup {
  const { request, path, sentence } = storedPath(
    documentIn(() => readFileSync(join(folder, name), "utf8"), name, FORMS.replay),
    name.replace(/\.json$/, ""),
  );
  return tag("li", {}, tag("a", { href: `#${linkTo(request, path)}` }, request.system), ` ${sentence}`);
}

export const regressionItems = (folder: string): string =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => item(folder, name).markup)
    .join("\n");
