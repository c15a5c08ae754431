"""A stand-in for the Kubernetes API that keeps the runs it is given, and answers as the API server answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from kubernetes import client


def template(pipeline: str, stem: str) -> dict[str, Any]:
    run = {
        "apiVersion": "tekton.dev/v1",
        "kind": "PipelineRun",
        "metadata": {"name": f"{pipeline}-$(tt.params.{stem}-version)", "labels": {"drone-lake/pipeline": pipeline}},
        "spec": {
            "pipelineRef": {"name": pipeline},
            "params": [
                {"name": f"{stem}-key", "value": f"$(tt.params.{stem}-key)"},
                {"name": f"{stem}-version", "value": f"$(tt.params.{stem}-version)"},
            ],
        },
    }
    return {"spec": {"resourcetemplates": [run]}}


class Cluster:
    """The runs and templates of one namespace, two runs a page; `asked` is every request, method and query."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.templates = {"orthophoto": template("orthophoto", "flight"), "detection": template("detection", "ortho")}
        self.refuses: int | None = None
        self.task_runs: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, list[str]]]] = []

    def finish(self, name: str, succeeded: bool, days_ago: float = 0) -> None:
        ended = datetime.now(UTC) - timedelta(days=days_ago)
        self.runs[name]["status"] = {
            "conditions": [{"type": "Succeeded", "status": str(succeeded)}],
            "completionTime": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def fail(self, name: str, task: str, exit_code: int, reason: str = "Failed") -> None:
        """End a run by the failure of one of its tasks, whose last step ended with an exit code."""
        self.finish(name, succeeded=False)
        self.runs[name]["status"]["childReferences"] = [{"name": f"{name}-{task}", "pipelineTaskName": task}]
        self.task_runs[f"{name}-{task}"] = {
            "status": {
                "conditions": [{"type": "Succeeded", "status": "False", "reason": reason}],
                "steps": [{"terminated": {"exitCode": 0}}, {"terminated": {"exitCode": exit_code}}],
            }
        }

    def answer(self, method: str, url: str, body: Any) -> tuple[int, dict[str, Any]]:
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        self.asked.append((method, query))
        if self.refuses:
            return self.refuses, {"reason": "refused"}
        if method == "POST":
            name = body["metadata"]["name"]
            if name in self.runs:
                return 409, {"reason": "AlreadyExists"}
            self.runs[name] = body
            return 201, body
        if path.endswith("/pipelineruns"):
            return 200, self._page(query)
        name = path.rsplit("/", 1)[-1]
        if method == "PATCH":
            return self._patch(name, body)
        if method == "DELETE":
            return (200, self.runs.pop(name)) if name in self.runs else (404, {"reason": "NotFound"})
        known = self.task_runs if "/taskruns/" in path else self.templates
        return (200, known[name]) if name in known else (404, {"reason": "NotFound"})

    def _page(self, query: dict[str, list[str]]) -> dict[str, Any]:
        label = query.get("labelSelector", [""])[0]
        start = int(query.get("continue", ["0"])[0])
        names = sorted(
            name for name, run in self.runs.items() if not label or label in run["metadata"].get("labels", {})
        )
        proceed = str(start + 2) if start + 2 < len(names) else ""
        items = [self.runs[name] for name in names[start : start + 2]]
        return {"metadata": {"continue": proceed, "resourceVersion": "7"}, "items": items}

    def _patch(self, name: str, operations: list[dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        """A JSON patch of fields of the spec."""
        if name not in self.runs:
            return 404, {"reason": "NotFound"}
        spec = self.runs[name]["spec"]
        for operation in operations:
            field = operation["path"].removeprefix("/spec/")
            if operation["op"] == "test" and spec.get(field) != operation["value"]:
                return 422, {"reason": "Invalid"}
            if operation["op"] == "remove":
                del spec[field]
        return 200, self.runs[name]


@contextmanager
def serve(cluster: Cluster) -> Iterator[client.ApiClient]:
    """A client of the stand-in, on loopback. A watch tells its `events` and ends."""

    class Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            code, answer = cluster.answer(self.command, self.path, body)
            watched = code == 200 and "watch" in parse_qs(urlsplit(self.path).query)
            answers = cluster.events if watched else [answer]
            data = "".join(f"{json.dumps(one)}\n" for one in answers).encode()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _respond  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = client.Configuration(host=f"http://127.0.0.1:{server.server_port}")
    settings.retries = False
    try:
        yield client.ApiClient(settings)
    finally:
        server.shutdown()
        server.server_close()
