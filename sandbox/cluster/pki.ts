import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";
import { writeAtomic } from "../files";
import type { Instance } from "../instance";
import { API_SERVICE_ADDRESS } from "./network";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const YEARS = 10;
x509.cryptoProvider.set(webcrypto);

/** The user as whom the node's enforcer of network policies reads them. */
export const POLICY_ENFORCER = "drone-lake:policy-enforcer";

/** A certificate and its key, as files. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** The certificates of a cluster: who signs what, and for whom. */
export interface Pki {
  readonly ca: Pair;
  readonly etcdCa: Pair;
  readonly etcd: Pair;
  readonly etcdClient: Pair;
  readonly apiserver: Pair;
  readonly apiserverToKubelet: Pair;
  readonly kubelet: Pair;
  /** Signs and checks service account tokens. */
  readonly serviceAccount: { readonly key: string; readonly publicKey: string };
  /** Clients of the API server, by their name. */
  readonly clients: Record<ClientName, Pair>;
}

export type ClientName = "admin" | "controller-manager" | "scheduler" | "proxy" | "policies" | "node";

interface Subject {
  readonly name: string;
  readonly organization?: string;
  readonly addresses?: readonly string[];
  readonly hosts?: readonly string[];
}

/** Makes the certificates that are missing below the node's folder; keeps the others, so that a restart changes nothing. */
export async function ensurePki(instance: Instance): Promise<Pki> {
  const dir = join(instance.nodeDir, "pki");
  const ca = await ensureAuthority(paths(dir, "ca"), "drone-lake");
  const etcdCa = await ensureAuthority(paths(dir, "etcd-ca"), "drone-lake etcd");
  const client = (file: string, name: string, organization?: string) => issue(dir, file, ca, { name, organization });
  const local = ["127.0.0.1"];
  return {
    ca,
    etcdCa,
    etcd: await issue(dir, "etcd", etcdCa, { name: "etcd", addresses: local, hosts: ["localhost"] }),
    etcdClient: await issue(dir, "etcd-client", etcdCa, { name: "kube-apiserver" }),
    apiserver: await issue(dir, "apiserver", ca, {
      name: "kube-apiserver",
      addresses: [...local, instance.nodeAddress, API_SERVICE_ADDRESS],
      hosts: [
        "localhost",
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
      ],
    }),
    apiserverToKubelet: await client("apiserver-kubelet", "kube-apiserver-kubelet-client", "system:masters"),
    kubelet: await issue(dir, "kubelet", ca, {
      name: `system:node:${instance.nodeName}`,
      organization: "system:nodes",
      addresses: [...local, instance.nodeAddress],
      hosts: [instance.nodeName],
    }),
    serviceAccount: await tokenKey(dir),
    clients: {
      admin: await client("admin", "drone-lake-admin", "system:masters"),
      "controller-manager": await client("controller-manager", "system:kube-controller-manager"),
      scheduler: await client("scheduler", "system:kube-scheduler"),
      proxy: await client("proxy", "system:kube-proxy"),
      policies: await client("policies", POLICY_ENFORCER),
      node: await client("node", `system:node:${instance.nodeName}`, "system:nodes"),
    },
  };
}

/** Makes a self-signed CA of that name unless the pair is there. */
export async function ensureAuthority(pair: Pair, name: string): Promise<Pair> {
  if (complete(pair)) return pair;
  const keys = await newKeys();
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  await store(pair, keys, cert);
  return pair;
}

/** Makes `<dir>/<file>` a certificate for the subject, and its key, unless the pair is there. */
export async function issue(dir: string, file: string, by: Pair, subject: Subject): Promise<Pair> {
  const pair = paths(dir, file);
  if (complete(pair)) return pair;
  const issuer = new x509.X509Certificate(readFileSync(by.cert, "utf8"));
  const signingKey = await webcrypto.subtle.importKey(
    "pkcs8",
    x509.PemConverter.decodeFirst(readFileSync(by.key, "utf8")),
    ALGORITHM,
    false,
    ["sign"],
  );
  const keys = await newKeys();
  const names: x509.JsonGeneralNames = [
    ...(subject.addresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ...(subject.hosts ?? []).map((value) => ({ type: "dns" as const, value })),
  ];
  const cert = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [subject.name] }, ...(subject.organization ? [{ O: [subject.organization] }] : [])],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ALGORITHM,
    ...validity(),
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  await store(pair, keys, cert);
  return pair;
}

async function tokenKey(dir: string): Promise<Pki["serviceAccount"]> {
  const files = { key: join(dir, "service-account.key"), publicKey: join(dir, "service-account.pub") };
  if (existsSync(files.key) && existsSync(files.publicKey)) return files;
  const keys = await newKeys();
  const exported = await webcrypto.subtle.exportKey("spki", keys.publicKey);
  writeAtomic(files.publicKey, x509.PemConverter.encode(exported, "PUBLIC KEY"));
  writeAtomic(files.key, await privatePem(keys), 0o600);
  return files;
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>;
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
}

/** The key goes first: a pair whose certificate is there is complete. */
async function store(pair: Pair, keys: webcrypto.CryptoKeyPair, cert: x509.X509Certificate): Promise<void> {
  writeAtomic(pair.key, await privatePem(keys), 0o600);
  writeAtomic(pair.cert, `${cert.toString("pem")}\n`);
}

function complete(pair: Pair): boolean {
  return existsSync(pair.cert) && existsSync(pair.key);
}

function paths(dir: string, file: string): Pair {
  return { cert: join(dir, `${file}.crt`), key: join(dir, `${file}.key`) };
}

function validity(): { notBefore: Date; notAfter: Date } {
  // A day back, so that a clock that is set right later does not find certificates from the future.
  const notBefore = new Date(Date.now() - 24 * 3600 * 1000);
  const notAfter = new Date(notBefore);
  notAfter.setFullYear(notAfter.getFullYear() + YEARS);
  return { notBefore, notAfter };
}
