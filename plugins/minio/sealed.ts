/**
 * How MinIO's administration API encrypts what holds secrets, above TLS and without it: a key derived from the caller's own secret key, and
 * authenticated fragments of 16 KiB.
 *
 *     salt (32 bytes) | algorithm (1) | nonce (8) | fragments, each with its tag (16)
 */
import { type CipherGCMTypes, createCipheriv, createDecipheriv, pbkdf2Sync, randomBytes } from "node:crypto";
import { argon2id } from "hash-wasm";

const [SALT, NONCE, TAG, FRAGMENT] = [32, 8, 16, 16_384];
const LAST = 0x80;

interface Algorithm {
  cipher: CipherGCMTypes;
  key(password: string, salt: Buffer): Promise<Buffer>;
}

/** MinIO's own parameters: one pass over 64 MiB in 4 lanes. */
async function argon2(password: string, salt: Buffer): Promise<Buffer> {
  const parameters = { iterations: 1, memorySize: 64 * 1024, parallelism: 4, hashLength: 32 };
  return Buffer.from(await argon2id({ password, salt, ...parameters, outputType: "binary" }));
}

/** By the number that says in the document which one it is. */
const algorithms: Record<number, Algorithm> = {
  0: { cipher: "aes-256-gcm", key: argon2 },
  // Used by servers whose processor has no AES; Node's types take it for another kind, its functions do not.
  1: { cipher: "chacha20-poly1305" as CipherGCMTypes, key: argon2 },
  2: { cipher: "aes-256-gcm", key: async (password, salt) => pbkdf2Sync(password, salt, 8192, 32, "sha256") },
};

/** MinIO takes all three, and answers with one of the first two. This is the one that costs neither side 64 MiB. */
const OURS = 2;

/** Nonces and associated data of the fragments: a counter, and whether it is the last one. */
class Fragments {
  private readonly associated: Buffer;

  constructor(
    private readonly cipher: CipherGCMTypes,
    private readonly key: Buffer,
    private readonly nonce: Buffer,
  ) {
    // Number 0 is an empty fragment; its tag belongs to the associated data of all others.
    const empty = createCipheriv(cipher, key, this.nonceOf(0), { authTagLength: TAG });
    empty.final();
    this.associated = empty.getAuthTag();
  }

  seal(text: Buffer, number: number, last: boolean): Buffer {
    const cipher = createCipheriv(this.cipher, this.key, this.nonceOf(number), { authTagLength: TAG });
    cipher.setAAD(this.associatedData(last));
    return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
  }

  open(sealed: Buffer, number: number, last: boolean): Buffer {
    const nonce = this.nonceOf(number);
    const decipher = createDecipheriv(this.cipher, this.key, nonce, { authTagLength: TAG });
    decipher.setAAD(this.associatedData(last)).setAuthTag(sealed.subarray(-TAG));
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG)), decipher.final()]);
  }

  private nonceOf(number: number): Buffer {
    const counter = Buffer.alloc(4);
    counter.writeUInt32LE(number);
    return Buffer.concat([this.nonce, counter]);
  }

  private associatedData(last: boolean): Buffer {
    return Buffer.concat([Buffer.from([last ? LAST : 0]), this.associated]);
  }
}

/** Encrypts a text for a server that knows the password, which is the caller's secret key. */
export async function seal(password: string, text: string): Promise<Buffer> {
  const [salt, nonce] = [randomBytes(SALT), randomBytes(NONCE)];
  const { cipher, key } = algorithms[OURS]!;
  const fragments = new Fragments(cipher, await key(password, salt), nonce);
  const sealed = split(Buffer.from(text), FRAGMENT).map((part, i, all) =>
    fragments.seal(part, i + 1, i === all.length - 1),
  );
  return Buffer.concat([salt, Buffer.from([OURS]), nonce, ...sealed]);
}

/** Decrypts an answer. Throws when it is not whole, or was encrypted with another password. */
export async function open(password: string, document: Buffer): Promise<string> {
  const algorithm = algorithms[document[SALT] ?? -1];
  if (!algorithm) throw new Error("it is not encrypted in a way that is known here");
  const salt = document.subarray(0, SALT);
  const begin = SALT + 1 + NONCE;
  const key = await algorithm.key(password, salt);
  const fragments = new Fragments(algorithm.cipher, key, document.subarray(SALT + 1, begin));
  const parts = split(document.subarray(begin), FRAGMENT + TAG);
  return Buffer.concat(parts.map((part, i) => fragments.open(part, i + 1, i === parts.length - 1))).toString();
}

/** At least one part, which may be empty. */
function split(bytes: Buffer, size: number): Buffer[] {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Array.from({ length: count }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
