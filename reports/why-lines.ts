/** Lines of the answers of `faultline why`. */
import { wrap } from "./table.ts";

const COLUMNS = 78;

/** A paragraph; its further lines are as far in as the first. */
export const paragraph = (text: string, indent = 2): readonly string[] =>
  wrap(text, COLUMNS - indent).map((line) => " ".repeat(indent) + line);

/** A text behind its mark, "  7  drops iommu->lock", hung under itself. */
export const item = (mark: string | number, text: string, width = 3): readonly string[] => {
  const front = `${String(mark).padStart(width + 2)}  `;
  return wrap(text, COLUMNS - front.length).map((line, k) => (k === 0 ? front : " ".repeat(front.length)) + line);
};

/** With a capital letter and a full stop. */
export const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
