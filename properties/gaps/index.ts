/**
 * Rules of the machines that no search of the suite makes use of, each with the reason. A rule is used when it is taken, and
 * its guard when it is seen true and false.
 */
import { asserted } from "./asserted.ts";
import { ofDefects } from "./defects.ts";
import { without, type Excuse } from "./gap.ts";
import { larger } from "./larger.ts";
import { never } from "./never.ts";
import { recorded } from "./recorded.ts";
import { shown } from "./shown.ts";

/** At default bounds. */
export const excuses: readonly Excuse[] = [asserted, ofDefects, recorded, ...never, ...shown];

/** At small bounds, where some rules are not taken whose guards are never false at default bounds. */
export const excusesOfSmall: readonly Excuse[] = [larger, ...excuses.map((excuse) => without(excuse, larger))];
