// Metrics over time: one chart per name, one line per set of dimensions.
import { el, visible } from "./dom.js";
import { clock, counted, number } from "./format.js";
import { model } from "./model.js";
import { empty, field, functionSelect, select, table } from "./parts.js";

const STATISTICS = {
  Sum: (values) => values.reduce((sum, value) => sum + value, 0),
  Average: (values) => STATISTICS.Sum(values) / values.length,
  Minimum: (values) => values.reduce((least, value) => Math.min(least, value), Infinity),
  Maximum: (values) => values.reduce((most, value) => Math.max(most, value), -Infinity),
  p50: (values) => ranked(values, 0.5),
  p95: (values) => ranked(values, 0.95),
  SampleCount: (values) => values.length,
};
const PERIODS = [1, 5, 10, 30, 60, 300, 900, 3600, 21600, 86400];
const LINES = 8;
let charts = [];

export function metricsView(parameters, change) {
  const state = { ...parameters };
  const grid = el("div", { class: "charts" });

  function show() {
    change(state);
    const fn = model.functions.findIndex((candidate) => candidate.name === state.fn);
    const groups = new Map();
    for (const series of model.metrics) {
      if (fn >= 0 && !series.functions.includes(fn)) continue;
      const key = JSON.stringify([series.namespace, series.name, series.unit]);
      groups.set(key, [...(groups.get(key) ?? []), series]);
    }
    for (const chart of charts) chart.destroy();
    charts = [];
    grid.replaceChildren(...[...groups.values()].map((group) => metricCard(group, state.stat)));
    if (!groups.size) grid.append(empty("No function recorded any metrics."));
  }

  queueMicrotask(show);
  const set = (key) => (value) => { state[key] = value; show(); };
  return [el("section", { class: "panel" }, el("h2", null, "Metrics"),
    el("form", { class: "filters", onsubmit: (event) => event.preventDefault() }, functionSelect(state.fn, set("fn")),
      field("Statistic", select([["", "By unit"], ...Object.keys(STATISTICS).map((name) => [name, name])], state.stat, set("stat")))), grid)];
}

// Charts use the page's colours, which change with its theme.
export function redrawCharts() {
  for (const chart of charts) chart.redraw(false);
}

function ranked(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

function metricCard(group, chosen) {
  const [{ namespace, name, unit }] = group;
  const statistic = chosen || (unit === "Count" ? "Sum" : "p95");
  const period = PERIODS.find((seconds) => model.length / 1e6 / seconds <= 60) ?? PERIODS.at(-1);
  const sum = (series) => series.points.length;
  const lines = [...group].sort((a, b) => sum(b) - sum(a));
  const drawn = lines.slice(0, LINES);
  const { times, columns } = buckets(drawn, period, statistic);
  const plot = el("div", { class: "plot", role: "img", "aria-label": `${name} over time; the table below has the values` });
  const labels = drawn.map(labelOf);
  new IntersectionObserver((entries, observer) => {
    if (!entries[0].isIntersecting) return;
    observer.disconnect();
    draw(plot, times, columns, labels, unit === "Count");
  }).observe(plot);
  const all = (series) => series.points.map(([, value]) => value);
  return el("article", { class: "chart" }, el("h3", null, visible(name)),
    el("p", { class: "note" }, `${namespace} · ${statistic} of ${unit} per ${period < 60 ? `${period} s` : `${period / 60} min`}`), plot,
    el("ul", { class: "key-list" }, drawn.map((series, at) => el("li", null, el("i", { class: `ink ink-${at}` }), visible(labels[at]),
      el("b", null, number(STATISTICS[statistic](all(series))))))),
    el("details", null, el("summary", null, `Table${lines.length > LINES ? `, ${counted(lines.length - LINES, "more set")}` : ""}`),
      table(`${name}, all values`, [["Dimensions", (series) => visible(labelOf(series))],
        ...Object.entries(STATISTICS).map(([title, of]) => [title, (series) => (series.points.length ? number(of(all(series))) : "–"), "number"])], lines)));
}

function labelOf(series) {
  return series.dimensions.map(([key, value]) => `${key}=${value}`).join(", ") || "no dimensions";
}

function buckets(lines, period, statistic) {
  // Without values, the sum is 0; an average does not exist.
  const none = statistic === "Sum" || statistic === "SampleCount" ? 0 : null;
  const start = Math.floor(model.begin / 1e6 / period), end = Math.floor((model.begin + model.length) / 1e6 / period);
  const times = Array.from({ length: end - start + 1 }, (_, at) => (start + at) * period);
  const columns = lines.map((series) => {
    const values = times.map(() => []);
    for (const [at, value] of series.points) values[Math.floor((model.begin + at) / 1e6 / period) - start].push(value);
    return values.map((some) => (some.length ? STATISTICS[statistic](some) : none));
  });
  return { times, columns };
}

// A canvas cannot use CSS variables; an element resolves them.
function colour(plot, name) {
  const probe = el("i", { css: { color: `var(${name})` } });
  plot.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}

function draw(plot, times, columns, labels, bars) {
  const ink = (name) => () => colour(plot, name);
  const axis = { stroke: ink("--muted"), grid: { stroke: ink("--line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const chart = new uPlot({
    width: plot.clientWidth, height: 160, legend: { show: false }, padding: [8, 8, 0, 0], cursor: { y: false, points: { size: 6 } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
    scales: { y: { range: (_, least, most) => [Math.min(0, least), most > 0 ? most * 1.1 : 1] } },
    axes: [{ ...axis, size: 26, values: (_, ticks) => ticks.map((seconds) => clock(seconds * 1e6).slice(0, 8).replace(/:00$/, "")) },
      { ...axis, size: 44, values: (_, ticks) => ticks.map((value) => number(value)) }],
    series: [{}, ...labels.map((label, at) => ({ label, stroke: ink(`--ink-${at}`), width: 2, spanGaps: true,
      paths: bars && labels.length === 1 ? uPlot.paths.bars({ size: [0.7, 24] }) : undefined,
      fill: bars && labels.length === 1 ? ink(`--ink-${at}`) : undefined, points: { show: times.length < 3 || undefined, size: 4 } }))],
  }, [times, ...columns], plot);
  charts.push(chart);
  new ResizeObserver(() => plot.isConnected && chart.setSize({ width: plot.clientWidth, height: 160 })).observe(plot);
}
