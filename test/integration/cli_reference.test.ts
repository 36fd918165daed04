/**
 * The reference cases as the command line prints them. Golden figures are published: Nemotron-51B's parameters and the
 * throughputs of NVIDIA's article, and the KV bytes per token that follow from the released configurations.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { referenceComparisonSchema, type ReferenceComparison } from '../../engine/protocol/reference.ts';
import { attentionId, ffnId } from '../../engine/protocol/variant.ts';
import { parseOnly, runCli } from './run_cli.ts';

let comparison: ReferenceComparison;
beforeAll(async () => {
  comparison = referenceComparisonSchema.parse(parseOnly(await runCli('reference', '--json')));
}, 60_000);

const answerTo = (id: string): ReferenceComparison['answers'][number] => comparison.answers.find(({ problem }) => problem.id === id)!;

describe('reference', () => {
  it('solves both problems to proven optimality', () => {
    expect(comparison.answers.map(({ problem, status, gap }) => [problem.id, status, gap])).toEqual([
      ['51b', 'optimal', 0],
      ['40b', 'optimal', 0],
    ]);
  });

  it('finds the released 51B within the limits made for it, and not within the faster ones', () => {
    expect(answerTo('51b').released_fits).toBe(true);
    expect(answerTo('40b').released_fits).toBe(false);
  });

  it('asks for what it predicts, never for what was published', () => {
    const predicted = comparison.released.output_tok_s;
    const asked = (id: string): number | undefined => answerTo(id).problem.workload.limits.find(({ column }) => column === 'output_tok_s')?.min;
    expect(asked('51b')).toBeCloseTo(predicted, 6);
    expect(asked('40b')).toBeCloseTo((predicted * 9568) / 6472, 6);
    for (const { problem } of comparison.answers) {
      expect(problem.workload.limits).toContainEqual({ column: 'kv_tokens', min: 300_000 });
      expect(problem.workload.limits).toContainEqual({ column: 'memory_mib', max: 80e9 / 2 ** 20 });
    }
  });

  it('gives children that meet what was asked, with a lower estimate than the released', () => {
    for (const { problem, child } of comparison.answers) {
      const least = problem.workload.limits.find(({ column }) => column === 'output_tok_s')!.min!;
      expect(child!.output_tok_s).toBeGreaterThanOrEqual(least * (1 - 1e-6));
      expect(child!.kv_tokens).toBeGreaterThanOrEqual(300_000 * (1 - 1e-9));
      expect(child!.architecture.blocks).toHaveLength(80);
    }
    // The released one is a solution of its own problem, so that the optimum cannot be worse.
    expect(answerTo('51b').child!.kl_div).toBeLessThanOrEqual(comparison.released.kl_div + 1e-12);
    expect(answerTo('40b').child!.kl_div).toBeGreaterThanOrEqual(answerTo('51b').child!.kl_div);
  });

  it('counts agreement layer by layer', () => {
    const released = comparison.released.architecture.blocks;
    for (const { child, agreement } of comparison.answers) {
      const pairs = child!.architecture.blocks.map((block, layer) => [block, released[layer]!] as const);
      const count = (same: (a: (typeof pairs)[number][0], b: (typeof pairs)[number][1]) => boolean): number => pairs.filter(([a, b]) => same(a, b)).length;
      expect(agreement).toEqual({
        layers: 80,
        same_variant: count((a, b) => a.variant === b.variant),
        same_attention: count((a, b) => attentionId(a.attention) === attentionId(b.attention)),
        same_ffn: count((a, b) => ffnId(a.ffn) === ffnId(b.ffn)),
        same_attention_kept: count((a, b) => (a.attention.kind === 'gqa') === (b.attention.kind === 'gqa')),
      });
      const { same_variant: block, same_attention: attention, same_ffn: ffn } = agreement!;
      expect(block).toBeLessThanOrEqual(Math.min(attention, ffn));
      // Both halves the same is the same block: 80 >= attention + FFN - block.
      expect(attention + ffn - block).toBeLessThanOrEqual(80);
    }
  });

  it('tells the known figures of the released model and its parent, and what was published', () => {
    const { released, parent } = comparison;
    expect([released.num_params / 1e9, parent.num_params]).toEqual([expect.closeTo(51.5, 1), 70_553_706_496]);
    expect([released.kv_bytes_per_token, parent.kv_bytes_per_token]).toEqual([94_976, 163_840]);
    expect(Math.floor(released.kv_tokens)).toBe(300_065);
    const published = (model: ReferenceComparison['released'] | undefined): number | undefined => model?.published.find(({ quantity }) => quantity === 'output_tok_s')?.published;
    expect([published(parent), published(released), published(answerTo('40b').child)]).toEqual([1274, 6472, 9568]);
  });

  it('solves one of them, and tells a person', async () => {
    const run = await runCli('reference', '--problem', '51b');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toMatch(/released 51B +51\.5 B +94976 +300,065/);
    expect(run.stdout).toMatch(/51B-style: proven optimal[\s\S]*the released 51B meets the limits/);
    expect(run.stdout).not.toContain('40B-style:');
  });

  it('refuses a problem that it does not have', async () => {
    const run = await runCli('reference', '--problem', '49b', '--json');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(JSON.parse(run.stderr)).toMatchObject({ error: { message: expect.stringContaining('51b and 40b') } });
  });
});
