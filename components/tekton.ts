import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { manifests } from "../sandbox/toolchain/manifests";
import versions from "../versions.json";
import { declare, type Manifest, readManifests } from "./manifest";
import { namespaces } from "./names";
import { apiServer, tcp } from "./network";
import { stageOf, stages, transformTekton } from "./tekton-manifests";

export interface TektonArgs {
  /** False where the cluster has Tekton already; then nothing is declared. */
  install: boolean;
  /** Keep the webhook's autoscaler and upstream's requests. */
  highAvailability: boolean;
  /** Ports at which pods reach the API server. */
  apiServerPorts: readonly number[];
  /** Images by the names of the config. */
  images: Record<string, string>;
  /** Labels of its namespace, beside upstream's. */
  labels: Record<string, string>;
}

type TektonObjectsArgs = Pick<TektonArgs, "images" | "highAvailability" | "labels">;

/** Tekton Pipelines and Triggers from upstream's own manifests, in the order in which they come up. */
export class Tekton extends pulumi.ComponentResource {
  /** Upstream's objects as they are installed. */
  static objects({ images, highAvailability, labels }: TektonObjectsArgs): Manifest[] {
    const of = (set: "tekton-pipelines" | "tekton-triggers", version: string) =>
      transformTekton(readManifests(manifests(set)), { version, images, highAvailability, labels });
    return [...of("tekton-pipelines", versions.tektonPipelines), ...of("tekton-triggers", versions.tektonTriggers)];
  }

  constructor(name: string, args: TektonArgs, opts?: pulumi.ComponentResourceOptions) {
    super("drone-data-lake:index:Tekton", name, { highAvailability: args.highAvailability }, opts);
    if (args.install) this.install(name, Tekton.objects(args), args.apiServerPorts);
    this.registerOutputs({});
  }

  private install(name: string, objects: Manifest[], apiServerPorts: readonly number[]): void {
    let before: pulumi.Resource[] = [];
    for (const stage of stages) {
      const made = objects
        .filter((object) => stageOf(object) === stage)
        .map((object) => declare(name, object, { parent: this, dependsOn: before }));
      if (stage === "definitions") made.push(this.flows(name, apiServerPorts, made));
      before = [...before, ...made];
    }
  }

  /** The API server calls the webhooks, EventListeners call the interceptors, and all of them call the API server. */
  private flows(
    name: string,
    apiServerPorts: readonly number[],
    dependsOn: pulumi.Resource[],
  ): k8s.networking.v1.NetworkPolicy {
    return new k8s.networking.v1.NetworkPolicy(
      name,
      {
        metadata: { name: "tekton", namespace: namespaces.tekton },
        spec: {
          podSelector: {},
          policyTypes: ["Ingress", "Egress"],
          ingress: [{ ports: [tcp(8443)] }],
          egress: [apiServer(apiServerPorts), { ports: [{ protocol: "UDP", port: 53 }, tcp(53)] }],
        },
      },
      { parent: this, dependsOn },
    );
  }
}
