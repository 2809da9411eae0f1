"""Checks on AWS what the toolkit knows from documentation alone; see README.md."""

import argparse
import json
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

PASSED, FAILED, UNDECIDED = "passed", "failed", "undecided"
# How long data may take to become visible, in seconds.
PATIENCE = 180
LOG_GROUP = "/powertools-lambda/check-on-aws"
NAMESPACE = "PowertoolsCheckOnAws"


def main():
    checks = {"nested-documents": nested_documents, "non-ascii-dimensions": non_ascii_dimensions}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("check", nargs="*", metavar="CHECK", help=" or ".join(checks) + "; default: all")
    parser.add_argument("--documents", type=Path, help="X-Ray documents, one a line, to send instead of built-in ones")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.check if name not in checks]
    if unknown:
        parser.error(f"unknown checks: {', '.join(unknown)}")
    outcomes = []
    for name in arguments.check or checks:
        outcome, reason = checks[name](arguments)
        print(f"{name}: {outcome}: {reason}", flush=True)
        outcomes.append(outcome)
    sys.exit(1 if FAILED in outcomes else 2 if UNDECIDED in outcomes else 0)


def nested_documents(arguments):
    """Sends documents as the tracer packs them, and compares the trace that X-Ray returns."""
    documents = read_documents(arguments.documents) if arguments.documents else built_in_documents()
    segments = segments_of_lambda(documents)
    expected = {}
    for document in segments + documents:
        collect(document, document.get("parent_id"), expected)
    # X-Ray takes up to 50 documents in a call; the parts come before what they belong to, as they may in Lambda.
    for batch in chunks([*reversed(documents), *segments], 40):
        answer = aws("xray", "put-trace-segments", "--trace-segment-documents", *map(json.dumps, batch))
        refused = answer.get("UnprocessedTraceSegments", [])
        if refused:
            return FAILED, f"X-Ray refused documents: {refused}"
    ids = sorted({document["trace_id"] for document in documents})
    found = {}

    def complete():
        found.clear()
        for batch in chunks(ids, 5):
            for trace in aws("xray", "batch-get-traces", "--trace-ids", *batch).get("Traces", []):
                for segment in trace["Segments"]:
                    document = json.loads(segment["Document"])
                    collect(document, document.get("parent_id"), found)
        return expected.keys() <= found.keys()

    if not eventually(complete):
        missing = [expected[id]["name"] for id in expected.keys() - found.keys()]
        return FAILED, f"{len(missing)} of {len(expected)} subsegments are missing: {missing}"
    for id, (name, parent, facts) in ((id, span.values()) for id, span in expected.items()):
        if found[id]["parent"] != parent:
            return FAILED, f"{name} is below {found[id]['parent']}, expected {parent}"
        if found[id]["facts"] != facts:
            return FAILED, f"{name} has {found[id]['facts']}, expected {facts}"
    if arguments.documents:
        return PASSED, f"all {len(expected)} segments are there, each below its parent"
    return indexed(ids[0], "check_on_aws_nested", len(expected))


def indexed(trace, annotation, count):
    """Looks for the trace by the annotation of a nested subsegment."""
    expression = f'annotation[{annotation}] = "{trace}"'

    def complete():
        now = int(time.time())
        period = ["--start-time", str(now - 3600), "--end-time", str(now + 60)]
        answer = aws("xray", "get-trace-summaries", *period, "--filter-expression", expression)
        return any(summary["Id"] == trace for summary in answer.get("TraceSummaries", []))

    if eventually(complete):
        return PASSED, f"all {count} segments are there, each below its parent, and annotations of nested ones are indexed"
    return FAILED, f"the trace {trace} is complete, but {expression} does not find it"


def built_in_documents():
    """Returns a tree that was divided: a part belongs to a subsegment that is nested in the other document."""
    trace, now = f"1-{int(time.time()):08x}-{secrets.token_hex(12)}", time.time()

    def span(name, **more):
        return {"name": name, "id": secrets.token_hex(8), "start_time": now - 1, "end_time": now, **more}

    annotations = {"check_on_aws_nested": trace}
    call = span("DynamoDB", namespace="aws", aws={"operation": "PutItem", "region": "eu-west-1", "table_name": "orders"})
    cause = {"exceptions": [{"id": secrets.token_hex(8), "message": "card was declined", "type": "Declined"}]}
    charge = span("## charge", fault=True, cause=cause, annotations=annotations, metadata={"orders": {"items": [1, 2]}})
    save = span("## save", subsegments=[call])
    root = {"type": "subsegment", "trace_id": trace}
    handler = {**root, "parent_id": secrets.token_hex(8), **span("## handler", subsegments=[charge, save])}
    part = {**root, "parent_id": save["id"], **span("## divided", subsegments=[span("## inner")])}
    return [handler, part]


def read_documents(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def segments_of_lambda(documents):
    """Returns the segments that Lambda would have sent: the parents that are in none of the documents."""
    spans = {}
    for document in documents:
        collect(document, document.get("parent_id"), spans)
    segments = {}
    for document in documents:
        parent = document["parent_id"]
        if parent not in spans:
            times = {"start_time": document["start_time"], "end_time": document["end_time"] + 0.001}
            own = {"name": "check-on-aws", "id": parent, "trace_id": document["trace_id"]}
            segments[parent] = {**own, **times, "origin": "AWS::Lambda::Function"}
    return list(segments.values())


def collect(document, parent, spans):
    """Adds a document and those nested in it to `spans`, by id."""
    keys = ("fault", "error", "throttle", "annotations", "metadata", "namespace")
    facts = {key: document[key] for key in keys if document.get(key)}
    spans[document["id"]] = {"name": document["name"], "parent": parent, "facts": facts}
    for nested in document.get("subsegments", []):
        collect(nested, document["id"], spans)


def non_ascii_dimensions(_):
    """Writes metrics with dimensions that are ASCII and that are not, and looks which of them CloudWatch has."""
    run = secrets.token_hex(4)
    values = {"ascii": "Zurich", "latin": "Zürich", "kanji": "東京"}
    now = int(time.time() * 1000)
    events = []
    for kind, value in values.items():
        name = f"Check_{run}_{kind}"
        metrics = [{"Namespace": NAMESPACE, "Dimensions": [["city"], ["stage"]], "Metrics": [{"Name": name, "Unit": "Count"}]}]
        line = {"_aws": {"Timestamp": now, "CloudWatchMetrics": metrics}, "city": value, "stage": "test", name: 1}
        events.append({"timestamp": now, "message": json.dumps(line, ensure_ascii=False)})
    aws("logs", "create-log-group", "--log-group-name", LOG_GROUP, may_fail=True)
    stream = ["--log-group-name", LOG_GROUP, "--log-stream-name", run]
    aws("logs", "create-log-stream", *stream)
    aws("logs", "put-log-events", *stream, "--log-events", json.dumps(events))
    # One set of dimensions has the value, and another one has none that could be refused.
    expected = {kind: sorted([value, "test"]) for kind, value in values.items()}
    found = {}

    def complete():
        for kind in values:
            metric = ["--namespace", NAMESPACE, "--metric-name", f"Check_{run}_{kind}"]
            listed = aws("cloudwatch", "list-metrics", *metric).get("Metrics", [])
            found[kind] = sorted(dimension["Value"] for metric in listed for dimension in metric["Dimensions"])
        return found == expected

    eventually(complete)
    aws("logs", "delete-log-group", "--log-group-name", LOG_GROUP, may_fail=True)
    if found["ascii"] != expected["ascii"]:
        return UNDECIDED, f"no metric arrived within {PATIENCE} s, not even the one that is ASCII"
    changed = {kind: found[kind] for kind in values if found[kind] != expected[kind]}
    if changed:
        return FAILED, f"dimensions that are not ASCII are lost or changed: {changed}"
    return PASSED, "dimensions that are not ASCII arrive unchanged"


def eventually(holds):
    """Returns whether a condition holds before `PATIENCE` ends."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(5)
    return True


def chunks(items, size):
    return [items[at : at + size] for at in range(0, len(items), size)]


def aws(*arguments, may_fail=False):
    """Calls the AWS CLI and returns its answer."""
    command = ["aws", *arguments, "--output", "json"]
    environment = {**os.environ, "AWS_PAGER": ""}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode and not may_fail:
        sys.exit(f"aws {arguments[0]} {arguments[1]} failed: {done.stderr.strip()}")
    return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else {}


if __name__ == "__main__":
    main()
