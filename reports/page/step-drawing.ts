/** One step as a drawing: life lines, activation bars named by state, and an arrow for each message, one below the other. */
import type { StepRecord, TransferRecord } from "../../checker/run-record.ts";
import { actorOf } from "../spoken.ts";
import type { Lanes } from "./lane-states.ts";
import { tag, type Markup } from "./html.ts";

/** Pixels: between two lanes, and of a line of words. */
const LANE = 104;
export const LINE = 18;
const BAR = 8;
const HEAD = 6;

export const centre = (lane: number): number => LANE / 2 + lane * LANE;
const widthOf = ({ names }: Lanes): number => names.length * LANE;

/** As many pixels as it is wide and high; on paper it may be smaller. */
export const sizeOf = (lanes: Lanes, height: number) => ({
  width: widthOf(lanes),
  height,
  viewBox: `0 0 ${widthOf(lanes)} ${height}`,
});

function bars({ names, states, palettes }: Lanes, k: number, height: number): readonly Markup[] {
  return names.flatMap((name, lane) => {
    const [before, after] = states[k]![lane]!;
    const x = centre(lane) - BAR / 2;
    const bar = (state: string | undefined, from: number, to: number): readonly Markup[] =>
      state === undefined
        ? []
        : [
            tag("rect", {
              class: `s${palettes[lane]!.get(state) ?? 0}`,
              "data-of": name,
              x,
              y: from,
              width: BAR,
              height: to - from,
            }),
          ];
    const line = tag("line", { class: "life", "data-of": name, x1: centre(lane), x2: centre(lane), y1: 0, y2: height });
    if (before === after) return [line, ...bar(after, 0, height)];
    const at = LINE / 2;
    const label =
      after === undefined || after === ""
        ? []
        : [tag("text", { class: "state", "data-of": name, x: x + BAR + 3, y: LINE - 5 }, after)];
    return [line, ...bar(before, 0, at), ...bar(after, at, height), ...label];
  });
}

function arrow(from: number, to: number, y: number, how: TransferRecord["how"], of: string): readonly Markup[] {
  const sign = from < to ? 1 : -1;
  const start = centre(from) + (sign * BAR) / 2;
  const end = centre(to) - (sign * BAR) / 2 - (how === "lost" ? 14 * sign : 0);
  const shaft = tag("path", {
    class: how === "sent" || how === "lost" ? "arrow queued" : "arrow",
    "data-of": of,
    d: `M${start} ${y}H${end}`,
  });
  const tip =
    how === "lost"
      ? tag("path", { class: "cross", "data-of": of, d: `M${end - 4} ${y - 4}l8 8m0 -8l-8 8` })
      : tag("path", { class: "head", "data-of": of, d: `M${end} ${y}l${-sign * HEAD} -3.5v7z` });
  return [shaft, tip];
}

/** Within one lane: from the component into its own queue, or a call of itself. */
const own = (lane: number, y: number, of: string): Markup =>
  tag("path", { class: "arrow", "data-of": of, d: `M${centre(lane) + BAR / 2} ${y - 4}h14v8h-14` });

export function drawing(step: StepRecord, k: number, lanes: Lanes): Markup {
  const { names, flights } = lanes;
  const height = LINE * (1 + step.transfers.length);
  const numbers = new Map(names.map((name, lane) => [name, lane]));
  const actor = actorOf(step);
  const acts = actor === undefined ? undefined : numbers.get(actor);
  const arrows = step.transfers.flatMap((transfer, n) => {
    const y = LINE * (n + 1) + LINE / 2;
    const receiver = flights.receivers.get(transfer) ?? transfer.to;
    const [from, to] = [numbers.get(transfer.from), numbers.get(receiver)];
    const of = `${transfer.from} ${receiver}`;
    if (from === undefined || to === undefined) return [];
    return from === to ? [own(from, y, of)] : arrow(from, to, y, transfer.how, of);
  });
  const dot =
    acts === undefined ? [] : [tag("circle", { class: "dot", "data-of": actor, cx: centre(acts), cy: LINE / 2, r: 5 })];
  return tag("svg", { ...sizeOf(lanes, height), "aria-hidden": "true" }, bars(lanes, k, height), arrows, dot);
}
