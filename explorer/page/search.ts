/** The search of all states: how far it is, and what it says in the end. */
import { count } from "../../reports/words.ts";
import type { ProgressView, SearchView } from "../protocol.ts";
import { el, found, say } from "./dom.ts";

export function showProgress({ states, transitions, depth, waiting, isJudging }: ProgressView): void {
  const what = isJudging ? "Judging what needs all states" : "Searching";
  found("progress").textContent =
    `${what}: ${count(states)} states, ${count(transitions)} transitions, depth ${depth}, ${count(waiting)} waiting.`;
}

export function showRunning(isRunning: boolean): void {
  found<HTMLButtonElement>("search").disabled = isRunning;
  found<HTMLButtonElement>("stop").disabled = !isRunning;
  found("stop").textContent = "Stop";
}

export function showResult({ words, leftOut }: SearchView): void {
  found("progress").textContent = words;
  found("left-out-field").hidden = leftOut.length === 0;
  found("left-out").replaceChildren(...leftOut.map((line) => el("li", {}, line)));
  say(words);
}

export function forgetResult(): void {
  found("progress").textContent =
    "Every state within the bounds, breadth first: what is found first has a shortest path.";
  found("left-out-field").hidden = true;
}
