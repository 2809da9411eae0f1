// The overview: the four questions with their answers, and the service map.
import { el } from "./dom.js";
import { counted, duration, number, percent } from "./format.js";
import { functionName, model } from "./model.js";
import { address, badge, bar, link, section } from "./parts.js";
import { serviceMap, shortLabel } from "./map.js";

export function overviewView() {
  const parts = [[errorRows, "errors", "All errors"], [backendRows, "map", "All calls"],
    [timeRows, "traces?sort=slowest", "Slowest traces"], [asyncRows, "queues", "Queues and streams"]];
  const cards = model.answers.map((answer, at) => card(answer, ...parts[at]));
  return [
    el("section", { class: "cards", "aria-label": "The four questions" }, cards),
    section("Service map", null, serviceMap()),
  ];
}

function card(answer, rows, target, more) {
  return el("article", { class: `card ${answer.verdict}` },
    el("div", { class: "card-head" }, el("h2", null, answer.question), badge(answer.verdict)),
    el("p", { class: "headline" }, answer.headline),
    el("p", { class: "note" }, answer.detail),
    el("ul", { class: "rows" }, rows().map((row) => el("li", null, row))),
    link(`#/${target}`, more, { class: "more" }));
}

function measure(name, share, kind, figure, note) {
  return el("div", { class: "line" }, el("span", { class: "line-name" }, name),
    el("span", { class: "figure" }, figure, note && el("small", null, ` ${note}`)), bar(share, kind));
}

function errorRows() {
  const worst = [...model.functions].sort((a, b) => b.failed + b.error_records - a.failed - a.error_records || b.invocations - a.invocations);
  const most = Math.max(1, ...worst.map((fn) => fn.failed + fn.failed_records));
  return worst.slice(0, 6).map((fn) => {
    const failures = fn.failed || fn.failed_records;
    const note = fn.failed ? `of ${number(fn.invocations)} failed` : fn.failed_records ? `${fn.failed_records === 1 ? "record" : "records"} failed`
      : `of ${number(fn.invocations)} failed`;
    return measure(link(address("logs", { fn: fn.name, level: fn.error_records ? "5" : "" }), fn.name), failures / most, "bad", number(failures), note);
  });
}

function backendRows() {
  const backends = new Map();
  for (const edge of model.edges.filter((candidate) => candidate.calls.length)) {
    backends.set(edge.to, [...(backends.get(edge.to) ?? []), edge]);
  }
  const total = (edges) => edges.reduce((sum, edge) => sum + edge.times.count, 0);
  return [...backends].sort(([, a], [, b]) => total(b) - total(a)).slice(0, 5).map(([to, edges]) =>
    el("div", { class: "callers" }, el("span", { class: "line-name" }, shortLabel(model.nodes[to])),
      el("span", { class: "chips" }, edges.sort((a, b) => b.times.count - a.times.count).map((edge) =>
        link(address("traces", { fn: model.nodes[edge.from].name }),
          [model.nodes[edge.from].name, " ", el("b", null, number(edge.times.count)), edge.failed > 0 && el("b", { class: "bad-text" }, ` ${number(edge.failed)} failed`)],
          { class: "chip" })))));
}

function timeRows() {
  const most = model.hotspots[0]?.share || 1;
  return model.hotspots.slice(0, 5).map((spot) => measure(
    link(address(`trace/${model.traces[spot.slowest].id}`), `${functionName(spot.function)} › ${spot.step}`),
    spot.share / most, spot.call ? "call" : "own", percent(spot.share, 1000), `p95 ${duration(spot.times.p95)}`));
}

// A record that failed several times is counted as one distinct record.
function ofRecords({ records, failed_records: failed, failing }) {
  const same = failed > failing ? ` (${number(failing)} distinct)` : "";
  return `of ${number(records)} records failed${same}`;
}

function asyncRows() {
  const rows = model.flows.map((flow) => {
    const to = flow.consumers.map(([fn]) => functionName(fn)).join(", ") || "consumer not in the traces";
    const slow = Math.max(0, ...flow.consumers.map(([, times]) => times.p95));
    const trouble = [[flow.failed, "not sent"], [flow.again, "redelivered"], [flow.consumers.length ? flow.unseen : 0, "not received yet"]]
      .filter(([count]) => count).map(([count, text]) => `${number(count)} ${text}`).join(", ");
    return el("div", { class: "callers" }, el("span", { class: "line-name" }, shortLabel(model.nodes[flow.node])),
      el("span", { class: "muted" }, `${counted(flow.sends, "send")} → ${to}`, slow ? `, p95 wait ${duration(slow)}` : "", trouble && el("b", { class: "bad-text" }, `, ${trouble}`)));
  });
  const consumers = model.consumers.filter((consumer) => consumer.records).map((consumer) =>
    measure(link(address("traces", { fn: functionName(consumer.function) }), functionName(consumer.function)),
      consumer.failed_records / consumer.records, "bad", number(consumer.failed_records), ofRecords(consumer)));
  return [...rows, ...consumers].slice(0, 6);
}
