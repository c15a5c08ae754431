import { rule } from "./rule";

/** One of two signs the servers' certificates. */
export const tlsRule = rule(["tls"], ({ tls }) => {
  if (tls.issuer && tls.ca) {
    return [
      { path: "tls.ca", message: "found beside tls.issuer; one of the two signs the certificates: leave one out" },
    ];
  }
  if (tls.issuer && tls.installCertManager) {
    const message =
      "found true; what is installed for the lake alone signs with tls.ca, and tls.issuer is of a cert-manager that the cluster has";
    return [{ path: "tls.installCertManager", message }];
  }
  if (tls.issuer || tls.ca) return [];
  const message = "missing, and tls.ca too; one of the two must say who signs the servers' certificates";
  return [{ path: "tls.issuer", message }];
});
