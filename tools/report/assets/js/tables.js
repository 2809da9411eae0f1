// The views of errors, queues, cold starts, and the map with its tables.
import { el, visible } from "./dom.js";
import { clock, counted, duration, number, percent } from "./format.js";
import { functionName, model, nodeLabel } from "./model.js";
import { address, bad, empty, link, section, table, traceLink } from "./parts.js";
import { callTable, handTable, serviceMap } from "./map.js";

const KINDS_OF_ERRORS = { log: "Logged", call: "Service call", step: "Step" };

export function mapView() {
  const hand = handTable();
  return [section("Service map", null, serviceMap()),
    section("Calls by backend", "Each table, queue or host, with the functions that call it.", callTable()),
    hand && section("Triggers of functions", "Messages that a function processed, and requests that it answered.", hand)];
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
    ["p95", (fn) => duration(fn.times.p95), "number"],
  ], functions);
  const groups = (caption, errors) => table(caption, [
    ["Error", (group) => el("span", null, el("b", { class: "bad-text" }, visible(group.name || "error")), el("br"), el("span", { class: "muted" }, visible(group.text.slice(0, 160))))],
    ["Function", (group) => functionName(group.function)],
    ["Where", (group) => `${KINDS_OF_ERRORS[group.kind]}: ${visible(group.place)}`],
    ["Count", (group) => number(group.records.length + group.spans.length), "number"],
    ["Last", (group) => clock(model.begin + lastOf(group))],
    ["See", seeError],
  ], errors);
  const told = model.errors.filter((group) => group.told);
  const causes = model.errors.filter((group) => !group.told);
  return [
    section("Errors by function", "An invocation failed if its handler failed. A record of a batch or a call can fail without failing the invocation.", summary),
    section("Errors by cause", "Identical errors are grouped, the most frequent of each kind first.",
      causes.length ? groups("Errors by cause", causes) : empty("Nothing failed.")),
    told.length > 0 && section("The same failures in traces", "Calls and steps that failed in the same requests as the errors above. A rejected request (4xx) is an error; a failed one (5xx or no response) is a fault.",
      groups("Errors in traces that are already logged above", told)),
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
    ["Consumed by", (flow) => flow.consumers.map(([fn]) => functionName(fn)).join(", ") || "not in the traces"],
    ["Sends", (flow) => number(flow.sends), "number"],
    ["Not sent", (flow) => bad(flow.failed), "number"],
    ["Not received yet", (flow) => (flow.unseen ? number(flow.unseen) : bad(0)), "number"],
    ["Redelivered", (flow) => bad(flow.again), "number"],
    ["Median wait", (flow) => waits(flow, "p50"), "number"],
    ["p95 wait", (flow) => waits(flow, "p95"), "number"],
    ["Longest wait", (flow) => waits(flow, "max"), "number"],
  ], model.flows) : empty("No trace contains a call to a queue, a topic or a stream.");
  const consumers = model.consumers.length ? table("Functions that process messages", [
    ["Function", (consumer) => link(address("traces", { fn: functionName(consumer.function) }), functionName(consumer.function))],
    ["Failed", (consumer) => bad(consumer.failed_records, `${number(consumer.failed_records)} (${percent(consumer.failed_records, consumer.records)})`), "number"],
    ["Distinct failed", (consumer) => bad(consumer.failing), "number"],
    ["Redelivered", (consumer) => bad(consumer.again), "number"],
    ["Records", (consumer) => number(consumer.records), "number"],
    ["From", (consumer) => sources(consumer)],
    ["Batches", (consumer) => number(consumer.batches), "number"],
    ["Failed batches", (consumer) => bad(consumer.failed_batches), "number"],
    ["Largest batch", (consumer) => number(consumer.largest), "number"],
    ["p95 per record", (consumer) => duration(consumer.times.p95), "number"],
    ["Own metrics", ownMetrics],
  ], model.consumers) : empty("No function processes single records, and no trace is linked to another.");
  return [section("Queues and streams", "Wait times are measured from the call that sent a message to the function that received it, if their traces are linked.", flows),
    section("Functions that process messages", null, consumers)];
}

// The source of a message that was sent without a trace is unknown.
function sources(consumer) {
  const known = consumer.sources.map((node) => nodeLabel(model.nodes[node])).join(", ");
  if (!known) return "not in the traces";
  return consumer.unlinked ? `${known}; unknown for ${counted(consumer.unlinked, "invocation")}` : known;
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
    ["Share of invocations", (fn) => percent(fn.cold, fn.invocations), "number"],
    ["Longest init", (fn) => longest(starts(model.functions.indexOf(fn))), "number"],
    ["Memory used", (fn) => (fn.memory === null ? "–" : `${number(fn.memory)} MB`), "number"],
  ], functions);
  const each = table("Cold starts", [
    ["Time", (cold) => clock(model.begin + cold.at)],
    ["Function", (cold) => functionName(cold.function)],
    ["Init duration", (cold) => (cold.init === null ? "not reported" : duration(cold.init)), "number"],
    ["Invocation", (cold) => (cold.duration === null ? "–" : duration(cold.duration)), "number"],
    ["Trace", (cold) => (cold.trace === null ? "–" : traceLink(cold.trace))],
  ], model.colds);
  return [section("Cold starts", functions.length ? null : "No invocation was a cold start.", functions.length ? summary : null),
    functions.length > 0 && section("All cold starts", counted(model.colds.length, "cold start"), each)];
}

function longest(colds) {
  return colds.length ? duration(Math.max(...colds.map((cold) => cold.init))) : "–";
}
