import { type Cases, CONTAINER, changed, cronJob, deployment, failing, job, task } from "../resources";

const runs = (image: string) => ({ [`${CONTAINER}.image`]: image });
const DIGEST = `sha256:${"b".repeat(64)}`;
const argument = (image: string) => ({ [`${CONTAINER}.args`]: ["-entrypoint-image", image] });

export const images: Record<string, Cases> = {
  "images-have-versions": {
    passes: {
      "digests, in every kind of workload": [deployment, job, cronJob, task],
      "a version": [changed(deployment, runs("ghcr.io/tektoncd/pipeline/controller:v1.9.0"))],
      "a registry with a port": [changed(deployment, runs("registry.example.org:5000/lake/tasks:1.0"))],
    },
    fails: {
      ...failing(deployment, {
        latest: [runs("minio/minio:latest"), "container server runs docker.io/minio/minio:latest"],
        "no tag": [runs("registry.example.org:5000/lake/tasks"), "lake/tasks, without a version"],
        "no tag, of an argument": [
          argument("busybox"),
          "argument -entrypoint-image runs docker.io/library/busybox, without",
        ],
        "an init container": [
          { "spec.template.spec.initContainers": [{ name: "wait", image: "busybox" }] },
          "init container wait runs",
        ],
      }),
      ...failing(task, { "a step": [{ "spec.steps.0.image": "lake/tasks:latest" }, "step detect runs"] }),
      ...failing(cronJob, {
        "a cron job": [{ "spec.jobTemplate.spec.template.spec.containers.0.image": "lake/tasks" }, "without a version"],
      }),
    },
  },
  "images-by-digest": {
    passes: {
      "digests, in every kind of workload": [deployment, job, cronJob, task],
      "a tag beside a digest": [changed(deployment, runs(`registry.example.org/lake:1@${DIGEST}`))],
      "a release of a project that moves no tag": [
        changed(deployment, argument("ghcr.io/tektoncd/pipeline/nop:v1.9.0")),
      ],
      OpenDroneMap: [changed(task, { "spec.steps.0.image": "opendronemap/odm:3.5.6" })],
    },
    fails: failing(deployment, {
      "a tag": [runs("registry.example.org/lake:1"), "registry.example.org/lake:1, which is no digest"],
      "a short digest": [runs("registry.example.org/lake@sha256:abc"), "which is no digest"],
      "an argument": [argument("registry.example.org/nop:1"), "argument -entrypoint-image runs"],
    }),
  },
  "allowed-registries": {
    passes: {
      "the lake's own": [deployment, job, cronJob, task],
      "Tekton's and OpenDroneMap's": [
        changed(deployment, runs("ghcr.io/tektoncd/triggers/webhook:v0.35.0")),
        changed(deployment, runs("opendronemap/odm:3.5.6")),
      ],
    },
    fails: failing(deployment, {
      "Docker Hub": [runs("minio/minio:RELEASE.2025"), "container server runs docker.io/minio/minio"],
      "a name that only begins alike": [runs("registry.example.org.evil.net/lake:1"), "registry.example.org.evil.net"],
      "a namesake on Docker Hub": [runs("ghcr/io/tektoncd:1"), "docker.io/ghcr"],
    }),
  },
};
