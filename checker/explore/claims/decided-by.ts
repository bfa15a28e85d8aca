/** What made a condition on the parameters answer as it did: a reader can change that. */
import type { Json } from "../../json.ts";

/** The values that the condition looked at before it answered, as "name=value". */
export function decidedBy(condition: (parameters: Json) => boolean, parameters: Json): readonly string[] {
  const seen: string[] = [];
  const watch = (value: object): object =>
    new Proxy(value, {
      get: (target, field) => {
        const found: unknown = Reflect.get(target, field);
        if (typeof field === "symbol" || !Object.hasOwn(target, field)) return found;
        if (typeof found === "object" && found !== null && !Array.isArray(found)) return watch(found);
        seen.push(`${field}=${typeof found === "string" ? found : JSON.stringify(found)}`);
        return found;
      },
    });
  condition(typeof parameters === "object" && parameters !== null ? (watch(parameters) as Json) : parameters);
  return [...new Set(seen)];
}

/** Values that a reason tells: a condition on more of them is told by the first ones. */
const MOST_TOLD = 6;

/** The same as the reason why a property is not claimed. */
export function reasonOf(condition: (parameters: Json) => boolean, parameters: Json): string {
  const values = decidedBy(condition, parameters);
  const more = values.length > MOST_TOLD ? ` and ${values.length - MOST_TOLD} more` : "";
  return `${values.slice(0, MOST_TOLD).join(", ")}${more}` || "by its own condition, whatever the parameters";
}
