import { it } from 'vitest';
import { sampleLibrary } from './sample.ts';
import { referenceArchitecture } from '../architecture/presets.ts';
it('probe', () => {
  const lib = sampleLibrary();
  const key = new Map(lib.choices.map((c) => [`${c.parent_layers[0]} ${c.variant}`, c]));
  const sum = (vs: string[]) => { const t: Record<string, number> = {}; vs.forEach((v, i) => { for (const [k, x] of Object.entries(key.get(`${i} ${v}`)!.values)) t[k] = (t[k] ?? 0) + x; }); return t; };
  const show = (n: string, vs: string[]) => { const t = sum(vs); const nb = lib.non_block[0]!.values; console.log(n, 'kl', t.kl_div!.toFixed(4), 'mib', (t.memory_mib! + nb.memory_mib!).toFixed(0), 'ms', (t.runtime_ms! + nb.runtime_ms!).toFixed(0), 'out tok/s', (256*1024*1000/(t.runtime_ms!+nb.runtime_ms!)).toFixed(0), 'params', t.num_params! + nb.num_params!); return t; };
  show('parent', lib.parent.variants);
  const a51 = referenceArchitecture('nemotron-51b')!.blocks.map((b) => b.variant);
  const t51 = show('51b', a51);
  show('49b', referenceArchitecture('nemotron-super-49b')!.blocks.map((b) => b.variant));
  // Lagrangian on runtime and memory with equal prices scaled
  const pick = (l: number, m: number) => Array.from({ length: 80 }, (_, i) => lib.choices.slice(i * 60, i * 60 + 60).reduce((b, c) => { const v = (x: typeof c) => x.values.kl_div! + l * x.values.runtime_ms! + m * x.values.memory_mib!; return v(c) < v(b) ? c : b; }).variant);
  for (const [nm, dim] of [['runtime', 0], ['memory', 1]] as const) {
    let lo = 0, hi = 1;
    const target = dim === 0 ? t51.runtime_ms! : t51.memory_mib!;
    for (let k = 0; k < 60; k++) { const mid = (lo + hi) / 2; const t = sum(pick(dim === 0 ? mid : 0, dim === 1 ? mid : 0)); if ((dim === 0 ? t.runtime_ms! : t.memory_mib!) > target) lo = mid; else hi = mid; }
    const c = pick(dim === 0 ? hi : 0, dim === 1 ? hi : 0);
    show('child by ' + nm, c);
    console.log(c.map((v, i) => `${i} ${v}`).join('; '));
  }
});
