/** The keys that move along the path; a field that is being filled in keeps its own. */
import { found } from "./dom.ts";

/** The button that each key stands for. */
const KEYS: { readonly [key: string]: string } = {
  j: "after",
  ArrowDown: "after",
  k: "before",
  ArrowUp: "before",
  Home: "first",
  End: "last",
  u: "undo",
  r: "redo",
};

/** `moves`: what each button does. */
export function listenToKeys(moves: { readonly [button: string]: () => void }): void {
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    const id = Object.hasOwn(KEYS, key) ? KEYS[key]! : undefined;
    if (id === undefined || found<HTMLButtonElement>(id).disabled) return;
    event.preventDefault();
    moves[id]!();
  });
}
