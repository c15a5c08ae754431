"""PipelineRuns: which there are, how one is made as the bucket's event makes it, let go when it waits, and removed.

The TriggerTemplate of a pipeline is the only description of its runs. The EventListener fills it in from an event; this
module fills it in from what is in the store, so both make the same object under the same name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import urllib3
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from kubernetes.config.config_exception import ConfigException

from dronelake.errors import AlreadyThere, BadInput, Denied, LakeError, NotFound, OutOfMemory, Unavailable

SUCCEEDED, FAILED, UNFINISHED = "True", "False", "Unknown"  # Tekton's words
PENDING = "PipelineRunPending"  # Tekton's too: made but not started, until somebody takes it out of the spec
GPUS_LABEL = "drone-lake/gpus"

_PAGE = 500
_TIMEOUT_S = 30
_PLACEHOLDER = re.compile(r"\$\(tt\.params\.([A-Za-z0-9_.-]+)\)")
_RUN_NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True)
class Run:
    """A run: how it stands, when it was made and ended, its params, TaskRuns by task, and the GPUs that it needs."""

    state: str = UNFINISHED
    ended: datetime | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)
    made: datetime | None = None
    pending: bool = False
    gpus: int = 0


class Runs:
    """The runs of one namespace."""

    def __init__(self, namespace: str, api: client.ApiClient | None = None) -> None:
        """`api` defaults to the pod's own service account, or outside a cluster to KUBECONFIG."""
        self.namespace = namespace
        self._runs = ("tekton.dev", "v1", namespace, "pipelineruns")
        self._api = client.CustomObjectsApi(api or _client())

    def all(self) -> dict[str, Run]:
        """Every run by name."""
        return self._list()[0]

    def with_gpus(self) -> tuple[dict[str, Run], str]:
        """Every run that needs GPUs, by name, and the version of the list, from which `wait` goes on."""
        return self._list(label_selector=GPUS_LABEL)

    def _list(self, **selection: str) -> tuple[dict[str, Run], str]:
        found: dict[str, Run] = {}
        proceed: str | None = None
        while True:
            page: dict[str, Any] = self._ask(
                "list the runs",
                partial(
                    self._api.list_namespaced_custom_object,
                    *self._runs,
                    limit=_PAGE,
                    _request_timeout=_TIMEOUT_S,
                    **selection,
                    **({"_continue": proceed} if proceed else {}),
                ),
            )
            for run in page.get("items", []):
                found[run["metadata"]["name"]] = _read(run)
            metadata = page.get("metadata", {})
            proceed = metadata.get("continue")
            if not proceed:
                return found, metadata.get("resourceVersion", "")

    def wait(self, seen: Mapping[str, Run], version: str, seconds: int) -> None:
        """Wait until a run that needs GPUs is not as it was `seen` at a version of the list, or for so long."""

        def first_change() -> None:
            try:
                for event in watch.Watch().stream(
                    self._api.list_namespaced_custom_object,
                    *self._runs,
                    label_selector=GPUS_LABEL,
                    resource_version=version,
                    timeout_seconds=seconds,
                    _request_timeout=seconds + _TIMEOUT_S,
                ):
                    run = event["object"]
                    if event["type"] == "DELETED" or seen.get(run["metadata"]["name"]) != _read(run):
                        return
            except ApiException as error:
                # The cluster remembers no more what happened since that version, which is a change too.
                if error.status != 410:
                    raise

        self._ask("watch the runs", first_change)

    def template(self, pipeline: str) -> dict[str, Any]:
        """The object that the pipeline's TriggerTemplate makes, with its placeholders."""
        found: dict[str, Any] = self._ask(
            f"read the TriggerTemplate {pipeline}",
            lambda: self._api.get_namespaced_custom_object(
                "triggers.tekton.dev",
                "v1beta1",
                self.namespace,
                "triggertemplates",
                pipeline,
                _request_timeout=_TIMEOUT_S,
            ),
        )
        made = found.get("spec", {}).get("resourcetemplates", [])
        if len(made) != 1 or made[0].get("kind") != "PipelineRun":
            raise BadInput(
                f"the TriggerTemplate {pipeline} does not make exactly one PipelineRun; `pulumi up` mends it"
            )
        template: dict[str, Any] = made[0]
        return template

    def lacked_memory(self, task_run: str) -> bool:
        """Whether a TaskRun failed because a step of it was killed for want of memory, or said that it would be."""
        found: dict[str, Any] = self._ask(
            f"read the TaskRun {task_run}",
            lambda: self._api.get_namespaced_custom_object(
                *self._runs[:3], "taskruns", task_run, _request_timeout=_TIMEOUT_S
            ),
        )
        status = found.get("status", {})
        # Whatever ends a pod from outside, such as a timeout, kills its steps too.
        failed = any(one.get("reason") == "Failed" for one in status.get("conditions", []))
        codes = [step.get("terminated", {}).get("exitCode") for step in status.get("steps", [])]
        return failed and OutOfMemory.exit_code in codes

    def create(self, run: Mapping[str, Any]) -> None:
        """Create a run; raises AlreadyThere when there is one of that name."""
        name = run["metadata"]["name"]
        self._ask(
            f"create the run {name}",
            lambda: self._api.create_namespaced_custom_object(*self._runs, dict(run), _request_timeout=_TIMEOUT_S),
        )

    def release(self, name: str) -> None:
        """Let a pending run start, at which its timeout begins; raises BadInput when it is not pending any more."""
        path = "/spec/status"
        take_away = [{"op": "test", "path": path, "value": PENDING}, {"op": "remove", "path": path}]
        self._ask(
            f"release the run {name}",
            lambda: self._api.patch_namespaced_custom_object(
                *self._runs,
                name,
                take_away,
                _content_type="application/json-patch+json",
                _request_timeout=_TIMEOUT_S,
            ),
        )

    def delete(self, name: str) -> None:
        """Remove a run, and with it its pods and their logs; one that is gone already is no failure."""
        try:
            self._ask(
                f"remove the run {name}",
                lambda: self._api.delete_namespaced_custom_object(*self._runs, name, _request_timeout=_TIMEOUT_S),
            )
        except NotFound:
            return

    def _ask(self, deed: str, question: Callable[[], Any]) -> Any:
        where = f"in namespace {self.namespace}"
        try:
            return question()
        except ApiException as error:
            raise _told(error, deed, where) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(
                f"cannot {deed} {where}: the Kubernetes API does not answer ({type(error).__name__}); run again later"
            ) from error


def fill(template: Any, values: Mapping[str, str]) -> Any:
    """The template with every `$(tt.params.<name>)` replaced; raises BadInput for a name that `values` lacks.

    Values go in as text of a field, never as part of the document's structure.
    """
    if isinstance(template, dict):
        return {key: fill(inner, values) for key, inner in template.items()}
    if isinstance(template, list):
        return [fill(inner, values) for inner in template]
    if not isinstance(template, str):
        return template

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise BadInput(f"the TriggerTemplate wants a param {match[1]!r} that no run has; `pulumi up` mends it")
        return values[match[1]]

    return _PLACEHOLDER.sub(value, template)


def run_name(pipeline: str, version_id: str) -> str:
    """The name that the run of one input has; raises BadInput for a VersionID that cannot be part of a name."""
    name = f"{pipeline}-{version_id}"
    if not _RUN_NAME.fullmatch(name) or version_id == "null":
        raise BadInput(f"VersionID {version_id!r} cannot name a run; the bucket must be versioned by MinIO")
    return name


def _client() -> client.ApiClient:
    settings = client.Configuration()
    try:
        config.load_incluster_config(settings)
    except ConfigException:
        try:
            config.load_kube_config(client_configuration=settings)
        except ConfigException as error:
            raise BadInput(f"there is no cluster to ask: {error}; run in a pod, or set KUBECONFIG") from None
    return client.ApiClient(settings)


def _read(run: Mapping[str, Any]) -> Run:
    metadata, spec, status = run["metadata"], run.get("spec", {}), run.get("status", {})
    states = (str(one["status"]) for one in status.get("conditions", []) if one.get("type") == "Succeeded")
    made, ended = metadata.get("creationTimestamp"), status.get("completionTime")
    gpus = metadata.get("labels", {}).get(GPUS_LABEL, "")
    return Run(
        next(states, UNFINISHED),
        datetime.fromisoformat(ended) if ended else None,
        {one["name"]: str(one["value"]) for one in spec.get("params", [])},
        {one["pipelineTaskName"]: one["name"] for one in status.get("childReferences", [])},
        datetime.fromisoformat(made) if made else None,
        spec.get("status") == PENDING,
        int(gpus) if gpus.isdecimal() else 0,
    )


def _told(error: ApiException, deed: str, where: str) -> LakeError:
    if error.status == 409:
        return AlreadyThere(f"cannot {deed} {where}: it is there already")
    if error.status in (401, 403):
        return Denied(f"this service account may not {deed} {where}; `pulumi up` gives it the right")
    if error.status == 404:
        return NotFound(f"cannot {deed} {where}: it is not there; `pulumi up` makes it")
    if error.status in (400, 422):
        return BadInput(f"cannot {deed} {where}: {error.reason}")
    return Unavailable(f"cannot {deed} {where}: the Kubernetes API answers {error.status}; run again later")
