// Building blocks that several views share.
import { byId, el, visible } from "./dom.js";
import { KIND, functionName, model } from "./model.js";

const VERDICTS = { good: "Good", fair: "Worth checking", bad: "Needs attention", unknown: "Unknown" };

export function badge(verdict) {
  return el("span", { class: `badge ${verdict}` }, VERDICTS[verdict]);
}

export function link(target, text, more) {
  return el("a", { href: target, ...more }, text);
}

// Returns the address of a view with its parameters.
export function address(view, parameters) {
  const query = new URLSearchParams(Object.entries(parameters ?? {}).filter(([, value]) => value !== undefined && value !== ""));
  return `#/${view}${query.size ? `?${query}` : ""}`;
}

export function traceLink(index, text) {
  const trace = model.traces[index];
  return link(address(`trace/${trace.id}`), text ?? trace.id, { class: "mono" });
}

// Each column is [title, function from row to cell, "number" to align right]; a cell is a text or an element.
export function table(caption, columns, rows) {
  const cell = (row, [title, content, kind], at) => el(at ? "td" : "th",
    { class: kind, "data-title": title, scope: at ? null : "row" }, content(row));
  return el("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: 0 }, el("table", null,
    el("caption", { class: "sr" }, caption),
    el("thead", null, el("tr", null, columns.map(([title, , kind]) => el("th", { scope: "col", class: kind }, title)))),
    el("tbody", null, rows.map((row) => el("tr", null, columns.map((column, at) => cell(row, column, at)))))));
}

export function bad(count, text) {
  return count ? el("strong", { class: "bad-text" }, text ?? String(count)) : el("span", { class: "muted" }, "0");
}

export function bar(share, kind) {
  const width = share > 0 ? `${Math.max(0.8, Math.min(100, share * 100))}%` : "0";
  return el("span", { class: "bar", "aria-hidden": "true" }, el("span", { class: kind ?? "", css: { width } }));
}

export function field(label, control) {
  return el("label", { class: "field" }, el("span", null, label), control);
}

export function select(options, chosen, changed) {
  const list = el("select", { onchange: (event) => changed(event.target.value) },
    options.map(([value, text]) => el("option", { value, selected: String(value) === String(chosen ?? "") }, text)));
  return list;
}

export function functionSelect(chosen, changed) {
  const options = model.functions.map((fn) => [fn.name, fn.name]);
  return field("Function", select([["", "All functions"], ...options], chosen, changed));
}

export function section(title, note, ...content) {
  return el("section", { class: "panel" }, el("h2", null, title), note && el("p", { class: "note" }, note), ...content);
}

export function empty(text) {
  return el("p", { class: "empty" }, text);
}

// Shows a list of keys and values; nested values are indented JSON.
export function keyList(pairs) {
  return el("dl", { class: "keys" }, pairs.map(([key, value]) => [el("dt", null, visible(key)),
    el("dd", null, visible(typeof value === "string" ? value : JSON.stringify(value, null, 2)))]));
}

export function openDialog(title, ...content) {
  const dialog = byId("dialog");
  const close = el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, "Close");
  dialog.replaceChildren(el("div", { class: "dialog-head" }, el("h2", { id: "dialog-title" }, title), close), ...content);
  dialog.onclick = (event) => (event.target === dialog || event.target.closest("a")) && dialog.close();
  dialog.showModal();
}

// Returns the title of a trace: the incoming request, or its functions.
export function titleOf(trace) {
  const first = model.spans[trace.first];
  const isEntry = first.kind === KIND.segment && !(first.details.origin ?? "AWS::Lambda").startsWith("AWS::Lambda");
  const { method, url } = first.details.http?.request ?? {};
  return isEntry ? [first.name, method, url].filter(Boolean).join(" ") : namesOf(trace.functions).join(" → ");
}

export function namesOf(functions) {
  return functions.map(functionName);
}
