/** Lanes of the chart that are hidden, as on a counterexample page; they stay hidden along the path. */
import { el, found } from "./dom.ts";

const hidden = new Set<string>();

/** Hides marks of hidden lanes, and greys steps in which nobody else takes part. */
function filter(): void {
  const chart = found("chart");
  const lanesOf = (mark: HTMLElement | SVGElement, field: string): readonly string[] =>
    (mark.dataset[field] ?? "").split(" ");
  for (const mark of chart.querySelectorAll<SVGElement>("[data-of]"))
    mark.classList.toggle(
      "off",
      lanesOf(mark, "of").some((lane) => hidden.has(lane)),
    );
  for (const step of chart.querySelectorAll<HTMLElement>("li.step"))
    step.classList.toggle(
      "greyed",
      lanesOf(step, "lanes").every((lane) => hidden.has(lane)),
    );
}

/** A box for each lane that the chart has. */
export function showLanes(): void {
  const heads = [...found("chart").querySelectorAll<SVGElement>(".heads .name")];
  const boxes = heads.map((head) => {
    const lane = head.dataset["of"] ?? "";
    const box = el("input", { type: "checkbox", checked: !hidden.has(lane), "data-lane": lane });
    box.addEventListener("change", () => {
      if (box.checked) hidden.delete(lane);
      else hidden.add(lane);
      filter();
    });
    return el("label", { title: head.querySelector("title")?.textContent ?? undefined }, box, ` ${lane}`);
  });
  found("lanes-field").hidden = boxes.length === 0;
  found("lanes").replaceChildren(...boxes);
  filter();
}
