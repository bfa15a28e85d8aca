/** The state chart of one machine, with the state lit that it is in at the point that is shown. */
import type { MachineView } from "../protocol.ts";
import { el, found, svg } from "./dom.ts";
import type { Box, Drawing, Way } from "./layout.ts";

const boxOf = ({ node, x, y, width, height }: Box): SVGElement =>
  svg(
    "g",
    { class: node.isCurrent ? "state-box current" : "state-box", "data-state": node.name },
    svg("title", {}, node.sentence),
    svg("rect", { x: x - width / 2, y: y - height / 2, width, height, rx: 6 }),
    ...(node.isInitial ? [svg("circle", { class: "dot", cx: x - width / 2 + 9, cy: y, r: 3 })] : []),
    svg("text", { x, y: y + 4, "text-anchor": "middle" }, node.name),
  );

/** The points joined by a line whose corners are round. */
function lineOf(points: Way["points"]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  const bends = rest.slice(0, -1).map((point, k) => {
    const next = rest[k + 1]!;
    return `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}`;
  });
  const last = rest.at(-1) ?? first;
  return `M${first.x} ${first.y}${bends.join("")}L${last.x} ${last.y}`;
}

/** The head of an arrow, in the direction of the last part of the way. */
function headOf(points: Way["points"]): SVGElement {
  const [before, end] = points.slice(-2);
  if (!before || !end) return svg("g");
  const angle = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
  return svg("path", {
    class: "head",
    d: "M0 0l-8 -3.5v7z",
    transform: `translate(${end.x} ${end.y}) rotate(${angle})`,
  });
}

const arrow = ({ points }: Way): readonly SVGElement[] => [
  svg("path", { class: "arrow", d: lineOf(points) }),
  headOf(points),
];

function label({ edge, lines, x, y }: Way, height: number): SVGElement {
  const top = y - (height * lines.length) / 2 + height - 4;
  return svg(
    "text",
    { class: "label", "text-anchor": "middle" },
    svg("title", {}, edge.events.join("\n")),
    ...lines.map((line, k) => svg("tspan", { x, y: top + k * height }, line)),
  );
}

/** A wide drawing is made smaller, but not so small that it cannot be read. */
const SMALLEST = 0.75;

function drawn({ width, height, boxes, ways }: Drawing, scale: number, line: number, name: string): SVGElement {
  return svg(
    "svg",
    {
      viewBox: `0 0 ${width} ${height}`,
      width: width * scale,
      height: height * scale,
      role: "img",
      "aria-label": name,
    },
    ...ways.flatMap(arrow),
    ...ways.map((one) => label(one, line)),
    ...boxes.map(boxOf),
  );
}

/** Draws the machine; the layout is loaded with the first one. */
export async function showMachine(machine: MachineView): Promise<void> {
  const { drawingOf, LINE } = await import("./layout.ts");
  const current = machine.nodes.filter(({ isCurrent }) => isCurrent);
  const names = current.map(({ name }) => name).join(", ");
  const stays = [...new Set(current.flatMap((node) => node.stays))];
  found("machine-says").replaceChildren(
    el("p", {}, `${machine.component}, ${machine.sentence}.`),
    el("p", {}, `Now in ${names}${machine.says === "" ? "" : `: ${machine.says}`}.`),
    ...(stays.length > 0
      ? [el("p", { class: "quiet" }, `Handled here without leaving the state: ${stays.join(", ")}.`)]
      : []),
  );
  const name = `States of ${machine.component}: ${machine.nodes.map((node) => node.name).join(", ")}; now ${names}`;
  const fields = machine.context.map(([field, value]) => el("code", { class: "field" }, `${field} = ${value}`));
  found("machine-context").replaceChildren(...fields);
  const region = found("machine-chart");
  const drawing = drawingOf(machine);
  const scale = Math.min(1, Math.max(SMALLEST, region.clientWidth / drawing.width));
  region.replaceChildren(drawn(drawing, scale, LINE, name));
  const box = drawing.boxes.find(({ node }) => node.isCurrent);
  if (!box) return;
  region.scrollLeft = box.x * scale - region.clientWidth / 2;
  region.scrollTop = box.y * scale - region.clientHeight / 2;
}

/** The list of components; the first entry is the one that took the step that is shown. */
export function listComponents(components: readonly { readonly name: string; readonly sentence: string }[]): void {
  const select = found<HTMLSelectElement>("component");
  const before = select.value;
  select.replaceChildren(
    el("option", { value: "" }, "who took this step"),
    ...components.map(({ name, sentence }) => el("option", { value: name, title: sentence }, name)),
  );
  if (components.some(({ name }) => name === before)) select.value = before;
}
