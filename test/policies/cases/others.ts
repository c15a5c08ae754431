import { type Cases, failing, object, resource } from "../resources";

const role = resource("postgresql:index/role:Role", "stagiair", {
  name: "stagiair",
  login: true,
  roles: ["pgstac_read"],
});
const grant = resource("postgresql:index/grantRole:GrantRole", "g", { role: "stagiair", grantRole: "pgstac_read" });

const labels = { "drone-lake/owner": "geo", "drone-lake/cost-center": "lake" };
const namespace = object("v1", "Namespace", "data-systems", { metadata: { name: "data-systems", labels } });
const nodes = object("karpenter.sh/v1", "NodePool", "gpu", { spec: { template: { metadata: { labels } } } });

export const others: Record<string, Cases> = {
  "no-superuser-roles": {
    passes: { "a role that reads": [role, grant] },
    fails: {
      ...failing(role, {
        superuser: [{ superuser: true }, "it has superuser"],
        "rights over all databases": [{ createRole: true, createDatabase: true }, "it has createRole, createDatabase"],
        "a member of the superuser": [{ roles: ["pgstac_read", "postgres"] }, "it is a member of postgres"],
        "a member that runs programs": [
          { roles: ["pg_execute_server_program"] },
          "a member of pg_execute_server_program",
        ],
      }),
      ...failing(grant, {
        "a grant of files": [{ grantRole: "pg_read_server_files" }, "it grants pg_read_server_files"],
      }),
    },
  },
  "owner-and-cost": {
    passes: { "a namespace and nodes with both": [namespace, nodes] },
    fails: {
      ...failing(namespace, {
        none: [{ "metadata.labels": undefined }, "it has no label drone-lake/owner and drone-lake/cost-center"],
        "one of them": [{ "metadata.labels": { "drone-lake/owner": "geo" } }, "it has no label drone-lake/cost-center"],
      }),
      ...failing(nodes, { nodes: [{ "spec.template.metadata": {} }, "it has no label drone-lake/owner"] }),
    },
  },
};
