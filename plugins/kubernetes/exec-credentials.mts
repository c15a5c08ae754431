/**
 * Credentials that a helper program hands out (cloud clusters). It is a file of its own because the client library doubles
 * the plugin's start, and most kubeconfigs do without.
 */
import { KubeConfig } from "@kubernetes/client-node";

let config: KubeConfig | undefined;

/** Headers for the user of `context` in this kubeconfig; the library runs the helper and keeps its answer until it expires. */
export async function headersFor(kubeconfig: string, context: string): Promise<Record<string, string>> {
  if (!config) {
    config = new KubeConfig();
    config.loadFromString(kubeconfig);
    config.setCurrentContext(context);
  }
  const options: { headers?: Record<string, string> } = {};
  await config.applyToHTTPSOptions(options);
  return options.headers ?? {};
}
