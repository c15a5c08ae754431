/** What a real API server says to objects, without keeping any but those that the others need. */
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "../../plugins/kubernetes/client";
import { isNoSuchKind } from "../../plugins/kubernetes/cluster";
import { Discovery, objectPath } from "../../plugins/kubernetes/discovery";
import { connect } from "../../plugins/kubernetes/kubeconfig";
import { describe, type GroupVersionKind, type KubeObject } from "../../plugins/kubernetes/objects";
import { readSettings } from "../../plugins/kubernetes/settings";
import { definitionOf } from "./manifests";

export interface Verdict {
  /** How many objects the server judged. */
  judged: number;
  /** `<object>: <message>` of each refusal; a field that a kind does not have is one. */
  rejected: string[];
  /** `<object>: <message>` of each warning. */
  warnings: string[];
  /** `<apiVersion>/<kind>` of the objects that it could not judge, since no definition of their kind was found. */
  unknown: string[];
}

interface Answer {
  status: number;
  message: string;
  warnings: string[];
}

const CONCURRENT = 8;
const SERVED_S = 30;

/** Texts of `Warning` headers, which Node joins: `299 - "text", 299 - "text"`, with quotes in a text escaped. */
function warningTexts(header = ""): string[] {
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, said = ""]) => said.replaceAll(/\\(.)/g, "$1"));
}

const kindOf = ({ apiVersion, kind }: GroupVersionKind) => `${apiVersion}/${kind}`;
const isGround = ({ kind }: KubeObject) => kind === "Namespace" || kind === "CustomResourceDefinition";

/** A namespace that also warns of templates whose pods it would not admit: nothing here makes pods of them. */
function warning(object: KubeObject): KubeObject {
  const { labels = {} } = object.metadata;
  const level = labels["pod-security.kubernetes.io/enforce"];
  if (object.kind !== "Namespace" || !level) return object;
  return {
    ...object,
    metadata: { ...object.metadata, labels: { ...labels, "pod-security.kubernetes.io/warn": level } },
  };
}

export class DryRun {
  private readonly connection;
  private readonly client;
  private readonly discovery;
  /** Environments have most objects in common: each is judged once. */
  private readonly answers = new Map<string, Promise<Answer>>();
  /** What was applied for real, by its path. */
  private readonly kept = new Map<string, KubeObject>();

  constructor(kubeconfig: string) {
    this.connection = connect(readSettings({ kubeconfig }, {}));
    this.client = new Client(this.connection);
    this.discovery = new Discovery(this.client);
  }

  /** Judges what belongs to one environment. Its namespaces and definitions are applied for real, until `remove`. */
  async judge(objects: readonly KubeObject[]): Promise<Verdict> {
    const verdict: Verdict = { judged: 0, rejected: [], warnings: [], unknown: [] };
    await this.ask(objects.filter(isGround), verdict);
    const others = objects.filter((object) => !isGround(object));
    for (const [name, kind] of new Map(others.map((object) => [kindOf(object), object]))) {
      if (!(await this.isServed(kind))) verdict.unknown.push(name);
    }
    await this.ask(
      others.filter((object) => !verdict.unknown.includes(kindOf(object))),
      verdict,
    );
    verdict.rejected.sort();
    verdict.warnings.sort();
    return verdict;
  }

  async remove(): Promise<void> {
    for (const path of this.kept.keys()) await this.client.request("DELETE", path);
    this.client.close();
  }

  private async ask(objects: readonly KubeObject[], verdict: Verdict): Promise<void> {
    const rest = [...objects];
    const worker = async () => {
      for (let object = rest.shift(); object; object = rest.shift()) {
        const name = describe(object);
        const { status, message, warnings } = await this.answer(object);
        verdict.judged++;
        if (status >= 300) verdict.rejected.push(`${name}: ${message}`);
        verdict.warnings.push(...warnings.map((said) => `${name}: ${said}`));
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, worker));
  }

  private answer(object: KubeObject): Promise<Answer> {
    const key = JSON.stringify(object);
    const answer = this.answers.get(key) ?? this.apply(warning(object), isGround(object));
    this.answers.set(key, answer);
    return answer;
  }

  /** Whether the server has the kind: its own, one that the program defines, or one by upstream's definition, which is applied here. */
  private async isServed(kind: GroupVersionKind): Promise<boolean> {
    if (await this.hasKind(kind)) return true;
    const [group] = kind.apiVersion.split("/");
    const isOurs = ({ spec }: KubeObject) => spec?.group === group && spec?.names?.kind === kind.kind;
    if (![...this.kept.values()].some(isOurs)) {
      const definition = definitionOf(kind);
      if (!definition) return false;
      const { status, message } = await this.apply(definition, true);
      if (status >= 300) throw new Error(`${describe(definition)}, from upstream: ${message}`);
    }
    const deadline = Date.now() + SERVED_S * 1000;
    while (!(await this.hasKind(kind))) {
      if (Date.now() > deadline) throw new Error(`${kindOf(kind)} is defined, and not served after ${SERVED_S} s`);
      await sleep(100);
    }
    return true;
  }

  private async hasKind(kind: GroupVersionKind): Promise<boolean> {
    try {
      await this.discovery.find(kind);
      return true;
    } catch (error) {
      if (!isNoSuchKind(error)) throw error;
      return false;
    }
  }

  /** Server-side apply, as the program's provider does it. */
  private async apply(object: KubeObject, keep: boolean): Promise<Answer> {
    const path = objectPath(await this.discovery.find(object), object.metadata);
    if (keep) this.kept.set(path, object);
    const query = {
      fieldManager: "test",
      fieldValidation: "Strict",
      force: "true",
      ...(keep ? {} : { dryRun: "All" }),
    };
    const url = new URL(`${path}?${new URLSearchParams(query)}`, this.connection.server);
    const headers = { ...(await this.connection.headers()), "Content-Type": "application/apply-patch+yaml" };
    return new Promise((resolve, reject) => {
      const call = request(url, { method: "PATCH", agent: this.connection.agent, headers }, (response) => {
        const { statusCode: status = 0, headers: answered } = response;
        text(response).then((body) => {
          const { message = "" } = JSON.parse(body) as { message?: string };
          resolve({ status, message, warnings: warningTexts(answered.warning) });
        }, reject);
      });
      call.once("error", reject);
      call.end(JSON.stringify(object));
    });
  }
}
