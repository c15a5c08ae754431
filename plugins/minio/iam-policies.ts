/** IamPolicy, and its attachments to groups and users. */
import type { ResourceType } from "../declared/resource";
import { ProviderError } from "../shared/errors";
import type { Json } from "../shared/values";
import { type Client, saysNo } from "./client";
import { policyFlaw, printed, samePolicy } from "./policies";
import { setUserStatus } from "./users";

const NAME = /^[\w+=,.@:-]{1,128}$/;
const checkName = (value: Json) =>
  NAME.test(String(value)) ? undefined : "must be 1 to 128 characters out of letters, digits and _+=,.@:-";

async function putPolicy(client: Client, name: string, policy: string) {
  const body = JSON.parse(policy);
  await client.write(`policy ${name}`, () =>
    client.admin({ method: "PUT", name: "add-canned-policy", query: { name }, body }),
  );
  return { id: name, outputs: { name, policy: printed(body) } };
}

export const iamPolicy: ResourceType<Client> = {
  token: "minio:index/iamPolicy:IamPolicy",
  named: "name",
  schema: {
    name: { type: "string", computed: true, replace: true, check: checkName },
    namePrefix: { type: "string", refused: 'give the whole name as "name"' },
    policy: { type: "string", required: true, check: policyFlaw, same: samePolicy },
  },
  create: (client, desired) => putPolicy(client, String(desired.name), String(desired.policy)),
  update: (client, id, _old, desired) => putPolicy(client, id, String(desired.policy)),

  async read(client, id) {
    const call = { method: "GET", name: "info-canned-policy", query: { name: id, v: "2" } } as const;
    const info = await client.once<{ Policy: Json }>(call, "XMinioAdminNoSuchPolicy");
    return info && { id, outputs: { name: id, policy: printed(info.Policy) } };
  },

  async delete(client, id) {
    await client
      .write(`policy ${id}`, () =>
        client.admin({ method: "DELETE", name: "remove-canned-policy", query: { name: id } }),
      )
      .catch((error) => {
        if (!saysNo(error, "XMinioAdminNoSuchPolicy")) throw error;
      });
  },
};

interface Kind {
  token: string;
  /** The property that names who the policy is attached to. */
  property: "groupName" | "userName";
  holder: "group" | "user";
  policies(client: Client, name: string): Promise<string[] | undefined>;
}

/** An attachment; its id is made up, as in the official plugin, since a policy and its holder may contain any separator. */
function attachment({ token, property, holder, policies }: Kind): ResourceType<Client> {
  const nameIn = (properties: Record<string, Json | undefined>) => String(properties[property]);
  const change = (client: Client, operation: "attach" | "detach", name: string, policy: Json | undefined) => {
    const body = { policies: [policy], [holder]: name };
    return client.admin({ method: "POST", name: `idp/builtin/policy/${operation}`, body, sealed: true });
  };
  return {
    token,
    schema: {
      [property]: { type: "string", required: true, replace: true },
      policyName: { type: "string", required: true, replace: true, check: checkName },
    },

    async create(client, desired) {
      const name = nameIn(desired);
      await client.write(`${holder} ${name}`, () => change(client, "attach", name, desired.policyName));
      return { id: attachmentId(name), outputs: {} };
    },

    async read(client, id, state) {
      const name = nameIn(state);
      const attached = (await policies(client, name)) ?? [];
      if (!attached.includes(String(state.policyName))) return undefined;
      return { id: id.includes("/") ? attachmentId(name) : id, outputs: state };
    },

    async delete(client, _id, state) {
      const name = nameIn(state);
      const detach = () => change(client, "detach", name, state.policyName);
      await client.write(`${holder} ${name}`, async () => {
        if (!((await policies(client, name)) ?? []).includes(String(state.policyName))) return;
        await (holder === "user" ? enabledMeanwhile(client, name, detach) : detach());
      });
    },

    fromId(id) {
      const [name, policyName] = id.split("/");
      if (!name || !policyName)
        throw new ProviderError(`"${id}" is no id of a ${token}: give <${property}>/<policyName>`);
      return { [property]: name, policyName };
    },
  };
}

/** MinIO does not find a disabled user when it detaches, so that the official plugin's `destroy` fails there. */
async function enabledMeanwhile(client: Client, name: string, change: () => Promise<unknown>): Promise<void> {
  const disabled = (await client.user(name))?.status === "disabled";
  if (disabled) await setUserStatus(client, name, "enabled");
  await change();
  if (disabled) await setUserStatus(client, name, "disabled");
}

let made = 0;

function attachmentId(name: string): string {
  const time = new Date().toISOString().replace(/\D/g, "");
  return `${name}-${time}${String(made++).padStart(8, "0")}`;
}

export const groupPolicyAttachment = attachment({
  token: "minio:index/iamGroupPolicyAttachment:IamGroupPolicyAttachment",
  property: "groupName",
  holder: "group",
  policies: async (client, name) => (await client.group(name))?.policies,
});

export const userPolicyAttachment = attachment({
  token: "minio:index/iamUserPolicyAttachment:IamUserPolicyAttachment",
  property: "userName",
  holder: "user",
  policies: async (client, name) => (await client.user(name))?.policies,
});
