// A virtual list of any length: only the visible rows are elements. The arrow keys, Page Up/Down, Home and End move through it.
import { el } from "./dom.js";

export function virtualList(label, row) {
  const space = el("div", { class: "space" });
  const list = el("div", { class: "list", role: "list", "aria-label": label }, space);
  let items = [], focused = 0, drawn = [-1, -1], height = 44;

  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / height) - 4);
    const last = Math.min(items.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + 4);
    if (first === drawn[0] && last === drawn[1]) return;
    drawn = [first, last];
    const rows = [];
    for (let at = first; at < last; at += 1) {
      const content = row(items[at]);
      content.tabIndex = at === focused ? 0 : -1;
      rows.push(el("div", { role: "listitem", class: "row", "aria-setsize": items.length, "aria-posinset": at + 1,
        css: { transform: `translateY(${at * height}px)` } }, content));
    }
    const had = space.contains(document.activeElement);
    space.replaceChildren(...rows);
    if (had) focusRow();
  }

  function focusRow() {
    space.children[focused - drawn[0]]?.firstElementChild.focus({ preventScroll: true });
  }

  function move(to) {
    focused = Math.max(0, Math.min(items.length - 1, to));
    const top = focused * height;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
    drawn = [-1, -1];
    draw();
    focusRow();
  }

  list.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / height) - 1);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined || !items.length) return;
    event.preventDefault();
    move(step === -Infinity ? 0 : step === Infinity ? items.length - 1 : focused + step);
  });
  new ResizeObserver(() => {
    height = parseFloat(getComputedStyle(list).getPropertyValue("--row")) || height;
    space.style.height = `${items.length * height}px`;
    drawn = [-1, -1];
    draw();
  }).observe(list);

  return {
    element: list,
    show(next) {
      items = next;
      focused = 0;
      list.scrollTop = 0;
      drawn = [-1, -1];
      space.style.height = `${items.length * height}px`;
      draw();
    },
  };
}
