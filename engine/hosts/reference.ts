/**
 * The reference problems: a 51B- and a 40B-style child of Llama-3.1-70B for one H100 in FP8. Asked are the generation
 * throughput at 128/1024 tokens that the cost model predicts for the released Nemotron-51B (for the 40B as much more as
 * NVIDIA published, 9568 against 6472 tok/s) and the 300,000 cached tokens that both released models were made for (Llama-
 * Nemotron, arXiv 2505.00949, section 2) in 80e9 bytes.
 */
import { architectureKvBytesPerToken, architectureParams } from '../architecture/count.ts';
import { express } from '../architecture/express.ts';
import { parentArchitecture } from '../architecture/presets.ts';
import { costReport } from '../cost/report.ts';
import { bytesOf } from '../hardware/formats.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import { deploymentSchema, type CostTraffic } from '../protocol/cost.ts';
import type { LibraryView } from '../protocol/library.ts';
import type { SolveUpdate, Workload } from '../protocol/problem.ts';
import { recipeId } from '../protocol/recipe.ts';
import {
  REFERENCE_PROBLEMS,
  type Agreement,
  type ReferenceAnswer,
  type ReferenceComparison,
  type ReferenceModel,
  type ReferenceProblem,
  type ReferenceProblemId,
} from '../protocol/reference.ts';
import type { Architecture } from '../protocol/variant.ts';
import { attentionId, ffnId } from '../protocol/variant.ts';
import type { Solver } from '../search/solver.ts';
import { workloadResult } from '../search/workloads.ts';
import { architectureOf } from './child_export.ts';
import type { Rack } from './rack.ts';
import { viewOfRecipe } from './recipes.ts';

const PARENT = 'llama-3.1-70b';
const RELEASED = 'nemotron-51b';
const DEPLOYMENT = deploymentSchema.parse({ device: 'h100-sxm' });
const TRAFFIC: CostTraffic = { isl: 128, osl: 1024 };
const MEMORY_BYTES = 80e9;
const KV_TOKENS = 300_000;
/** Published generation throughput of the two models, tok/s per GPU, for the same traffic on the same device. */
const PUBLISHED_TOK_S: Readonly<Record<ReferenceProblemId, number>> = { '51b': 6472, '40b': 9568 };
const ARTICLE = "NVIDIA's Nemotron-51B article, one H100 SXM, FP8, 128/1024 tokens";
/** Batches to try beside the released model's own largest one. */
const BATCHES = [512, 384, 320, 192, 128];

/** The problems, each with what the cost model predicts today as its limits. */
export function referenceProblems(rack: Rack): readonly ReferenceProblem[] {
  const released = costReport(rack.architecture(RELEASED), DEPLOYMENT, TRAFFIC, rack.hardware());
  if (released.max_batch < 1) throw new WorkbenchError('bad_input', `${RELEASED} does not fit ${DEPLOYMENT.device} as it is described.`, { hint: 'Undo the changes to the device.' });
  const batches = [...new Set([released.max_batch, ...BATCHES])].sort((a, b) => b - a);
  // The released model's own batch comes first, so that the plain columns are about it.
  const library = recipeId({ parent: PARENT, ...formats(), ...TRAFFIC, batches: [released.max_batch, ...batches.filter((batch) => batch !== released.max_batch)] });
  return REFERENCE_PROBLEMS.map((id): ReferenceProblem => {
    const factor = PUBLISHED_TOK_S[id] / PUBLISHED_TOK_S['51b'];
    const name = id === '51b' ? '51B-style' : '40B-style';
    return {
      id,
      name,
      what: `${id === '51b' ? 'The throughput that we predict for Nemotron-51B' : 'As much more throughput as NVIDIA published for the 40B (9568 against 6472 tok/s)'}, and room for 300,000 cached tokens in 80 GB.`,
      library_id: library,
      objective: 'kl_div',
      workload: {
        id: `reference-${id}`,
        name: `${name}: 128/1024 on one H100`,
        ...TRAFFIC,
        batch: 'largest',
        limits: [
          { column: 'output_tok_s', min: released.output_tok_s * factor },
          { column: 'memory_mib', max: MEMORY_BYTES / 2 ** 20 },
          { column: 'kv_tokens', min: KV_TOKENS },
        ],
      },
    };
  });
}

/** Solves the problems and sets their children beside the released 51B and the parent. */
export async function compareReferences(rack: Rack, solver: Solver, ids: readonly ReferenceProblemId[] = REFERENCE_PROBLEMS): Promise<ReferenceComparison> {
  const problems = referenceProblems(rack).filter(({ id }) => ids.includes(id));
  const [first] = problems;
  if (first === undefined) throw new WorkbenchError('bad_input', 'No reference problem was named.', { hint: REFERENCE_PROBLEMS.join(', ') });
  const view = await viewOfRecipe(first.library_id, rack, () => Promise.reject(new Error('not needed')));
  const released = rack.architecture(RELEASED);
  const parent = parentArchitecture(rack.parent(PARENT) ?? missing(PARENT));
  const answers: ReferenceAnswer[] = [];
  for (const problem of problems) answers.push(await solved(problem, view, released, rack, solver));
  const report = costReport(released, DEPLOYMENT, TRAFFIC, rack.hardware());
  const parentReport = costReport(parent, DEPLOYMENT, TRAFFIC, rack.hardware());
  return {
    answers,
    released: modelOf(released, view, rack, report.max_batch, [beside('output_tok_s', 'tok/s', PUBLISHED_TOK_S['51b'], report.output_tok_s), beside('parameters', '', 51.5e9, report.params)]),
    parent: modelOf(parent, view, rack, parentReport.max_batch, [beside('output_tok_s', 'tok/s', 1274, parentReport.output_tok_s)]),
    provenance: report.provenance,
  };
}

async function solved(problem: ReferenceProblem, view: LibraryView, released: Architecture, rack: Rack, solver: Solver): Promise<ReferenceAnswer> {
  let last: Exclude<SolveUpdate, { status: 'searching' }> = { status: 'cancelled' };
  await solver.solve(view, { library_id: view.id, objective: problem.objective, limits: [], workloads: [problem.workload] }, (update) => {
    if (update.status !== 'searching') last = update;
  }).done;
  const update = last as Exclude<SolveUpdate, { status: 'searching' }>;
  const fits = releasedFits(problem.workload, view, released);
  if (update.status !== 'optimal' && update.status !== 'feasible') return { problem, status: update.status, gap: 0, solve_ms: 0, released_fits: fits };
  const [solution] = update.solutions;
  if (solution === undefined) return { problem, status: update.status, gap: update.gap, solve_ms: update.solve_ms, released_fits: fits };
  const batch = solution.workloads?.[0]?.batch ?? 1;
  const child = await architectureOf({ kind: 'in_library', library_id: view.id, choices: solution.choices }, problem.name, () => Promise.resolve(view));
  const published = problem.id === '40b' ? PUBLISHED_TOK_S['40b'] : PUBLISHED_TOK_S['51b'];
  return {
    problem,
    status: update.status,
    gap: update.gap,
    solve_ms: update.solve_ms,
    child: { ...modelOf(child, view, rack, batch, [beside('output_tok_s', 'tok/s', published, solution.workloads?.[0]?.costs['output_tok_s'])]), batch },
    agreement: agreementOf(child, released),
    released_fits: fits,
  };
}

/** At every batch its own limits hold, or at one at least. */
function releasedFits(workload: Workload, view: LibraryView, released: Architecture): boolean {
  const expressed = express(released, view);
  if (expressed.kind !== 'expressed') return false;
  const asked = { ...workload, batch: workload.batch ?? ('largest' as const) };
  return view.header.measurements.some(({ batch }) => {
    if (batch === undefined) return false;
    const { costs } = workloadResult(view, asked, batch, expressed.choices);
    return workload.limits.every(({ column, max, min }) => {
      const value = costs[column];
      return value !== undefined && (max === undefined || value <= max * (1 + 1e-9)) && (min === undefined || value >= min * (1 - 1e-9));
    });
  });
}

function modelOf(architecture: Architecture, view: LibraryView, rack: Rack, batch: number, published: ReferenceModel['published']): ReferenceModel {
  const report = costReport(architecture, DEPLOYMENT, TRAFFIC, rack.hardware());
  const params = architectureParams(architecture);
  const kv = architectureKvBytesPerToken(architecture, bytesOf(DEPLOYMENT.kv));
  const expressed = express(architecture, view);
  const objective = view.header.columns.findIndex(({ id }) => id === view.header.default_objective);
  return {
    name: architecture.name,
    architecture,
    num_params: params,
    kv_bytes_per_token: kv,
    kv_tokens: (MEMORY_BYTES - params * bytesOf(DEPLOYMENT.weights)) / kv,
    kl_div: expressed.kind === 'expressed' ? expressed.choices.reduce((sum, choice) => sum + (view.values[objective]?.[choice] ?? 0), 0) : 0,
    output_tok_s: batch < 1 ? 0 : costReport(architecture, DEPLOYMENT, { ...TRAFFIC, batch }, rack.hardware()).output_tok_s,
    report,
    published,
  };
}

export function agreementOf(a: Architecture, b: Architecture): Agreement {
  const pairs = a.blocks.map((block, index) => [block, b.blocks[index]] as const);
  const count = (same: (x: Architecture['blocks'][number], y: Architecture['blocks'][number]) => boolean): number =>
    pairs.filter(([x, y]) => y !== undefined && same(x, y)).length;
  return {
    layers: Math.max(a.blocks.length, b.blocks.length),
    same_variant: count((x, y) => x.variant === y.variant),
    same_attention: count((x, y) => attentionId(x.attention) === attentionId(y.attention)),
    same_ffn: count((x, y) => ffnId(x.ffn) === ffnId(y.ffn)),
    same_attention_kept: count((x, y) => (x.attention.kind === 'gqa') === (y.attention.kind === 'gqa')),
  };
}

function beside(quantity: string, unit: string, published: number, ours: number | undefined): ReferenceModel['published'][number] {
  return { quantity, unit, published, ...(ours !== undefined && { ours }), source: ARTICLE };
}

function formats() {
  const { device, weights, activations, kv, tp } = DEPLOYMENT;
  return { device, weights, activations, kv, tp };
}

function missing(id: string): never {
  throw new WorkbenchError('internal', `The preset ${id} is missing.`);
}
