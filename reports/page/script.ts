/**
 * The script of a page: steps by keys, lanes that are hidden, links to a step, copies. All that it shows is there without it.
 * SCRIPT_HASH admits it, and nothing else.
 */
export const SCRIPT = `
"use strict";
(() => {
  const steps = [...document.querySelectorAll("li.step")];
  const boxes = [...document.querySelectorAll("input[data-lane]")];
  const live = document.getElementById("live");
  let at = -1;
  const read = () => new URLSearchParams(location.hash.slice(1));
  const write = () => {
    const hidden = boxes.filter((box) => !box.checked).map((box) => box.dataset.lane);
    const parts = [...(at >= 0 ? ["step=" + (at + 1)] : []), ...(hidden.length > 0 ? ["hide=" + hidden.map(encodeURIComponent).join(",")] : [])];
    history.replaceState(null, "", parts.length > 0 ? "#" + parts.join("&") : location.pathname + location.search);
  };
  const filter = () => {
    const hidden = new Set(boxes.filter((box) => !box.checked).map((box) => box.dataset.lane));
    for (const mark of document.querySelectorAll("[data-of]"))
      mark.classList.toggle("off", mark.dataset.of.split(" ").some((lane) => hidden.has(lane)));
    for (const step of steps) step.classList.toggle("greyed", step.dataset.lanes.split(" ").every((lane) => hidden.has(lane)));
  };
  const go = (to, quiet) => {
    if (steps.length === 0) return;
    const next = Math.max(0, Math.min(steps.length - 1, to));
    if (at >= 0) steps[at].classList.remove("on");
    at = next;
    const step = steps[at];
    step.classList.add("on");
    for (let fold = step.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    step.scrollIntoView({ block: "nearest" });
    live.textContent = step.dataset.said;
    if (!quiet) write();
  };
  for (const [k, step] of steps.entries()) step.querySelector(".row").addEventListener("click", (event) => { event.preventDefault(); go(k); });
  for (const box of boxes) box.addEventListener("change", () => { filter(); write(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const keys = { j: at + 1, ArrowDown: at + 1, k: at - 1, ArrowUp: at - 1, Home: 0, End: steps.length - 1, v: steps.length - 1 };
    if (!Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    go(keys[event.key]);
  });
  for (const button of document.querySelectorAll("button[data-copy]"))
    button.addEventListener("click", async () => {
      const from = document.getElementById(button.dataset.copy);
      try { await navigator.clipboard.writeText(from.textContent); }
      catch {
        const range = document.createRange();
        range.selectNodeContents(from);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand("copy");
      }
      live.textContent = "copied";
      button.textContent = "Copied";
    });
  for (const button of document.querySelectorAll("button[data-go]"))
    button.addEventListener("click", () => go({ first: 0, before: at - 1, after: at + 1, last: steps.length - 1 }[button.dataset.go]));
  const restore = () => {
    const query = read();
    const hidden = new Set((query.get("hide") || "").split(","));
    for (const box of boxes) box.checked = !hidden.has(box.dataset.lane);
    filter();
    const step = Number(query.get("step"));
    if (Number.isInteger(step) && step > 0) go(step - 1, true);
  };
  addEventListener("hashchange", restore);
  for (const part of document.querySelectorAll(".scripted")) part.classList.remove("off");
  restore();
})();
`;
