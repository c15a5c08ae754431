/** Names whose values are secrets. An access key is none: it is the name that goes with a secret key. */
const SECRET_NAME =
  /pass(word|wd|phrase)|secret[-_]?(access[-_]?)?key|api[-_]?key|private[-_]?key|token|^secret$|credentials?$/i;
/** Names of files, of Secrets and of settings about secrets. */
const ABOUT_SECRETS =
  /([-_](name|file|path|dir|url|endpoint|type|ttl|expiry|length|policy)|[a-z](File|Name|Path|Ref))$/;

/** Whether what has this name is a secret. */
export function namesSecret(name: string): boolean {
  return SECRET_NAME.test(name) && !ABOUT_SECRETS.test(name === name.toUpperCase() ? name.toLowerCase() : name);
}

/** Whether a text carries a secret in itself: a URL with a password, or a private key. */
export function carriesSecret(value: string): boolean {
  return /:\/\/[^/\s:@$]+:[^/\s@${]+@/.test(value) || value.includes("PRIVATE KEY-----");
}

/** Words, and parts of words, that everybody tries first. */
const DEFAULTS =
  /^(minio(admin|123)?|admin(istrator)?(123)?|root|postgres(ql)?|password\d*|passw0rd|secret(key)?|change[-_ ]?me|test|default|example|qwerty.*|12345.*)$/i;

/** Fewest characters of a secret that nobody guesses: 20 of letters and digits are 119 bits. */
export const SHORTEST = 20;

/** What is weak about a secret, undefined for one that is not. */
export function weakness(secret: string): string | undefined {
  if (DEFAULTS.test(secret)) return "a default that everybody tries first";
  if (secret.length < SHORTEST) return `only ${secret.length} characters long`;
  return undefined;
}

/** Whether a value is a switch or a number, which is no secret whatever its name is. */
export function isPlainSetting(value: string): boolean {
  return /^(true|false|on|off|\d*)$/i.test(value);
}
