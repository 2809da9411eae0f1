// The model, with its rows as objects. The fields are in the same order as in the structs in `model.rs`.
import { byId } from "./dom.js";

const LEVELS = ["", "TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
const FAILED = 7;
const MARKS = [[4, "fault"], [2, "throttle"], [1, "error"], [8, "unfinished"]];

export const KIND = { own: 0, aws: 1, remote: 2, segment: 3 };

export const model = JSON.parse(byId("model").textContent);

model.traces = model.traces.map(([id, at, duration, first, spans, mark, functions, causes], index) =>
  ({ index, id, at, duration, first, spans, mark, functions, causes, effects: [], records: [] }));
model.spans = model.spans.map(([id, parent, depth, name, at, duration, kind, mark, fn, details]) =>
  ({ id, parent, depth, name: model.strings[name], at, duration, kind, mark, fn, details }));
model.records = model.records.map(([at, level, fn, trace, correlation, context, text], index) =>
  ({ index, at, level, fn, trace, correlation, context, text }));
for (const trace of model.traces) {
  for (const [cause, gap] of trace.causes) model.traces[cause].effects.push([trace.index, gap]);
}
for (const record of model.records) {
  if (record.trace !== null) model.traces[record.trace].records.push(record.index);
}
const tracesById = new Map(model.traces.map((trace) => [trace.id, trace]));
byId("model").remove();

export function traceById(id) {
  return tracesById.get(id);
}

export function spansOf(trace) {
  return model.spans.slice(trace.first, trace.first + trace.spans);
}

export function failed(mark) {
  return (mark & FAILED) !== 0;
}

export function markWord(mark) {
  return MARKS.find(([bit]) => mark & bit)?.[1];
}

export function functionName(index) {
  return model.functions[index]?.name ?? "";
}

export function nodeLabel(node) {
  return node.resource ? `${node.name} ${node.resource}` : node.name;
}

export function levelName(level) {
  return LEVELS[level];
}

// Returns a record's keys and values in a readable order. Numbers keep all their digits.
export function keysOf(record) {
  if (record.level === 0) return [["message", record.text]];
  const keys = new Map([["level", LEVELS[record.level]], ["timestamp", new Date((model.begin + record.at) / 1e3).toISOString()]]);
  for (const [key, value] of entriesOf(record.text)) keys.set(key, value);
  if (record.correlation !== null) keys.set("correlation_id", model.strings[record.correlation]);
  if (record.context !== null) for (const [key, value] of entriesOf(model.strings[record.context])) keys.set(key, value);
  if (record.trace !== null) keys.set("xray_trace_id", model.traces[record.trace].id);
  return [...keys].filter(([key, value]) => key !== "timestamp" || value !== null);
}

function entriesOf(json) {
  const exact = (_, value, context) =>
    typeof value === "number" && context?.source && String(value) !== context.source ? context.source : value;
  return Object.entries(JSON.parse(json, exact));
}

export function messageOf(record) {
  if (record.level === 0) return record.text;
  const message = JSON.parse(record.text).message;
  return typeof message === "string" ? message : JSON.stringify(message) ?? "";
}

export function shown(value) {
  return typeof value === "string" ? value : JSON.stringify(value);
}
