/** Lines of the answers of `faultline why`. */
import { paragraph as flowing, type Line } from "./lines.ts";

const COLUMNS = 78;

/** A paragraph; its further lines are as far in as the first. */
export const paragraph = (text: string, indent = 2): readonly Line[] => [
  flowing(text, COLUMNS - indent, " ".repeat(indent)),
];

/** A text behind its mark, "  7  drops iommu->lock", hung under itself. */
export const item = (mark: string | number, text: string, width = 3): readonly Line[] => {
  const front = `${String(mark).padStart(width + 2)}  `;
  return [flowing(text, COLUMNS - front.length, front, " ".repeat(front.length))];
};

/** With a capital letter and a full stop. */
export const sentence = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
