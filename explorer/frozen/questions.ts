/** The questions with their runs. The build puts the list itself in place of this module. */
import { scenarios } from "../../scenarios/questions/index.ts";
import type { Request } from "../../properties/build.ts";

export interface Question {
  readonly id: string;
  readonly question: string;
  readonly answer: string;
  readonly runs: readonly {
    readonly label: string;
    readonly request: Request;
    readonly expect: { readonly [property: string]: string };
  }[];
  readonly chart?: { readonly run: number; readonly property: string };
}

export const questions: readonly Question[] = scenarios.map(({ id, question, answer, runs, chart }) => ({
  id,
  question,
  answer,
  runs: runs.map(({ label, request, expect }) => ({ label, request, expect })),
  ...(chart && { chart }),
}));
