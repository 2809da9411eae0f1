// The page: its views and the navigation between them. The current view is part of the address, so that "back" works.
import { byId, el } from "./dom.js";
import { clock, counted, day, number } from "./format.js";
import { model } from "./model.js";
import { address } from "./parts.js";
import { overviewView } from "./overview.js";
import { tracesView } from "./traces.js";
import { traceView } from "./timeline.js";
import { logsView } from "./logs.js";
import { metricsView, redrawCharts } from "./metrics.js";
import { coldView, errorsView, mapView, queuesView } from "./tables.js";

const VIEWS = {
  overview: ["Overview", overviewView],
  map: ["Map", mapView, () => model.edges.length],
  traces: ["Traces", tracesView, () => model.traces.length],
  metrics: ["Metrics", metricsView, () => model.metrics.length],
  logs: ["Logs", logsView, () => model.records.length],
  errors: ["Errors", errorsView, () => model.errors.filter((group) => !group.told).length],
  queues: ["Queues", queuesView, () => model.flows.length + model.consumers.length],
  cold: ["Cold starts", coldView, () => model.colds.length],
};
const THEMES = ["auto", "light", "dark"];

function show() {
  const [path, query] = location.hash.replace(/^#\//, "").split("?");
  const [name, id] = path.split("/");
  const view = name === "trace" ? "traces" : VIEWS[name] ? name : "overview";
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const change = (state) => history.replaceState(null, "", address(view, state));
  const content = name === "trace" ? traceView(decodeURIComponent(id ?? "")) : VIEWS[view][1](parameters, change);
  for (const anchor of byId("views").querySelectorAll("a")) {
    const current = anchor.dataset.view === view;
    if (current) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
    if (current) anchor.parentElement.parentElement.scrollLeft = anchor.offsetLeft - 80;
  }
  byId("main").replaceChildren(...content.filter(Boolean));
  document.title = `${VIEWS[view][0]} · Operations report`;
}

function menu() {
  byId("views").append(...Object.entries(VIEWS).map(([name, [title, , count]]) => el("li", null,
    el("a", { href: `#/${name}`, "data-view": name }, title, count && el("span", { class: "muted", "aria-hidden": "true" }, ` ${number(count())}`)))));
  byId("period").textContent = `${day(model.begin)}, ${clock(model.begin).slice(0, 8)} to ${clock(model.begin + model.length).slice(0, 8)} UTC · `
    + `${counted(model.functions.length, "function")} · ${counted(model.functions.reduce((sum, fn) => sum + fn.invocations, 0), "invocation")}`
    + (model.unread ? ` · ${counted(model.unread, "document")} could not be read` : "");
}

function themes() {
  let theme = 0;
  const button = byId("theme");
  const apply = () => {
    document.documentElement.dataset.theme = THEMES[theme];
    button.textContent = `Theme: ${THEMES[theme]}`;
    redrawCharts();
  };
  button.addEventListener("click", () => { theme = (theme + 1) % THEMES.length; apply(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawCharts);
  apply();
}

menu();
themes();
byId("skip").addEventListener("click", () => byId("main").focus());
addEventListener("hashchange", () => { show(); scrollTo(0, 0); byId("main").focus({ preventScroll: true }); });
show();
document.documentElement.dataset.ready = "true";
