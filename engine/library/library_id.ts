/** Ids of libraries: readable, safe as a file name on every system, and the same for the same content. */
import { createHash } from 'node:crypto';

/** `name-of-the-library-1a2b3c4d`: the name in a-z, 0-9 and dashes, and 32 bits of the SHA-256 of its file. */
export function libraryId(name: string, content: Uint8Array): string {
  const digest = createHash('sha256').update(content).digest('hex').slice(0, 8);
  return `${slug(name)}-${digest}`;
}

/** Lower-case letters, digits and dashes, at most 48 characters, never empty. */
export function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 48)
    .replaceAll(/^-+|-+$/g, '');
  return plain === '' ? 'library' : plain;
}
