// The log records, filtered by text, level, function and correlation id; each links to its trace.
import { debounced, el, say, visible } from "./dom.js";
import { clock, counted } from "./format.js";
import { functionName, keysOf, levelName, messageOf, model } from "./model.js";
import { address, field, functionSelect, keyList, link, openDialog, select, traceLink } from "./parts.js";
import { virtualList } from "./list.js";

const SHOWN_ELSEWHERE = new Set(["level", "timestamp", "message", "location", "service", "cold_start", "function_name", "function_arn",
  "function_request_id", "function_memory_size", "xray_trace_id", "correlation_id", "stack_trace", "sampling_rate"]);

export function logsView(parameters, change) {
  const list = virtualList("Log records", recordRow);
  const count = el("p", { class: "count" });
  const state = { ...parameters };

  function show() {
    change(state);
    const found = search(state);
    count.textContent = `${counted(found.length, "record")}${found.length < model.records.length ? ` of ${model.records.length}` : ""}`;
    say(count.textContent);
    list.show(state.order === "oldest" ? found : found.reverse());
  }

  const set = (key) => (value) => { state[key] = value; show(); };
  const input = (key, label, hint) => field(label, el("input", { type: "search", value: state[key] ?? "", placeholder: hint,
    oninput: debounced(150, (event) => set(key)(event.target.value)) }));
  queueMicrotask(show);
  return [el("section", { class: "panel" }, el("h2", null, "Log records"),
    el("form", { class: "filters", role: "search", onsubmit: (event) => event.preventDefault() },
      input("q", "Text", "Message, key or value"),
      field("Level", select([["", "All levels"], ["5", "ERROR"], ["4", "WARN and above"], ["3", "INFO and above"], ["2", "DEBUG and above"]], state.level, set("level"))),
      functionSelect(state.fn, set("fn")),
      input("corr", "Correlation id", "c-…"),
      field("Order", select([["", "Newest first"], ["oldest", "Oldest first"]], state.order, set("order")))),
    count, list.element)];
}

// Records are stored as JSON, so the search text is escaped as in JSON.
function search({ q, level, fn, corr }) {
  const written = (text) => JSON.stringify(text.toLowerCase()).slice(1, -1);
  const words = (q ?? "").trim() ? written(q.trim()) : "";
  const plain = (q ?? "").trim().toLowerCase();
  const index = model.functions.findIndex((candidate) => candidate.name === fn);
  const least = Number(level) || 0;
  const wanted = corr?.trim().toLowerCase();
  const matches = (record) => {
    record.lower ??= [record.text, model.strings[record.correlation] ?? "", model.traces[record.trace]?.id ?? "", functionName(record.fn)].join("\n").toLowerCase();
    return record.lower.includes(record.level ? words : plain) || record.lower.includes(plain);
  };
  return model.records.filter((record) => record.level >= least && (!fn || record.fn === index) &&
    (!wanted || (model.strings[record.correlation] ?? "").toLowerCase().includes(wanted)) && (!words || matches(record)));
}

export function recordRow(record) {
  const level = levelName(record.level) || "text";
  const keys = record.level ? keysOf(record).filter(([key]) => !SHOWN_ELSEWHERE.has(key)) : [];
  const text = keys.map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("  ");
  return el("button", { type: "button", class: "log-row", onclick: () => showRecord(record) },
    el("time", { class: "mono muted" }, clock(model.begin + record.at)),
    el("span", { class: `level ${level}` }, level),
    el("span", { class: "fn muted" }, functionName(record.fn)),
    el("span", { class: "what" }, el("b", null, visible(messageOf(record))), text && el("span", { class: "muted" }, `  ${visible(text)}`)));
}

export function showRecord(record) {
  const keys = keysOf(record);
  const value = (name) => keys.find(([key]) => key === name)?.[1];
  const request = value("function_request_id"), correlation = value("correlation_id");
  openDialog(messageOf(record).slice(0, 120) || "Log record",
    el("p", { class: "links" },
      record.trace !== null && traceLink(record.trace, "Show trace"),
      correlation && link(address("logs", { corr: correlation, order: "oldest" }), "All records with this correlation id"),
      request && link(address("logs", { q: request, order: "oldest" }), "All records of this request")),
    keyList(keys));
}
