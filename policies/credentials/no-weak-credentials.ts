import { everywhere } from "../levels";
import type { ResourcePolicy } from "../policy";
import { minioChart } from "../readers/helm";
import { kindOf } from "../readers/kubernetes";
import { namesSecret, SHORTEST, weakness } from "../readers/secrecy";
import { at, entries, number, text } from "../readers/values";

/** Properties that are a password, by resource type. */
const PASSWORDS: Record<string, string> = {
  "minio:index/iamUser:IamUser": "secret",
  "minio:index/iamServiceAccount:IamServiceAccount": "secretKey",
  "postgresql:index/role:Role": "password",
  "pulumi:providers:minio": "minioPassword",
  "pulumi:providers:postgresql": "password",
};

export const noWeakCredentials: ResourcePolicy = {
  name: "no-weak-credentials",
  demand: `No password or key is a default, or shorter than ${SHORTEST} characters.`,
  why: "minioadmin and postgres are tried within minutes of a port being open. Whoever gets in as root has every version of every photo.",
  looksAt:
    "`length` of RandomPassword; passwords of IamUser, IamServiceAccount, Role and of the providers; data of Secrets under names of passwords; the root password of a MinIO chart",
  remedy: "Make the secret with a RandomPassword of 40 characters.",
  levels: everywhere,
  *check(resource) {
    const { type, props } = resource;
    const length = number(at(props, "length"));
    if (type === "random:index/randomPassword:RandomPassword" && length !== undefined && length < SHORTEST) {
      yield `it makes a password of ${length} characters`;
    }
    for (const [name, value] of passwords(resource)) {
      const secret = text(value);
      const weak = secret === undefined ? undefined : weakness(secret);
      if (weak) yield `${name} is ${weak}`;
    }
    function passwords({ props }: typeof resource): [string, unknown][] {
      const property = PASSWORDS[type];
      const chart = minioChart(resource);
      return [
        ...(property ? [[property, at(props, property)] as [string, unknown]] : []),
        ...(kindOf(resource) === "Secret" ? secretData(props) : []),
        ...(chart ? [["the root password", chart.rootPassword] as [string, unknown]] : []),
      ];
    }
  },
};

/** Entries of a Secret under names of passwords, decoded. */
function secretData(props: unknown): [string, unknown][] {
  const decoded = entries(at(props, "data")).map(([key, value]): [string, unknown] => {
    const encoded = text(value);
    return [key, encoded === undefined ? value : Buffer.from(encoded, "base64").toString()];
  });
  return [...entries(at(props, "stringData")), ...decoded].filter(([key]) => namesSecret(key));
}
