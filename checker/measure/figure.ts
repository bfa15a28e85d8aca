/** A figure as data: what a drawing, a plot in a terminal and a table of values are made from. */

export interface Axis {
  readonly label: string;
  readonly scale: "linear" | "log";
}

export interface FigurePoint {
  readonly x: number;
  readonly y: number;
  /** Where the mean lies with the confidence of the method. */
  readonly low?: number;
  readonly high?: number;
}

export interface Series {
  readonly label: string;
  readonly points: readonly FigurePoint[];
}

/** A place on the x axis that has a name: a knee. */
export interface Mark {
  readonly x: number;
  readonly label: string;
}

export interface Figure {
  /** Part of a file name: letters, digits and hyphens. */
  readonly name: string;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly marks?: readonly Mark[];
}
