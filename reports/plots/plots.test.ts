/** Drawings, plots in text and values: each shows every point where it belongs, and the same figure gives the same bytes. */
import { describe, expect, test } from "vitest";
import type { Figure } from "../../checker/measure/figure.ts";
import { figureCsv } from "./csv.ts";
import { scalesOf, tickWords } from "./scale.ts";
import { figureSvg } from "./svg.ts";
import { figureText } from "./terminal.ts";

const figure: Figure = {
  name: "example",
  title: "Throughput < 100 % & more",
  x: { label: "limit", scale: "log" },
  y: { label: "throughput in %", scale: "linear" },
  series: [
    {
      label: "one",
      points: [
        { x: 1, y: 0 },
        { x: 4, y: 50, low: 40, high: 60 },
        { x: 16, y: 100 },
      ],
    },
    {
      label: 'two, "dark"',
      points: [
        { x: 1, y: 100 },
        { x: 16, y: 100 },
      ],
    },
  ],
  marks: [{ x: 4, label: "half" }],
};

describe("a scale", () => {
  test("of powers has all values between its first and last tick, at equal distances", () => {
    const { x } = scalesOf(figure);
    expect(x.ticks).toEqual([1, 2, 4, 8, 16]);
    expect([1, 4, 16].map(x.place)).toEqual([0, 0.5, 1]);
  });

  test("that is linear begins at 0 and holds the intervals too", () => {
    const high = { ...figure, series: [{ label: "one", points: [{ x: 1, y: 90, low: 80, high: 119 }] }] };
    expect(scalesOf(high).y.ticks).toEqual([0, 20, 40, 60, 80, 100, 120]);
  });

  test("of one value, of none above 0 and of 0 is still a scale", () => {
    for (const y of [0, 7]) {
      const flat = { ...figure, marks: [], series: [{ label: "one", points: [{ x: 7, y }] }] };
      for (const { place, ticks } of Object.values(scalesOf(flat))) {
        expect(ticks.length).toBeGreaterThan(1);
        expect(place(7)).toBeGreaterThanOrEqual(0);
      }
    }
  });

  test("has short words", () => {
    expect([0.5, 0, 200, 2000, 1.6e6].map(tickWords)).toEqual(["0.5", "0", "200", "2k", "1.6M"]);
  });
});

describe("a plot in text", () => {
  const lines = figureText(figure).split("\n");

  test("fits into a mail", () => expect(lines.filter((line) => line.length > 78)).toEqual([]));

  test("has each point at its place, and one sign where two meet", () => {
    const rows = lines.filter((line) => line.charAt(7) === "|");
    const [top, bottom] = [rows[0]!, rows.at(-1)!];
    expect([top.charAt(8), top.charAt(72)]).toEqual(["b", "*"]);
    expect(bottom.charAt(8)).toBe("a");
    expect(rows[8]!.charAt(40)).toBe("a");
    expect(rows[4]!.charAt(40)).toBe(":");
  });

  test("says what each sign is", () => {
    for (const line of ["  a  one", '  b  two, "dark"', "  :  half"]) expect(lines).toContain(line);
  });
});

describe("a drawing", () => {
  const svg = figureSvg(figure);

  test("is the same for the same figure, and has no word that is not escaped", () => {
    expect(figureSvg(structuredClone(figure))).toBe(svg);
    expect(svg).toContain("Throughput &lt; 100 % &amp; more");
    expect(svg).toContain("two, &quot;dark&quot;");
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  });

  test("has a shape for each point and a bar for each interval", () => {
    const points = svg.slice(svg.indexOf('<path class="line" d="M64 '));
    expect(points.match(/<circle /g)?.length).toBeGreaterThanOrEqual(3);
    expect(svg.match(/class="bar"/g)?.length).toBe(1);
  });

  test("goes through the places of its points", () => {
    expect(svg).toContain('d="M64 380L380 228L696 76"');
  });

  test("gives each of many series a look of its own", () => {
    const series = Array.from({ length: 24 }, (_, k) => ({ label: `s${k}`, points: [{ x: 1, y: k }] }));
    const legend = figureSvg({ ...figure, series, marks: [] }).match(
      /<g class="s\d"><path class="line" [^>]*>.*(?=<\/g>)/g,
    )!;
    // Without where it is: the colour with its dashes, and the shape with its first stroke.
    const looks = legend.map((one) =>
      one.replace(/d="M64 \d+h36"/, "").replace(/(cx|cy|x|y)="[\d.]+"|M[\d.]+ [\d.]+/g, ""),
    );
    expect(looks.length).toBe(24);
    expect(new Set(looks).size).toBe(24);
  });

  test("writes the labels of marks that lie close together below each other", () => {
    const marks = [
      { x: 4, label: "half of one" },
      { x: 5, label: "half of two" },
    ];
    const drawing = figureSvg({ ...figure, marks });
    const places = ["half of one", "half of two"].map((label) =>
      Number(new RegExp(`y="([\\d.]+)"[^>]*>${label}<`).exec(drawing)![1]),
    );
    expect(places[1]! - places[0]!).toBeGreaterThanOrEqual(14);
  });

  test("has colours for both schemes", () => expect(svg).toContain("@media(prefers-color-scheme:dark)"));
});

test("values have a row for each point, and words with commas or quotes are quoted", () => {
  expect(figureCsv(figure)).toBe(
    [
      "series,limit,throughput in %,low,high",
      "one,1,0,,",
      "one,4,50,40,60",
      "one,16,100,,",
      '"two, ""dark""",1,100,,',
      '"two, ""dark""",16,100,,',
      "",
    ].join("\n"),
  );
});
