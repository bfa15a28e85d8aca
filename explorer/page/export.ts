/** The path as text and as a file, while their part of the page is open. */
import type { ExportView } from "../protocol.ts";
import { found, say } from "./dom.ts";

let saved: string | undefined;

export const wantsText = (): boolean => found<HTMLDetailsElement>("text-field").open;

export function showText({ text, file }: ExportView): void {
  found("text").textContent = text === "" ? "No step was taken yet." : text;
  const link = found<HTMLAnchorElement>("save");
  if (saved !== undefined) URL.revokeObjectURL(saved);
  saved = file && URL.createObjectURL(new Blob([file.content], { type: "application/json" }));
  link.hidden = file === undefined;
  found("not-saved").hidden = file !== undefined;
  if (!file || saved === undefined) return;
  link.href = saved;
  link.download = file.name;
}

/** Copies what the element says; where a page may not, selects it. */
export async function copy(id: string): Promise<void> {
  const from = found(id);
  try {
    await navigator.clipboard.writeText(from.textContent ?? "");
    say("copied");
  } catch {
    getSelection()?.selectAllChildren(from);
    say("selected; copy it by hand");
  }
}
