/** The path as a chart, the steps that can follow, and what is violated and witnessed on it. */
import type { JudgedView, PathView, PropertyView, VerdictView } from "../protocol.ts";
import { button, el, found, say } from "./dom.ts";
import type { Place } from "./walk.ts";

export interface Walking {
  readonly go: (at: number) => void;
  readonly take: (action: number) => void;
  readonly watch: (id: string) => void;
  readonly show: (verdict: VerdictView) => void;
}

/** Puts the chart there, with the point that is shown marked. */
export function showChart({ chart, sentences }: PathView, { path, at }: Place, { go }: Walking): void {
  const region = found("chart");
  const length = path.steps.length;
  found("sentences").replaceChildren(...sentences.map((sentence) => el("p", {}, sentence)));
  found("point").textContent = length === 0 ? "Initial state" : `After step ${at} of ${length}`;
  if (chart === "")
    region.replaceChildren(
      el("p", { class: "empty" }, "No step was taken yet: take one from the list, open a counterexample, or search."),
    );
  // Everything in it was escaped where it was made: reports/page/html.ts.
  else region.innerHTML = chart;
  const steps = region.querySelectorAll<HTMLElement>("li.step");
  for (const [k, step] of steps.entries()) {
    step.classList.toggle("later", k >= at);
    step.querySelector(".row")?.addEventListener("click", (event) => {
      event.preventDefault();
      go(k + 1);
    });
    for (const link of step.querySelectorAll<HTMLElement>(".detail a"))
      link.addEventListener("click", (event) => {
        event.preventDefault();
        go(Number(/\d+$/.exec(link.getAttribute("href") ?? "")?.[0] ?? at));
      });
  }
  const chosen = steps[at - 1];
  if (!chosen) return;
  chosen.classList.add("on");
  for (let fold = chosen.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null)
    fold.open = true;
  bringIntoView(region, chosen);
  say(chosen.dataset["said"] ?? "");
}

/** Scrolls the region, and not the page around it. The heads of the lanes stay in front of what is at the top. */
function bringIntoView(region: HTMLElement, step: HTMLElement): void {
  const [outer, inner] = [region.getBoundingClientRect(), step.getBoundingClientRect()];
  const heads = region.querySelector(".heads")?.clientHeight ?? 0;
  const above = inner.top - outer.top - heads;
  const below = inner.bottom - outer.bottom;
  if (above < 0) region.scrollTop += above;
  else if (below > 0) region.scrollTop += Math.min(below, above);
}

/** The steps that can be taken at the point that is shown. */
export function showPossible({ possible, blocked }: PathView, { path, at }: Place, { take }: Walking): void {
  const next = path.steps[at];
  found("possible-title").textContent = `Possible steps (${possible.length})`;
  const none = el("li", { class: "quiet" }, "No step is possible here.");
  found("possible").replaceChildren(
    ...(possible.length === 0 ? [none] : []),
    ...possible.map(({ action, words, event }) => {
      const isNext = action === next;
      const line = button("", () => take(action), {
        class: isNext ? "take next" : "take",
        title: event,
        "data-action": action,
      });
      line.append(el("span", {}, words), el("small", {}, isNext ? `${event} (step ${at + 1} of the path)` : event));
      return el("li", {}, line);
    }),
  );
  found("what-if").hidden = next === undefined;
  found("blocked-field").hidden = blocked.length === 0;
  found("blocked").replaceChildren(...blocked.map((line) => el("li", {}, line)));
}

const RANK = ["violated", "unknown", "never-witnessed", "witnessed", "holds"];

/** The properties: what the path shows, and what the search said. */
export function showProperties(
  properties: readonly PropertyView[],
  judged: readonly JudgedView[],
  verdicts: ReadonlyMap<string, VerdictView>,
  { path }: Place,
  walking: Walking,
): void {
  const here = new Map(judged.map((one) => [one.id, one]));
  const rank = ({ id }: PropertyView): number => {
    const kinds = [here.get(id)?.kind, verdicts.get(id)?.kind].map((kind) => RANK.indexOf(kind ?? ""));
    const told = kinds.filter((kind) => kind >= 0);
    return told.length === 0 ? RANK.length : Math.min(...told);
  };
  const violated = judged.filter(({ kind }) => kind === "violated").length;
  const witnessed = judged.length - violated;
  found("judged").textContent = `On this path: ${violated} violated, ${witnessed} witnessed, of ${properties.length}.`;
  const rows = [...properties].sort((a, b) => rank(a) - rank(b));
  found("properties").replaceChildren(
    ...rows.map((one) => propertyRow(one, here.get(one.id), verdicts.get(one.id), path.watch, walking)),
  );
}

function propertyRow(
  { id, name, sentence, kind, source }: PropertyView,
  here: JudgedView | undefined,
  verdict: VerdictView | undefined,
  watched: string,
  { go, watch, show }: Walking,
): HTMLElement {
  const isWatched = id === watched;
  const watcher = button(isWatched ? "Unwatch" : "Watch", () => watch(isWatched ? "" : id), {
    "aria-label": `${isWatched ? "Unwatch" : "Watch"} ${id}`,
  });
  const where = here && (here.at === 0 ? "initially" : `after step ${here.at}`);
  const onPath = here ? button(`${here.kind} ${where}`, () => go(here.at), { class: here.kind }) : "";
  const told = verdict
    ? verdict.path
      ? button(`all states: ${verdict.words}`, () => show(verdict), { class: verdict.kind })
      : el("small", {}, `all states: ${verdict.words}`)
    : "";
  return el(
    "li",
    { class: isWatched ? "watched" : undefined, "data-property": id },
    el("div", { class: "bar" }, el("strong", { title: `${kind}; ${source}` }, id), el("small", {}, name), watcher),
    ...(here || verdict ? [el("div", { class: "bar" }, onPath, told)] : []),
    el("p", { class: "quiet" }, sentence),
    ...(verdict?.known === undefined ? [] : [el("p", { class: "quiet" }, `Known: ${verdict.known}`)]),
  );
}
