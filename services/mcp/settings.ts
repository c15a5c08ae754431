import { z } from "zod";

const file = z.string().min(1).optional();

const lakeVariables = z.object({
  CATALOGUE_URL: z.url({ protocol: /^https?$/ }),
  CATALOGUE_CA_FILE: file,
  AWS_ENDPOINT_URL_S3: z.url({ protocol: /^https?$/ }),
  AWS_CA_BUNDLE: file,
  AWS_REGION: z.string().min(1).default("us-east-1"),
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
});

const list = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter(Boolean),
  );

const httpVariables = z.object({
  MCP_PORT: z.coerce.number().int().min(1).max(65535).default(8443),
  MCP_TOKEN: z.string().min(32, "must have at least 32 characters"),
  MCP_CERTIFICATE_FILE: z.string().min(1),
  MCP_KEY_FILE: z.string().min(1),
  MCP_ALLOWED_HOSTS: list.refine((hosts) => hosts.length > 0, "must name at least one host"),
  MCP_ALLOWED_ORIGINS: list,
});

/** Where the lake is, and with which keys it is read. */
export interface LakeSettings {
  readonly catalogue: { readonly url: URL; readonly caFile?: string };
  readonly store: {
    readonly endpoint: string;
    readonly caFile?: string;
    readonly region: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
  };
}

/** How clients reach the server over HTTP. */
export interface HttpSettings {
  readonly port: number;
  /** What every request carries as `Authorization: Bearer <token>`. */
  readonly token: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Names by which clients call the server, without ports. */
  readonly allowedHosts: readonly string[];
  /** Origins of web pages whose scripts may call it, such as https://maps.example.org; programs send none. */
  readonly allowedOrigins: readonly string[];
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Throws one error that names every variable that is missing or wrong; no value is in it. */
export function lakeSettings(env: Variables): LakeSettings {
  const read = checked(lakeVariables, env);
  return {
    catalogue: { url: new URL(read.CATALOGUE_URL), caFile: read.CATALOGUE_CA_FILE },
    store: {
      endpoint: read.AWS_ENDPOINT_URL_S3,
      caFile: read.AWS_CA_BUNDLE,
      region: read.AWS_REGION,
      accessKeyId: read.AWS_ACCESS_KEY_ID,
      secretAccessKey: read.AWS_SECRET_ACCESS_KEY,
    },
  };
}

/** As `lakeSettings`. */
export function httpSettings(env: Variables): HttpSettings {
  const read = checked(httpVariables, env);
  return {
    port: read.MCP_PORT,
    token: read.MCP_TOKEN,
    certificateFile: read.MCP_CERTIFICATE_FILE,
    keyFile: read.MCP_KEY_FILE,
    allowedHosts: read.MCP_ALLOWED_HOSTS,
    allowedOrigins: read.MCP_ALLOWED_ORIGINS,
  };
}

function checked<T>(schema: z.ZodType<T>, env: Variables): T {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const lines = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `  ${name}: ${env[name] === undefined ? "is not set" : message}`;
  });
  throw new Error(`environment variables are wrong:\n${lines.join("\n")}`);
}
