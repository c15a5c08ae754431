import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type PipelineContext, QUEUE_ACCOUNT } from "../pipelines/context";
import { queueOf } from "../pipelines/gpu";
import { gpuQueue, QUEUE, queueRules } from "../pipelines/queue";
import { boundRole, serviceAccount } from "./accounts";
import { kueueObjects } from "./kueue";
import { declare } from "./manifest";
import { apiServer, letOut } from "./network";

export interface GpuQueueArgs {
  /** What the definitions are made from. */
  context: PipelineContext;
  /** Ports at which pods reach the API server. */
  apiServerPorts: readonly number[];
}

/** Where detections wait for a GPU: a queue of Kueue, or what releases pending runs itself; nothing without GPUs. */
export class GpuQueue extends pulumi.ComponentResource {
  constructor(
    private readonly name: string,
    private readonly args: GpuQueueArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("drone-data-lake:index:GpuQueue", name, {}, opts);
    const backend = queueOf(args.context);
    if (backend === "tekton") this.releaser();
    if (backend === "kueue") {
      let before: pulumi.Resource[] = [];
      for (const object of kueueObjects(args.context)) {
        before = [declare(name, object, { parent: this, dependsOn: before })];
      }
    }
    this.registerOutputs({});
  }

  private releaser(): void {
    const { context, apiServerPorts } = this.args;
    const { namespace } = context;
    const parent = { parent: this };
    const account = serviceAccount(this.name, { name: QUEUE_ACCOUNT, namespace, token: true }, parent);
    const rights = boundRole(this.name, { name: QUEUE_ACCOUNT, namespace, rules: queueRules }, account, parent);
    const flow = letOut(this.name, { app: QUEUE, namespace, to: [apiServer(apiServerPorts)] }, parent);
    new k8s.apps.v1.Deployment(this.name, gpuQueue(context), { ...parent, dependsOn: [...rights, flow] });
  }
}
