/** `reference`: the 51B- and 40B-style problems, solved, beside the released Nemotron-51B. */
import process from 'node:process';
import { referenceProblemIdSchema, type ReferenceAnswer, type ReferenceModel } from '../../protocol/reference.ts';
import { Rack } from '../rack.ts';
import { compareReferences } from '../reference.ts';
import { noPositionals, parse } from './arguments.ts';
import { withSolver } from './run_solver.ts';
import { rough, table } from './table.ts';
import { UsageError } from './usage_error.ts';

export const REFERENCE_HELP = `Usage: cli reference [--problem 51b|40b] [--json]

Solves two problems whose answers are known: from Llama-3.1-70B on one H100 in FP8, at 128 prompt and 1024 generated
tokens, a child with at least the throughput that the cost model predicts for Nemotron-51B (51b), or 9568/6472 times it
(40b), and room for 300,000 cached tokens in 80e9 bytes. Shows both beside the released 51B, layer by layer.

  --problem ID   only one of them
  --json         {answers:[{problem, status, gap, solve_ms, child, agreement, released_fits}], released, parent}
`;

export async function runReference(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parse({ args: [...argv], allowPositionals: true, options: { problem: { type: 'string' }, json: { type: 'boolean' } } });
  noPositionals(positionals);
  const wanted = values.problem === undefined ? undefined : referenceProblemIdSchema.safeParse(values.problem);
  if (wanted?.success === false) throw new UsageError(`--problem ${values.problem}: there are 51b and 40b.`);
  const comparison = await withSolver((solver) => compareReferences(new Rack(), solver, wanted === undefined ? undefined : [wanted.data]));
  if (values.json === true) {
    process.stdout.write(`${JSON.stringify(comparison)}\n`);
  } else {
    const { answers, released, parent } = comparison;
    const lines = [
      ...table(
        ['', 'parameters', 'KV bytes/token', 'cached tokens', 'KL', 'tok/s', 'published tok/s'],
        [row('parent', parent), row('released 51B', released), ...answers.flatMap((answer) => (answer.child === undefined ? [] : [row(answer.problem.name, answer.child)]))],
      ),
      '',
      ...answers.flatMap(words),
      `Throughputs: ${comparison.provenance.source}`,
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return comparison.answers.every(({ status }) => status === 'optimal' || status === 'feasible') ? 0 : 3;
}

function row(name: string, model: ReferenceModel): string[] {
  const published = model.published.find(({ quantity }) => quantity === 'output_tok_s')?.published;
  return [
    name,
    rough(model.num_params / 1e9).concat(' B'),
    String(model.kv_bytes_per_token),
    Math.floor(model.kv_tokens).toLocaleString('en-US'),
    rough(model.kl_div),
    rough(model.output_tok_s),
    published === undefined ? '' : String(published),
  ];
}

function words({ problem, status, gap, solve_ms, agreement, released_fits, child }: ReferenceAnswer): string[] {
  const proven = status === 'optimal' ? 'proven optimal' : status === 'feasible' ? `within ${rough(100 * gap)} %` : status;
  return [
    `${problem.name}: ${proven} in ${Math.round(solve_ms)} ms${child === undefined ? '' : `, batch ${child.batch}`}. ${problem.what}`,
    ...(agreement === undefined
      ? []
      : [
          `  same block as the released 51B in ${agreement.same_variant} of ${agreement.layers} layers, same attention in ${agreement.same_attention}, same FFN in ${agreement.same_ffn}, ` +
            `attention kept or dropped alike in ${agreement.same_attention_kept}; the released 51B ${released_fits ? 'meets' : 'does not meet'} the limits.`,
        ]),
    '',
  ];
}
