/** Spellings of number formats in files of other programs. */

/** `bf16` for `torch.bfloat16` and the like; an unknown spelling is kept as it is. */
export function dtypeId(spelling: string): string {
  const name = spelling.replace(/^torch\./, '');
  const known: Readonly<Record<string, string>> = {
    bfloat16: 'bf16',
    float16: 'fp16',
    half: 'fp16',
    float32: 'fp32',
    float: 'fp32',
    float8_e4m3fn: 'fp8',
  };
  return known[name] ?? name;
}
