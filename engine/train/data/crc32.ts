/** CRC-32 as in zip and png files (reflected polynomial 0xEDB88320): tells damaged token files from whole ones. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  return rest;
});

export class Crc32 {
  #register = 0xffffffff;

  add(bytes: Uint8Array): this {
    let register = this.#register;
    for (const byte of bytes) register = (TABLE[(register ^ byte) & 0xff] ?? 0) ^ (register >>> 8);
    this.#register = register;
    return this;
  }

  /** Eight hexadecimal digits. */
  get digits(): string {
    return ((this.#register ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
  }
}
