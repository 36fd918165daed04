/** Spellings of devices in files of other programs, and the id that this workbench has for them. */
const ALIASES: Readonly<Record<string, string>> = {
  'nvidia h100 80gb hbm3': 'h100-sxm',
  'nvidia h100 pcie': 'h100-pcie',
  'nvidia h200': 'h200-sxm',
  'nvidia a100-sxm4-40gb': 'a100-sxm-40',
  'nvidia a100-sxm4-80gb': 'a100-sxm-80',
  'nvidia b200': 'b200',
  'nvidia gb200': 'gb200',
  'nvidia l40s': 'l40s',
  'nvidia geforce rtx 4090': 'rtx-4090',
  'nvidia geforce rtx 5090': 'rtx-5090',
};

/** Device id for a spelling such as CUDA's device name; an unknown spelling is kept as it is. */
export function deviceId(spelling: string): string {
  return ALIASES[spelling.trim().toLowerCase()] ?? spelling;
}

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
