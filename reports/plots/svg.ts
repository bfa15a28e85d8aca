/** A figure as an SVG drawing, the same bytes for the same figure, in the colours that the reader's system prefers. */
import type { Figure, FigurePoint, Series } from "../../checker/measure/figure.ts";
import { scalesOf, tickWords, type Scale } from "./scale.ts";

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 24;
const TOP = 40;
const BOTTOM = 56;
const LEGEND_LINE = 18;

/** Told apart without colour too: by their dashes and the shapes of their points. Okabe and Ito's colours. */
const LOOKS = [
  { light: "#0072b2", dark: "#56b4e9", dash: "none" },
  { light: "#d55e00", dark: "#e69f00", dash: "6 3" },
  { light: "#009e73", dark: "#2fd1a3", dash: "2 3" },
  { light: "#a0527c", dark: "#e79ac4", dash: "9 3 2 3" },
  { light: "#5c5c5c", dark: "#f0e442", dash: "12 4" },
  { light: "#000000", dark: "#ffffff", dash: "2 6" },
  { light: "#7a6a00", dark: "#0072b2", dash: "12 3 2 3 2 3" },
  { light: "#56b4e9", dark: "#d55e00", dash: "4 8" },
] as const;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** A tenth of a pixel is enough. */
const at = (value: number): string => String(Math.round(value * 10) / 10);

interface Place {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
  readonly bottom: number;
}

function placeIn(scales: { readonly x: Scale; readonly y: Scale }, top: number): Place {
  const bottom = HEIGHT + top - TOP - BOTTOM;
  return {
    bottom,
    x: (value) => LEFT + scales.x.place(value) * (WIDTH - LEFT - RIGHT),
    y: (value) => bottom - scales.y.place(value) * (bottom - top),
  };
}

const text = (x: number, y: number, words: string, anchor: string, more = ""): string =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"${more}>${escaped(words)}</text>`;

const line = (kind: string, x1: number, y1: number, x2: number, y2: number): string =>
  `<line class="${kind}" x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}"/>`;

const SHAPES: readonly ((x: number, y: number) => string)[] = [
  (x, y) => `<circle cx="${at(x)}" cy="${at(y)}" r="3"/>`,
  (x, y) => `<rect x="${at(x - 3)}" y="${at(y - 3)}" width="6" height="6"/>`,
  (x, y) => `<path d="M${at(x)} ${at(y - 4)}l4 7h-8z"/>`,
  (x, y) => `<path d="M${at(x)} ${at(y - 4)}l4 4l-4 4l-4 -4z"/>`,
  (x, y) => `<path d="M${at(x - 3)} ${at(y - 3)}l6 6m0 -6l-6 6"/>`,
  (x, y) => `<path d="M${at(x)} ${at(y + 4)}l4 -7h-8z"/>`,
  (x, y) => `<path d="M${at(x)} ${at(y - 4)}v8m-4 -4h8"/>`,
  (x, y) => `<path d="M${at(x - 4)} ${at(y - 2)}h8m0 4h-8"/>`,
];

/** Where the colours begin again, they have other shapes. */
const shape = (k: number, x: number, y: number): string =>
  SHAPES[(k + Math.floor(k / LOOKS.length)) % SHAPES.length]!(x, y);

function drawn({ points }: Series, k: number, place: Place): string {
  const path = points.map(({ x, y }, j) => `${j === 0 ? "M" : "L"}${at(place.x(x))} ${at(place.y(y))}`).join("");
  const bars = points.filter((point): point is Required<FigurePoint> => (point.high ?? 0) > (point.low ?? 0));
  return [
    `<g class="s${k % LOOKS.length}">`,
    `<path class="line" d="${path}"/>`,
    ...bars.map(({ x, low, high }) => line("bar", place.x(x), place.y(low), place.x(x), place.y(high))),
    ...points.map(({ x, y }) => shape(k, place.x(x), place.y(y))),
    "</g>",
  ].join("\n");
}

const STYLE = [
  "text{font:13px sans-serif;fill:#222}.title{font-weight:bold}.back{fill:#fff}.grid{stroke:#ddd}.mark{stroke:#777;stroke-dasharray:4 4}",
  ".line{fill:none;stroke-width:2}.bar{stroke-width:1}",
  ...LOOKS.map(
    ({ light, dash }, k) => `.s${k}{stroke:${light};fill:${light}}.s${k} .line{stroke-dasharray:${dash};fill:none}`,
  ),
  "@media(prefers-color-scheme:dark){text{fill:#ddd}.back{fill:#161b22}.grid{stroke:#333}.mark{stroke:#999}",
  ...LOOKS.map(({ dark }, k) => `.s${k}{stroke:${dark};fill:${dark}}`),
  "}",
].join("\n");

export function figureSvg(figure: Figure): string {
  const { title, series, marks = [] } = figure;
  const scales = scalesOf(figure);
  const top = TOP + LEGEND_LINE * series.length;
  const place = placeIn(scales, top);
  const right = WIDTH - RIGHT;
  const height = HEIGHT + top - TOP;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="back" width="${WIDTH}" height="${height}"/>`,
    text(LEFT, 24, title, "start", ' class="title"'),
    ...series.flatMap(({ label }, k) => {
      const y = TOP + LEGEND_LINE * k + 4;
      return [
        `<g class="s${k % LOOKS.length}"><path class="line" d="M${LEFT} ${y}h36"/>${shape(k, LEFT + 18, y)}</g>`,
        text(LEFT + 44, y + 4, label, "start"),
      ];
    }),
    ...scales.y.ticks.flatMap((tick) => [
      line("grid", LEFT, place.y(tick), right, place.y(tick)),
      text(LEFT - 8, place.y(tick) + 4, tickWords(tick), "end"),
    ]),
    ...scales.x.ticks.flatMap((tick) => [
      line("grid", place.x(tick), top, place.x(tick), place.bottom),
      text(place.x(tick), place.bottom + 18, tickWords(tick), "middle"),
    ]),
    // One label below the other: marks may lie close together.
    ...marks.flatMap(({ x, label }, k) => [
      line("mark", place.x(x), top, place.x(x), place.bottom),
      text(
        place.x(x) + (scales.x.place(x) > 0.7 ? -4 : 4),
        top + 14 + 16 * k,
        label,
        scales.x.place(x) > 0.7 ? "end" : "start",
      ),
    ]),
    text((LEFT + right) / 2, height - 14, figure.x.label, "middle"),
    text(
      16,
      (top + place.bottom) / 2,
      figure.y.label,
      "middle",
      ` transform="rotate(-90 16 ${at((top + place.bottom) / 2)})"`,
    ),
    ...series.map((one, k) => drawn(one, k, place)),
    "</svg>",
  ].join("\n")}\n`;
}
