/** The canonical text of plain data: equal values have equal texts, whatever the order of their fields. */
import { ModelError } from "../wiring.ts";

export function canonical(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) break;
      return String(value);
    case "boolean":
      return value ? "true" : "false";
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
      const prototype: unknown = Object.getPrototypeOf(value);
      if (prototype !== Object.prototype && prototype !== null) break;
      const record = value as Record<string, unknown>;
      const fields = Object.keys(record).sort();
      return `{${fields.map((field) => `${JSON.stringify(field)}:${canonical(record[field])}`).join(",")}}`;
    }
    case "bigint":
    case "function":
    case "symbol":
    case "undefined":
  }
  throw new ModelError(
    `Contexts and messages hold plain data only; found ${typeof value} ${value instanceof Object ? value.constructor.name : String(value)}.`,
  );
}
