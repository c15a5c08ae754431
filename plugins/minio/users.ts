/** IamUser and IamServiceAccount. Their secret keys reach `mc` on standard input or are made by it; they are never arguments. */
import { randomBytes } from "node:crypto";
import { type ResourceType, unlessDone } from "../declared/resource";
import { ProviderError } from "../shared/errors";
import type { Json } from "../shared/values";
import { type Client, saysNo } from "./client";
import { policyFlaw, printed, samePolicy } from "./policies";

function newSecret(): string {
  return randomBytes(30).toString("base64url");
}

/** Makes the user, or gives an existing one another secret; either way it is enabled afterwards. */
function putUser(client: Client, name: string, secret: string): Promise<unknown> {
  if (/[\r\n]/.test(secret)) throw new ProviderError(`user "${name}": the secret must be one line`);
  return client.mc.run("admin user add", [], `${name}\n${secret}\n`);
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
    return client.write(`--user ${name}`, async () => {
      await putUser(client, name, secret);
      const incomplete = desired.disableUser
        ? await unlessDone(() => client.mc.run("admin user disable", [name]))
        : undefined;
      const disableUser = desired.disableUser === true && !incomplete;
      return { id: name, outputs: { secret, disableUser, status: disableUser ? "disabled" : "enabled" }, incomplete };
    });
  },

  /** Tells by hand disabled users too, which the official plugin does not see. */
  async read(client, id) {
    const info = await client.user(id);
    const disableUser = info?.userStatus === "disabled";
    return info && { id, outputs: { name: id, status: info.userStatus, disableUser } };
  },

  async update(client, id, old, desired) {
    const secret = String(desired.updateSecret ? newSecret() : (desired.secret ?? old.secret));
    const status = desired.disableUser ? "disabled" : "enabled";
    await client.write(`--user ${id}`, async () => {
      if (secret !== old.secret) await putUser(client, id, secret);
      await client.mc.run(`admin user ${desired.disableUser ? "disable" : "enable"}`, [id]);
    });
    return { id, outputs: { secret, status } };
  },
  renewed: (_old, desired) => (desired.updateSecret ? ["secret"] : []),

  async delete(client, id) {
    await client
      .write(`--user ${id}`, () => client.mc.run("admin user remove", [id]))
      .catch((error) => {
        if (!saysNo(error, "XMinioAdminNoSuchUser")) throw error;
      });
  },
  fromId: () => ({ forceDestroy: false, updateSecret: false }),
};

function setPolicy(client: Client, account: string, policy: Json): Promise<unknown> {
  return client.mc.withFile(String(policy), (path) =>
    client.mc.run("admin user svcacct edit", [account, "--policy", path]),
  );
}

/** A change of the status takes the account's own policy away, so that it may do all that its user may: the policy is given again. */
async function setStatus(client: Client, account: string, disabled: boolean, policy: Json | undefined): Promise<void> {
  await client.mc.run(`admin user svcacct ${disabled ? "disable" : "enable"}`, [account]);
  if (policy !== undefined) await setPolicy(client, account, policy);
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
        "`mc` takes the new secret of a service account only as an argument, which other users can read; make a new account instead",
    },
  },

  async create(client, desired) {
    const targetUser = String(desired.targetUser);
    type Answer = { accessKey: string; secretKey: string };
    const add = (...rest: string[]) => client.mc.run<Answer>("admin user svcacct add", [targetUser, ...rest]);
    return client.write(`--user ${targetUser}`, async () => {
      const { policy } = desired;
      const withPolicy = () => client.mc.withFile(String(policy), (path) => add("--policy", path));
      const { accessKey, secretKey } = await (policy === undefined ? add() : withPolicy());
      const incomplete = desired.disableUser
        ? await unlessDone(() => setStatus(client, accessKey, true, policy))
        : undefined;
      const disableUser = desired.disableUser === true && !incomplete;
      const outputs = {
        accessKey,
        secretKey,
        disableUser,
        status: disableUser ? "off" : "on",
        policy: policy === undefined || incomplete ? null : printed(JSON.parse(String(policy))),
      };
      return { id: accessKey, outputs, incomplete };
    });
  },

  async read(client, id) {
    type Answer = { parentUser: string; policy?: never; impliedPolicy?: boolean; accountStatus: string };
    const info = await client.once<Answer>("admin user svcacct info", id, GONE[0]);
    if (!info) return undefined;
    const policy = info.impliedPolicy || info.policy === undefined ? null : printed(info.policy);
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
    await client.write(`--user ${old.targetUser}`, async () => {
      if (desired.disableUser !== old.disableUser) await setStatus(client, id, desired.disableUser === true, policy);
      else if (policy !== undefined && !samePolicy(old.policy ?? null, policy)) await setPolicy(client, id, policy);
    });
    const status = desired.disableUser ? "off" : "on";
    return { id, outputs: { status, policy: policy === undefined ? null : printed(JSON.parse(String(policy))) } };
  },

  async delete(client, id, state) {
    await client
      .write(`--user ${state.targetUser}`, () => client.mc.run("admin user svcacct remove", [id]))
      .catch((error) => {
        if (!saysNo(error, ...GONE)) throw error;
      });
  },
};
