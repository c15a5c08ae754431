/** IamUser and IamServiceAccount. */
import { randomBytes } from "node:crypto";
import { type ResourceType, unlessDone } from "../declared/resource";
import { ProviderError } from "../shared/errors";
import type { Json } from "../shared/values";
import { type Client, saysNo, type UserInfo } from "./client";
import { policyFlaw, printed, samePolicy } from "./policies";

function newSecret(): string {
  return randomBytes(30).toString("base64url");
}

/** Makes the user, or gives an existing one another secret; either way it is enabled afterwards. */
function putUser(client: Client, name: string, secret: string): Promise<unknown> {
  const body = { secretKey: secret, status: "enabled" };
  return client.admin({ method: "PUT", name: "add-user", query: { accessKey: name }, body, sealed: true });
}

export function setUserStatus(client: Client, name: string, status: UserInfo["status"]): Promise<unknown> {
  return client.admin({ method: "PUT", name: "set-user-status", query: { accessKey: name, status } });
}

export const user: ResourceType<Client> = {
  token: "minio:index/iamUser:IamUser",
  named: "name",
  schema: {
    disableUser: { type: "boolean", default: false },
    forceDestroy: { type: "boolean", default: false },
    name: {
      type: "string",
      computed: true,
      replace: true,
      check: (value) =>
        /^[0-9A-Za-z=,.@\-_+]{3,}$/.test(String(value))
          ? undefined
          : "must be at least 3 characters out of letters, digits and =,.@-_+",
    },
    secret: {
      type: "string",
      computed: true,
      secret: true,
      check: (value) => (String(value).length >= 8 ? undefined : "must be at least 8 characters long"),
    },
    status: { type: "string", output: true },
    tags: { type: "map", of: { type: "string" }, refused: "MinIO keeps no tags of users" },
    updateSecret: { type: "boolean", default: false },
  },

  async create(client, desired) {
    const name = String(desired.name);
    const secret = String(desired.secret ?? newSecret());
    return client.write(`user ${name}`, async () => {
      await putUser(client, name, secret);
      const incomplete = desired.disableUser
        ? await unlessDone(() => setUserStatus(client, name, "disabled"))
        : undefined;
      const disableUser = desired.disableUser === true && !incomplete;
      return { id: name, outputs: { secret, disableUser, status: disableUser ? "disabled" : "enabled" }, incomplete };
    });
  },

  /** Tells by hand disabled users too, which the official plugin does not see. */
  async read(client, id) {
    const info = await client.user(id);
    const disableUser = info?.status === "disabled";
    return info && { id, outputs: { name: id, status: info.status, disableUser } };
  },

  async update(client, id, old, desired) {
    const secret = String(desired.updateSecret ? newSecret() : (desired.secret ?? old.secret));
    const status = desired.disableUser ? "disabled" : "enabled";
    await client.write(`user ${id}`, async () => {
      if (secret !== old.secret) await putUser(client, id, secret);
      await setUserStatus(client, id, status);
    });
    return { id, outputs: { secret, status } };
  },
  renewed: (_old, desired) => (desired.updateSecret ? ["secret"] : []),

  async delete(client, id) {
    await client
      .write(`user ${id}`, () => client.admin({ method: "DELETE", name: "remove-user", query: { accessKey: id } }))
      .catch((error) => {
        if (!saysNo(error, "XMinioAdminNoSuchUser")) throw error;
      });
  },
  fromId: () => ({ forceDestroy: false, updateSecret: false }),
};

/**
 * Sets the status and the policy of an account, together: a change of the status alone takes its own policy away, so that it may do all
 * that its user may.
 */
function setAccount(client: Client, account: string, status: "on" | "off", policy: Json | undefined): Promise<unknown> {
  const body = { newStatus: status, newPolicy: policy === undefined ? undefined : JSON.parse(String(policy)) };
  const query = { accessKey: account };
  return client.admin({ method: "POST", name: "update-service-account", query, body, sealed: true });
}

const GONE = ["XMinioInvalidIAMCredentials", "XMinioAdminServiceAccountNotFound"] as const;

export const serviceAccount: ResourceType<Client> = {
  token: "minio:index/iamServiceAccount:IamServiceAccount",
  schema: {
    accessKey: { type: "string", output: true },
    disableUser: { type: "boolean", default: false },
    policy: { type: "string", check: policyFlaw, same: samePolicy },
    secretKey: { type: "string", output: true, secret: true },
    status: { type: "string", output: true },
    targetUser: { type: "string", required: true, replace: true },
    updateSecret: {
      type: "boolean",
      refused:
        "this build does not give an account another secret; make a new account beside it and remove this one later",
    },
  },

  async create(client, desired) {
    const targetUser = String(desired.targetUser);
    const document = desired.policy === undefined ? undefined : JSON.parse(String(desired.policy));
    const [accessKey, secretKey] = [randomBytes(10).toString("hex").toUpperCase(), newSecret()];
    return client.write(`user ${targetUser}`, async () => {
      const body = { targetUser, accessKey, secretKey, policy: document };
      await client.admin({ method: "PUT", name: "add-service-account", body, sealed: true });
      const incomplete = desired.disableUser
        ? await unlessDone(() => setAccount(client, accessKey, "off", desired.policy))
        : undefined;
      const disableUser = desired.disableUser === true && !incomplete;
      const outputs = {
        accessKey,
        secretKey,
        disableUser,
        status: disableUser ? "off" : "on",
        policy: document === undefined || incomplete ? null : printed(document),
      };
      return { id: accessKey, outputs, incomplete };
    });
  },

  async read(client, id) {
    type Answer = { parentUser: string; policy: string; impliedPolicy: boolean; accountStatus: string };
    const call = { method: "GET", name: "info-service-account", query: { accessKey: id }, sealed: true } as const;
    const info = await client.once<Answer>(call, GONE[0]);
    if (!info) return undefined;
    const policy = info.impliedPolicy ? null : printed(JSON.parse(info.policy));
    const status = info.accountStatus;
    return {
      id,
      outputs: { accessKey: id, targetUser: info.parentUser, policy, status, disableUser: status === "off" },
    };
  },

  async update(client, id, old, desired) {
    const { policy } = desired;
    if (old.policy && policy === undefined) {
      throw new ProviderError(
        `service account "${id}": a policy can be changed but not taken away; give one, or make a new account`,
      );
    }
    const status = desired.disableUser ? "off" : "on";
    await client.write(`user ${old.targetUser}`, () => setAccount(client, id, status, policy));
    return { id, outputs: { status, policy: policy === undefined ? null : printed(JSON.parse(String(policy))) } };
  },

  async delete(client, id, state) {
    await client
      .write(`user ${state.targetUser}`, () =>
        client.admin({ method: "DELETE", name: "delete-service-account", query: { accessKey: id } }),
      )
      .catch((error) => {
        if (!saysNo(error, ...GONE)) throw error;
      });
  },
};
