// The service map: who calls whom. dagre computes the layout; each node can be reached with the keyboard.
import { el, svg } from "./dom.js";
import { duration, number, percent } from "./format.js";
import { functionName, model, nodeLabel } from "./model.js";
import { bad, link, address, table, traceLink } from "./parts.js";

const KINDS = { entry: "Entry point", function: "Function", queue: "Queue or stream", aws: "AWS service", remote: "HTTP service" };
const SIGNS = { entry: "⇥", function: "λ", queue: "⇉", aws: "▤", remote: "↗" };

// The suffix of names that CloudFormation generates, and the stack name at their start.
const MADE_UP = /-[0-9A-Z]{12,14}$/;
const STACK = /^.+-(?=[^-]+-[0-9A-Z]{12,14}$)/;

export function shortLabel(node) {
  return nodeLabel(node).replace(MADE_UP, "");
}

// Space on the map is limited: the stack's name is left out, unless two labels would then be the same.
function mapLabel(node) {
  const short = (one) => (one.resource || one.name).replace(STACK, "").replace(MADE_UP, "");
  const unique = model.nodes.filter((other) => other.name === node.name && short(other) === short(node)).length === 1;
  return unique ? short(node) : (node.resource || node.name).replace(MADE_UP, "");
}

export function serviceMap() {
  const frame = el("div", { class: "map" });
  let width;
  new ResizeObserver(() => {
    if (width === frame.clientWidth || !frame.clientWidth) return;
    width = frame.clientWidth;
    const narrow = width < 620;
    frame.replaceChildren(drawing(narrow, width));
  }).observe(frame);
  return el("figure", { class: "map-figure" }, frame, legend());
}

// The smallest scale of a map at which its text can still be read.
const SMALLEST = 0.75;

// A map that is too wide is scaled down as long as its text can be read; beyond that, it scrolls.
function drawing(narrow, room) {
  const wide = layout(narrow, narrow ? 40 : 70);
  const graph = wide.graph().width * SMALLEST > room ? layout(narrow, 32) : wide;
  const { width, height } = graph.graph();
  const scale = Math.max(SMALLEST, Math.min(1, room / width));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Service map",
    width: width * scale, height: height * scale },
    svg("defs", null, arrow("arrow"), arrow("arrow-bad")));
  const lines = new Map(graph.edges().map((edge) => [Number(edge.name), line(Number(edge.name), graph.edge(edge))]));
  picture.append(...lines.values());
  model.nodes.forEach((node, index) => picture.append(box(node, index, graph.node(String(index)), lines, picture)));
  return picture;
}

function layout(narrow, ranksep) {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "LR", nodesep: 18, ranksep, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const size = { width: narrow ? 166 : 196, height: 58 };
  const linked = new Set(model.edges.flatMap((edge) => [edge.from, edge.to]));
  linked.forEach((index) => graph.setNode(String(index), { ...size }));
  model.edges.forEach((edge, index) =>
    graph.setEdge(String(edge.from), String(edge.to), { width: 52, height: 18, labelpos: "c" }, String(index)));
  dagre.layout(graph);
  placeOthers(graph, model.nodes.map((_, index) => index).filter((index) => !linked.has(index)), size);
  return graph;
}

// Nodes without edges are placed in rows below the graph, so that no edge runs behind them.
function placeOthers(graph, others, { width, height }) {
  const whole = graph.graph();
  const [left, gap] = [whole.marginx, 18];
  if (others.length === model.nodes.length) Object.assign(whole, { width: 0, height: 0 });
  if (others.length) whole.width = Math.max(whole.width, Math.min(others.length, 4) * (width + gap) - gap + 2 * left);
  const columns = Math.floor((whole.width - 2 * left + gap) / (width + gap));
  const top = whole.height;
  others.forEach((index, at) => {
    const [column, row] = [at % columns, Math.floor(at / columns)];
    const y = top + left + row * (height + gap);
    graph.setNode(String(index), { x: left + column * (width + gap) + width / 2, y: y + height / 2, width, height });
    whole.height = y + height + left;
  });
}

function arrow(id) {
  return svg("marker", { id, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    svg("path", { d: "M0 0L8 4L0 8z" }));
}

function line(index, { points, x, y }) {
  const edge = model.edges[index];
  const broken = isBroken(edge.failed, edge.times.count);
  const [start, ...rest] = points;
  let d = `M${start.x} ${start.y}`;
  rest.forEach((point, at) => {
    const next = rest[at + 1];
    d += next ? `Q${point.x} ${point.y} ${(point.x + next.x) / 2} ${(point.y + next.y) / 2}` : `L${point.x} ${point.y}`;
  });
  const thickness = 1 + Math.min(3, Math.log10(edge.times.count + 1) * 0.8);
  return svg("g", { class: `edge${broken ? " broken" : ""}${edge.handed_over ? " handed" : ""}` },
    svg("path", { d, "stroke-width": thickness, "marker-end": `url(#${broken ? "arrow-bad" : "arrow"})` }),
    svg("text", { x, y: y + 4 }, number(edge.times.count)));
}

// From one failure in a hundred, a node or edge is red; below that, only the numbers show the failures.
function isBroken(failures, total) {
  return failures * 100 >= total && failures > 0;
}

function box(node, index, { x, y, width, height }, lines, picture) {
  const fn = node.kind === "function" && model.functions.find((candidate) => candidate.name === node.name);
  const incoming = model.edges.filter((edge) => (node.kind === "entry" ? edge.from : edge.to) === index);
  const consumer = fn && !fn.failed && model.consumers.find((one) => functionName(one.function) === fn.name && one.failed_records);
  const [failures, total, what] = consumer ? [consumer.failed_records, consumer.records, " records"]
    : fn ? [fn.failed, fn.invocations, ""]
    : [incoming.reduce((sum, edge) => sum + edge.failed, 0), incoming.reduce((sum, edge) => sum + edge.times.count, 0), ""];
  const slow = fn ? fn.times.p95 : Math.max(0, ...incoming.map((edge) => edge.times.p95));
  const facts = failures ? `${number(failures)} of ${number(total)}${what} failed` : `${number(total)}${slow ? ` · p95 ${duration(slow)}` : ""}`;
  const target = fn ? address("logs", { fn: node.name }) : address("map");
  const mark = (on) => {
    picture.classList.toggle("focus", on);
    model.edges.forEach((edge, at) => lines.get(at)?.classList.toggle("on", on && (edge.from === index || edge.to === index)));
  };
  const label = `${KINDS[node.kind]} ${nodeLabel(node)}: ${facts}`;
  return svg("a", { href: target, class: `node ${node.kind}${isBroken(failures, total) ? " broken" : ""}`, "aria-label": label,
    transform: `translate(${x - width / 2} ${y - height / 2})`,
    onpointerenter: () => mark(true), onpointerleave: () => mark(false), onfocus: () => mark(true), onblur: () => mark(false) },
  svg("title", null, label),
  svg("rect", { width, height, rx: node.kind === "function" ? 12 : 3 }),
  svg("text", { x: 14, y: 24, class: "sign" }, SIGNS[node.kind]),
  svg("text", { x: 34, y: 24, class: "name" }, clipped(mapLabel(node), (width - 40) / 8.5)),
  svg("text", { x: 34, y: 43, class: "facts" }, node.resource ? clipped(`${node.name} · ${failures ? facts : number(total)}`, (width - 38) / 6.4) : facts));
}

// The start and the end of a name are more useful than its middle.
function clipped(text, length) {
  const most = Math.floor(length);
  return text.length > most ? `${text.slice(0, most >> 1)}…${text.slice(1 - Math.ceil(most / 2))}` : text;
}

function legend() {
  return el("figcaption", { class: "legend" },
    Object.entries(KINDS).filter(([kind]) => model.nodes.some((node) => node.kind === kind)).map(([kind, text]) => el("span", null, el("b", { "aria-hidden": "true" }, SIGNS[kind]), text)),
    el("span", null, el("i", { class: "dashed" }), "asynchronous"),
    el("span", null, el("i", { class: "red" }), "1% or more failed"));
}

export function callTable() {
  const rows = model.edges.filter((edge) => edge.calls.length)
    .sort((a, b) => nodeLabel(model.nodes[a.to]).localeCompare(nodeLabel(model.nodes[b.to])) || b.times.count - a.times.count);
  return table("Calls by backend", [
    ["Backend", (edge) => nodeLabel(model.nodes[edge.to])],
    ["Called by", (edge) => link(address("traces", { fn: model.nodes[edge.from].name }), model.nodes[edge.from].name)],
    ["Operations", (edge) => edge.calls.map((call) => `${call.operation || "call"} ${number(call.count)}`).join(", ")],
    ["Calls", (edge) => number(edge.times.count), "number"],
    ["Failed", (edge) => bad(edge.failed, `${number(edge.failed)} (${percent(edge.failed, edge.times.count)})`), "number"],
    ["Throttled", (edge) => bad(edge.throttled), "number"],
    ["Retries", (edge) => number(edge.retries), "number"],
    ["Median", (edge) => duration(edge.times.p50), "number"],
    ["p95", (edge) => duration(edge.times.p95), "number"],
    ["Slowest", (edge) => traceLink(edge.slowest, duration(edge.times.max)), "number"],
  ], rows);
}

export function handTable() {
  const rows = model.edges.filter((edge) => !edge.calls.length);
  return rows.length ? table("Triggers of functions", [
    ["From", (edge) => nodeLabel(model.nodes[edge.from])],
    ["To", (edge) => model.nodes[edge.to].name],
    ["How", (edge) => (edge.handed_over ? "asynchronous" : "synchronous")],
    ["Count", (edge) => number(edge.times.count), "number"],
    ["Median", (edge) => duration(edge.times.p50), "number"],
    ["p95", (edge) => duration(edge.times.p95), "number"],
    ["Slowest", (edge) => traceLink(edge.slowest, duration(edge.times.max)), "number"],
  ], rows) : null;
}
