// The list of traces.
import { debounced, el, say, visible } from "./dom.js";
import { clock, counted, duration, number } from "./format.js";
import { failed, functionName, markWord, model, spansOf } from "./model.js";
import { address, field, functionSelect, namesOf, select, titleOf } from "./parts.js";
import { virtualList } from "./list.js";

const ORDERS = {
  newest: ["Newest first", (a, b) => b.at - a.at],
  oldest: ["Oldest first", (a, b) => a.at - b.at],
  slowest: ["Slowest first", (a, b) => b.duration - a.duration],
};

export function tracesView(parameters, change) {
  const longest = model.traces.reduce((most, trace) => Math.max(most, trace.duration), 1);
  const list = virtualList("Traces", (trace) => traceRow(trace, longest));
  const count = el("p", { class: "count" });
  const state = { sort: "newest", ...parameters };

  function show() {
    change(state);
    const text = (state.q ?? "").toLowerCase();
    const fn = model.functions.findIndex((candidate) => candidate.name === state.fn);
    const found = model.traces.filter((trace) =>
      (fn < 0 || trace.functions.includes(fn)) && (state.status !== "failed" || failed(trace.mark)) &&
      (state.status !== "linked" || trace.causes.length + trace.effects.length > 0) && (!text || traceText(trace).includes(text)));
    found.sort((ORDERS[state.sort] ?? ORDERS.newest)[1]);
    count.textContent = counted(found.length, "trace");
    say(count.textContent);
    list.show(found);
  }

  const set = (key) => (value) => { state[key] = value; show(); };
  const search = el("input", { type: "search", value: state.q ?? "", placeholder: "Id, step, error, …",
    oninput: debounced(150, (event) => set("q")(event.target.value)) });
  queueMicrotask(show);
  return [el("section", { class: "panel" }, el("h2", null, "Traces"),
    el("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      field("Search", search), functionSelect(state.fn, set("fn")),
      field("Show", select([["", "All traces"], ["failed", "With failures"], ["linked", "Linked to others"]], state.status, set("status"))),
      field("Order", select(Object.entries(ORDERS).map(([key, [text]]) => [key, text]), state.sort, set("sort")))),
    count, list.element)];
}

export function traceText(trace) {
  trace.text ??= [trace.id, ...namesOf(trace.functions), ...spansOf(trace).map((span) => `${span.name} ${JSON.stringify(span.details)}`)]
    .join("\n").toLowerCase();
  return trace.text;
}

function traceRow(trace, longest) {
  const word = markWord(trace.mark & 7);
  const name = titleOf(trace);
  const more = trace.functions.map(functionName).filter((fn) => !name.includes(fn)).join(", ");
  const onward = trace.effects.length ? `leads to ${counted(trace.effects.length, "trace")}` : trace.causes.length ? `from ${counted(trace.causes.length, "trace")}` : "";
  return el("a", { href: address(`trace/${trace.id}`), class: "trace-row" },
    el("time", { class: "mono muted" }, clock(model.begin + trace.at)),
    el("span", { class: "what" }, el("b", null, visible(name)), more && el("span", { class: "muted" }, ` + ${more}`)),
    el("span", { class: "remarks" }, word && el("span", { class: `tag ${word}` }, word), onward && el("span", { class: "tag" }, onward),
      el("span", { class: "muted steps" }, counted(trace.spans, "step"))),
    el("span", { class: "bar", "aria-hidden": "true" }, el("span", { class: word ? "bad" : "own", css: { width: `${Math.max(0.6, (100 * trace.duration) / longest)}%` } })),
    el("span", { class: "figure" }, duration(trace.duration)));
}

export function traceCount() {
  return number(model.traces.length);
}
