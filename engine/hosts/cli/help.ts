/** What `--help` prints. */
import { CALIBRATE_HELP } from './calibrate_verb.ts';
import { COST_HELP } from './cost_verb.ts';
import { LIBRARY_HELP } from './library_verb.ts';
import { ASSEMBLE_HELP, DISTILL_HELP, EVALUATE_HELP, EXPORT_MODEL_HELP, GENERATE_HELP } from './model_verbs.ts';
import { BLD_HELP, PARENT_HELP, PIPELINE_HELP, SCORE_HELP } from './pipeline_verb.ts';
import { PLAN_HELP } from './plan_verb.ts';
import { REFERENCE_HELP } from './reference_verb.ts';
import { VALIDATE_HELP } from './validate_verb.ts';

const CLI = 'npm run --silent cli --';

const PROBLEM = `  --library PATH         a block library: an NVlabs demo folder, a Puzzletron folder, or our own JSON;
                         "sample" is the estimated Llama-3.1-70B library that comes with the product,
                         "sample:measured-tiny" one that was measured on a small model
  --objective TEXT       score to optimise, in its better direction, or a weighted sum such as "kl_div + 0.5*lm_loss"
                         (default: the library's own, such as kl_div)
  --max COLUMN=VALUE     upper limit on the child's total in a column; repeatable
  --min COLUMN=VALUE     lower limit; repeatable. Columns are the library's summable ones; total_tok_s (prompt and
                         generated tokens per second), output_tok_s (generated only) and attention_layers (layers that
                         keep a KV cache) are accepted as well.
                         Totals include what is outside the blocks, where the library knows it.
  --workload FILE        kinds of traffic to serve beside these limits, all at once: a JSON list of
                         {id, name, isl, osl, batch: N or "largest", limits: [{column, max, min}]} with the columns
                         memory_mib, kv_tokens, total_tok_s, output_tok_s, ttft_ms, itl_ms, latency_ms
  --lock LAYER=VARIANT   hold a layer (from 0) to a variant such as 12=kv8/28672; repeatable
  --ban LAYER=VARIANT    rule a variant out of a layer, or of all with '*=VARIANT'; repeatable
`;

const INFEASIBLE = `                         Infeasible: exit code 3 and {status:"infeasible", smallest:{COLUMN:value}, reachable, conflict}.
                         smallest: where each limit alone has to be moved so that something fits (for a lower limit the
                         largest value that does), to 0.01 %; without those whose move alone does not help.
                         reachable: the same for every side of every limit, and what is proven of it.
                         conflict: limits, locks and bans that no child meets together, none of them to spare.
`;

export const HELP = {
  overview: `Puzzle Workbench on the command line.

Usage: ${CLI} VERB [options]      (in a packaged app: puzzle-workbench --cli VERB [options])

  solve     the best child inside limits, proven optimal
  frontier  the optimum at each level of one limit
  explain   what binds, what moving each limit would do, how much each layer's decision matters
  import    read a block library and write it in our own JSON
  export    turn a solution into a config.json or a table
  library   write an estimated library for any parent, device and traffic
  reference the 51B- and 40B-style problems beside the released Nemotron-51B
  cost      throughput, latencies and memory of serving a model on a device
  validate  published throughputs and latencies beside ours
  plan      how to split a model over many chips
  calibrate constants of the cost model from measured kernel times
  pipeline  all of Puzzle on a small model, from text to exported child with weights
  parent    "parent train": the parent of a pipeline
  bld       train its blocks by blockwise local distillation
  score     score them, and write the block library
  assemble  build a child from trained blocks
  distill   global knowledge distillation of a child
  evaluate  loss, KL and task accuracies of models against the parent
  generate  continue a text with any checkpoint
  serve     browser mode

VERB --help explains each. With --json results are JSON on stdout and an error is one JSON object on stderr.
Exit codes: 0 done, 1 failure, 2 usage or bad input, 3 infeasible.

Examples:
  ${CLI} solve --library sample --max memory_mib=80000
  ${CLI} solve --library ~/nvlabs --max memory_mib=80000 --max runtime_ms=51200 --json > child.json
  ${CLI} frontier --library sample --over total_tok_s --points 20 --max memory_mib=80000
  ${CLI} explain --library sample --max memory_mib=80000 --lock 0=kv8/28672
  ${CLI} export --solution child.json --format decilm --out config.json
  ${CLI} cost --architecture nemotron-51b --device h100-sxm --isl 128 --osl 1024
  ${CLI} pipeline --preset tiny --out runs/tiny
`,
  solve: `Usage: ${CLI} solve --library PATH [options]

${PROBLEM}  --solutions N          how many children (default 1), each differing from all earlier ones ...
  --min-different-layers D   ... in at least D layers (default 1)
  --json                 {status, objective, bound, gap, solve_ms, costs, solutions:[{objective, costs, blocks}],
                         binding:[COLUMN], prices:{COLUMN:price}, limits, relaxation}; the figures at the top are the
                         first solution's; parent, problem and library (with its estimated columns) come along.
                         binding: the columns whose limits press. prices: change of the objective per unit by which the
                         limit is raised, from the dual of the linear relaxation, so exact for small moves of it.
                         limits: each side with value, slack and price. A workload's limit is called WORKLOAD:COLUMN.
${INFEASIBLE}  --cases FILE           solve many limit sets: a JSON list of {max:{COLUMN:value}, min:{COLUMN:value}}, in order, in
                         one process, through the same worker the window uses. The other options hold in every case; a
                         case's limit takes the place of the same side of the same column. With --json one object a line:
                         {status, objective, bound, gap, first_ms, solve_ms}; numbers that an infeasible case lacks are null. Times run from the
                         request to the answer in the calling thread: first_ms to the first answer with a proven gap of
                         at most 1 %, solve_ms to the final one, for an infeasible case to the verdict. Before the first
                         case a solve without limits starts the worker and hands it the library, as an open window has
                         done long before a limit moves; that is not in any time. A case may start from the answer to
                         the one before it, as under a slider. Exit code 0 whatever the cases' statuses are.

Examples:
  ${CLI} solve --library sample --max memory_mib=70000 --min total_tok_s=6000
  ${CLI} solve --library sample --max memory_mib=70000 --lock 0=kv8/28672 --ban '*=no_op/no_op'
  ${CLI} solve --library ~/nvlabs --max memory_mib=97723.4375 --max runtime_ms=55554.12 \\
      --solutions 3 --min-different-layers 20 --json
  ${CLI} solve --library ~/nvlabs --cases limits.json --json > times.jsonl
`,
  frontier: `Usage: ${CLI} frontier --library PATH --over COLUMN --points N [options]

  --over COLUMN          the limit to move between its extremes: a summable column or a throughput
  --points N             how many levels (default 20)
  --baselines LIST       simpler methods to compare with, by commas: greedy (the paper's), max_params (the most
                         parameters that fit), one_variant (the same variant in all layers), random (without --json
                         only those that no other random one beats)
${PROBLEM}  --json                 one object a line, each as soon as it is found: the optimum at every level {index, over, level,
                         relaxation} with what solve prints; then {baseline, over, level, variant, objective, costs,
                         blocks}; last {frontier:[index], total_ms}, the levels whose optima no other one equals or
                         beats in both directions, and the time from the request to the last answer

Examples:
  ${CLI} frontier --library sample --over memory_mib --points 10 --json
  ${CLI} frontier --library sample --over total_tok_s --max memory_mib=80000 --baselines greedy,max_params
`,
  explain: `Usage: ${CLI} explain --library PATH [options]

Says why the best child is what it is: how far each limit can go while the others hold and what a step in either
direction does, searched, not estimated; what each lock and ban costs; and per layer how much worse the best child with
another block there is.

${PROBLEM}  --json                 one object a line, each as soon as it is known: {kind:"answer"} with what solve prints; then
                         {kind:"limit", column, side, limit, value, slack, binding, price, tightest, loosest, looser,
                         tighter}, {kind:"layer", layer, chosen, runner_up:{variant, objective, regret, proven}} and
                         {kind:"hold", hold, layer, variant, free, cost, proven}; a later line about the same thing takes
                         the place of an earlier one; last {kind:"finished", total_ms}
${INFEASIBLE}
Example:
  ${CLI} explain --library sample --max memory_mib=80000 --max runtime_ms=60000
`,
  import: `Usage: ${CLI} import PATH [--out FILE] [--json]

Reads a block library by its content, whatever its files are called, and says what it found. With --out it is written
as our own JSON. The PATH "sample" is the library that comes with the product.

Example:
  ${CLI} import ~/nvlabs --out llama-3.3-70b.library.json
`,
  export: `Usage: ${CLI} export --solution FILE --format decilm|puzzletron|csv --out PATH [options]

  --solution FILE        what solve --json printed, or "preset:nemotron-51b" for a built-in architecture
  --format FORMAT        decilm: Hugging Face config.json with block_configs; puzzletron: solution JSON; csv: one row
                         per layer
  --out PATH             file to write; "-" for stdout
  --index N              which solution of the file, from 0 (default 0)
  --parent PRESET        the parent's shape, where the solution does not name it (such as llama-3.1-70b)
  --library PATH         adds the costs of every block to the CSV
  --json                 {out, format, loaders:[{loader, verdict, reasons}]}

Weights as well:
${EXPORT_MODEL_HELP}
Loaders that would refuse the architecture are named on stderr.

Example:
  ${CLI} export --solution preset:nemotron-51b --format decilm --out config.json
`,
  serve: `Usage: ${CLI} serve [--port N] [--project DIR] [--no-open]

Serves the workbench on 127.0.0.1 and prints its address, which carries a token for this run.

Example:
  ${CLI} serve --port 8080 --project ./my-project
`,
  library: LIBRARY_HELP,
  reference: REFERENCE_HELP,
  cost: COST_HELP,
  validate: VALIDATE_HELP,
  plan: PLAN_HELP,
  calibrate: CALIBRATE_HELP,
  pipeline: PIPELINE_HELP,
  parent: PARENT_HELP,
  bld: BLD_HELP,
  score: SCORE_HELP,
  assemble: ASSEMBLE_HELP,
  distill: DISTILL_HELP,
  evaluate: EVALUATE_HELP,
  generate: GENERATE_HELP,
} as const;
