// One trace: its steps on a timeline with their details, its linked traces, and its log records.
import { el, visible } from "./dom.js";
import { clock, counted, duration } from "./format.js";
import { KIND, failed, functionName, markWord, model, spansOf, traceById } from "./model.js";
import { address, empty, keyList, link, section, titleOf } from "./parts.js";
import { recordRow } from "./logs.js";

export function traceView(id) {
  const trace = traceById(id);
  if (!trace) return [section("Trace", null, empty("This report has no such trace."))];
  const spans = spansOf(trace);
  const word = markWord(trace.mark);
  return [
    el("section", { class: "panel" },
      el("p", { class: "crumbs" }, link(address("traces"), "Traces"), " / ", el("span", { class: "mono" }, trace.id)),
      el("h2", null, visible(titleOf(trace)), word && [" ", el("span", { class: `tag ${word}` }, word)]),
      el("p", { class: "note" }, `${clock(model.begin + trace.at)} UTC, ${duration(trace.duration)}, ${counted(spans.length, "step")}`),
      journey(trace),
      scale(trace),
      el("ol", { class: "waterfall", "aria-label": "Steps" }, spans.map((span) => step(span, trace)))),
    section("Log records of this trace", null, trace.records.length
      ? el("ul", { class: "log-list" }, trace.records.map((at) => el("li", null, recordRow(model.records[at]))))
      : empty("No log record has this trace’s id.")),
  ];
}

// An asynchronous step continues in a separate trace; the links lead in both directions.
function journey(trace) {
  const hop = (text, [index, gap]) => {
    const other = model.traces[index];
    const word = markWord(other.mark & 7);
    return el("li", null, text, " ", link(address(`trace/${other.id}`), visible(titleOf(other))),
      el("span", { class: "muted" }, gap >= 0 ? ` after ${duration(gap)}` : ""), word && el("span", { class: `tag ${word}` }, word));
  };
  if (!trace.causes.length && !trace.effects.length) return null;
  return el("ul", { class: "journey", "aria-label": "Linked traces" },
    trace.causes.map((cause) => hop("← came from", cause)), trace.effects.map((effect) => hop("→ continued in", effect)));
}

function scale(trace) {
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return el("div", { class: "scale", "aria-hidden": "true" }, el("span", null), el("div", null,
    ticks.map((tick) => el("span", { css: { left: `${tick * 100}%` } }, duration(trace.duration * tick)))), el("span"));
}

function step(span, trace) {
  const word = markWord(span.mark);
  const whole = trace.duration || 1;
  const left = (100 * (span.at - trace.at)) / whole;
  const width = Math.max(0.4, Math.min(100 - left, (100 * span.duration) / whole));
  const call = callText(span);
  const kind = failed(span.mark) ? "bad" : span.kind === KIND.own ? "own" : "call";
  const own = span.kind === KIND.own && (span.depth === 0 || span.details.annotations?.ColdStart !== undefined);
  return el("li", { "aria-level": span.depth + 1 }, el("details", null,
    el("summary", null,
      el("span", { class: "step-name", css: { "--depth": span.depth } }, el("span", null,
        el("b", { class: word ? "bad-text" : "" }, visible(own ? `${functionName(span.fn)} ${bare(span.name)}` : bare(span.name))),
        call && el("span", { class: "muted" }, ` ${visible(call)}`), word && [" ", el("span", { class: `tag ${word}` }, word)])),
      el("span", { class: "lane" }, el("span", { class: `span ${kind}`, css: { left: `${left}%`, width: `${width}%` } })),
      el("span", { class: "figure muted" }, duration(span.duration))),
    stepDetails(span, trace)));
}

function bare(name) {
  return name.replace(/^## /, "");
}

function callText(span) {
  const { aws, http } = span.details;
  const resource = aws && [aws.table_name, aws.table_names, aws.queue_url, aws.topic_arn, aws.stream_name, aws.bucket_name].flat().filter(Boolean)
    .map((name) => name.split(/[/:]/).pop()).join(", ");
  const parts = [aws?.operation, http?.request?.method, resource, aws?.retries > 0 && `${aws.retries} retries`, http?.response?.status];
  return parts.filter(Boolean).join(" ");
}

function stepDetails(span, trace) {
  const { annotations, metadata, aws, http, cause, links, ...rest } = span.details;
  const pairs = Object.entries({ function: functionName(span.fn), starts: `+${duration(span.at - trace.at)}`, id: span.id, ...annotations });
  for (const [name, values] of Object.entries({ aws, ...http })) {
    for (const [key, value] of Object.entries(values ?? {})) pairs.push([`${name} ${key}`, value]);
  }
  for (const [key, value] of Object.entries({ ...metadata, ...rest })) pairs.push([key, value]);
  return el("div", { class: "step-details" },
    (cause?.exceptions ?? []).map((exception) => el("p", { class: "exception" },
      el("b", null, visible(exception.type ?? "")), " ", visible(exception.message ?? ""))),
    keyList(pairs),
    links && el("p", { class: "muted" }, `Linked to ${counted(links.length, "message")} from other traces.`));
}
