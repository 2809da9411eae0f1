// Errors by function, queues and streams, cold starts, and the map with its tables.
import { el, visible } from "./dom.js";
import { clock, counted, duration, number, percent } from "./format.js";
import { functionName, model, nodeLabel } from "./model.js";
import { address, bad, empty, link, section, table, traceLink } from "./parts.js";
import { callTable, handTable, serviceMap } from "./map.js";

const KINDS_OF_ERRORS = { log: "Logged", call: "Call of a service", step: "Step" };

export function mapView() {
  const hand = handTable();
  return [section("Service map", null, serviceMap()),
    section("Who calls which backend", "Each table, queue or host with the functions that call it.", callTable()),
    hand && section("What leads to which function", "Messages that were worked off, and requests that a function answered.", hand)];
}

export function errorsView() {
  const functions = [...model.functions].sort((a, b) => b.failed - a.failed || b.error_records - a.error_records);
  const logs = (fn, level, text) => link(address("logs", { fn: fn.name, level }), text);
  const summary = table("Errors by function", [
    ["Function", (fn) => visible(fn.name)],
    ["Failed", (fn) => bad(fn.failed, `${number(fn.failed)} (${percent(fn.failed, fn.invocations)})`), "number"],
    ["Failed records", (fn) => bad(fn.failed_records), "number"],
    ["Errors logged", (fn) => (fn.error_records ? logs(fn, 5, number(fn.error_records)) : bad(0)), "number"],
    ["Warnings", (fn) => (fn.warnings ? logs(fn, 4, number(fn.warnings)) : bad(0)), "number"],
    ["Failed calls", (fn) => bad(fn.failed_calls), "number"],
    ["Invocations", (fn) => number(fn.invocations), "number"],
    ["Median", (fn) => duration(fn.times.p50), "number"],
    ["95 %", (fn) => duration(fn.times.p95), "number"],
  ], functions);
  const groups = (caption, errors) => table(caption, [
    ["Error", (group) => el("span", null, el("b", { class: "bad-text" }, visible(group.name || "error")), el("br"), el("span", { class: "muted" }, visible(group.text.slice(0, 160))))],
    ["Function", (group) => functionName(group.function)],
    ["Where", (group) => `${KINDS_OF_ERRORS[group.kind]}: ${visible(group.place)}`],
    ["Times", (group) => number(group.records.length + group.spans.length), "number"],
    ["Last", (group) => clock(model.begin + lastOf(group))],
    ["See", seeError],
  ], errors);
  const told = model.errors.filter((group) => group.told);
  const causes = model.errors.filter((group) => !group.told);
  return [
    section("Errors by function", "An invocation failed if its handler did; a record of a batch can fail without it, and so can a call, which may be dealt with.", summary),
    section("What failed", "The same errors together, the most frequent of each kind first.",
      causes.length ? groups("Errors, the same ones together", causes) : empty("Nothing failed.")),
    told.length > 0 && section("The same failures, in traces", "Where the errors above show in the calls and steps of the same requests. A refusal (4xx) is an error, a failure (5xx, no answer) a fault.",
      groups("Errors in traces that a record above tells of", told)),
  ];
}

function lastOf(group) {
  const times = [...group.records.map((at) => model.records[at].at), ...group.spans.map((at) => model.spans[at].at)];
  return times.reduce((last, at) => Math.max(last, at), 0);
}

function seeError(group) {
  if (group.kind === "log") {
    const target = address("logs", { fn: functionName(group.function), level: 5, q: group.name || group.place });
    const traced = group.records.map((at) => model.records[at].trace).findLast((trace) => trace !== null);
    return el("span", { class: "links" }, link(target, "Records"), traced !== undefined && traceLink(traced, "Last trace"));
  }
  const last = group.spans.at(-1);
  return traceLink(model.traces.findIndex((trace) => last >= trace.first && last < trace.first + trace.spans), "Last trace");
}

export function queuesView() {
  const flows = model.flows.length ? table("Queues, topics and streams", [
    ["Queue or stream", (flow) => nodeLabel(model.nodes[flow.node])],
    ["Taken by", (flow) => flow.consumers.map(([fn]) => functionName(fn)).join(", ") || "not told by traces"],
    ["Sends", (flow) => number(flow.sends), "number"],
    ["Not sent", (flow) => bad(flow.failed), "number"],
    ["Not seen taken", (flow) => (flow.unseen ? number(flow.unseen) : bad(0)), "number"],
    ["Came again", (flow) => bad(flow.again), "number"],
    ["Median wait", (flow) => waits(flow, "p50"), "number"],
    ["95 % wait", (flow) => waits(flow, "p95"), "number"],
    ["Longest wait", (flow) => waits(flow, "max"), "number"],
  ], model.flows) : empty("No trace writes to a queue, a topic or a stream.");
  const consumers = model.consumers.length ? table("Functions that work messages off", [
    ["Function", (consumer) => link(address("traces", { fn: functionName(consumer.function) }), functionName(consumer.function))],
    ["Failed", (consumer) => bad(consumer.failed_records, `${number(consumer.failed_records)} (${percent(consumer.failed_records, consumer.records)})`), "number"],
    ["Different ones", (consumer) => bad(consumer.failing), "number"],
    ["Came again", (consumer) => bad(consumer.again), "number"],
    ["Records", (consumer) => number(consumer.records), "number"],
    ["From", (consumer) => sources(consumer)],
    ["Batches", (consumer) => number(consumer.batches), "number"],
    ["Failed whole", (consumer) => bad(consumer.failed_batches), "number"],
    ["Largest batch", (consumer) => number(consumer.largest), "number"],
    ["95 % of records in", (consumer) => duration(consumer.times.p95), "number"],
    ["Its own metrics", ownMetrics],
  ], model.consumers) : empty("No function handles records one by one, and no trace was led to by another.");
  return [section("Queues and streams", "How long a message waited is told by the link from the function that took it to the call that sent it.", flows),
    section("Functions that work messages off", null, consumers)];
}

// A message that was sent without a trace says nothing of where it came from.
function sources(consumer) {
  const known = consumer.sources.map((node) => nodeLabel(model.nodes[node])).join(", ");
  if (!known) return "not told by its traces";
  return consumer.unlinked ? `${known}; ${counted(consumer.unlinked, "invocation")} not told by traces` : known;
}

function waits(flow, key) {
  return flow.consumers.map(([, times]) => duration(times[key])).join(", ") || "–";
}

function ownMetrics(consumer) {
  const sums = consumer.metrics.map((at) => model.metrics[at]).filter((series) => series.unit === "Count")
    .map((series) => `${series.name} ${number(series.points.reduce((sum, [, value]) => sum + value, 0))}`);
  return visible(sums.join(", ")) || "–";
}

export function coldView() {
  const functions = model.functions.filter((fn) => fn.cold);
  const starts = (index) => model.colds.filter((cold) => functionName(cold.function) === model.functions[index].name && cold.init !== null);
  const summary = table("Cold starts by function", [
    ["Function", (fn) => fn.name],
    ["Cold starts", (fn) => number(fn.cold), "number"],
    ["Of invocations", (fn) => percent(fn.cold, fn.invocations), "number"],
    ["Longest start", (fn) => longest(starts(model.functions.indexOf(fn))), "number"],
    ["Memory used", (fn) => (fn.memory === null ? "–" : `${number(fn.memory)} MB`), "number"],
  ], functions);
  const each = table("Cold starts", [
    ["Time", (cold) => clock(model.begin + cold.at)],
    ["Function", (cold) => functionName(cold.function)],
    ["Start of the environment", (cold) => (cold.init === null ? "not reported" : duration(cold.init)), "number"],
    ["Invocation", (cold) => (cold.duration === null ? "–" : duration(cold.duration)), "number"],
    ["Trace", (cold) => (cold.trace === null ? "–" : traceLink(cold.trace))],
  ], model.colds);
  return [section("Cold starts", functions.length ? null : "No invocation was a cold start.", functions.length ? summary : null),
    functions.length > 0 && section("Each of them", counted(model.colds.length, "cold start"), each)];
}

function longest(colds) {
  return colds.length ? duration(Math.max(...colds.map((cold) => cold.init))) : "–";
}
