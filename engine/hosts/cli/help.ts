/** What `--help` prints. */
const CLI = 'npm run --silent cli --';

const PROBLEM = `  --library PATH         a block library: an NVlabs demo folder, a Puzzletron folder, or our own JSON;
                         "sample" is the estimated Llama-3.1-70B library that comes with the product
  --objective COLUMN     score to optimise, in its better direction (default: the library's own, such as kl_div)
  --max COLUMN=VALUE     upper limit on the child's total in a column; repeatable
  --min COLUMN=VALUE     lower limit; repeatable. Columns are the library's summable ones; total_tok_s (prompt and
                         generated tokens per second) and output_tok_s (generated only) are accepted as well.
                         Totals include what is outside the blocks, where the library knows it.
`;

export const HELP = {
  overview: `Puzzle Workbench on the command line.

Usage: ${CLI} VERB [options]      (in a packaged app: puzzle-workbench --cli VERB [options])

  solve     the best child inside limits, proven optimal
  sweep     the optimum at each level of one limit: the frontier
  import    read a block library and write it in our own JSON
  export    turn a solution into a config.json or a table
  serve     browser mode

VERB --help explains each. With --json results are JSON on stdout and an error is one JSON object on stderr.
Exit codes: 0 done, 1 failure, 2 usage or bad input, 3 infeasible.

Examples:
  ${CLI} solve --library sample --max memory_mib=80000
  ${CLI} solve --library ~/nvlabs --max memory_mib=80000 --max runtime_ms=51200 --json > child.json
  ${CLI} sweep --library sample --over total_tok_s --points 20 --max memory_mib=80000
  ${CLI} export --solution child.json --format decilm --out config.json
`,
  solve: `Usage: ${CLI} solve --library PATH [options]

${PROBLEM}  --solutions N          how many children (default 1), each differing from all earlier ones ...
  --min-different-layers D   ... in at least D layers (default 1)
  --json                 {status, objective, bound, gap, solve_ms, costs, solutions:[{objective, costs, blocks}]};
                         the figures at the top are the first solution's; parent, problem and library
                         (with its estimated columns) come along.
                         Infeasible: exit code 3 and {status:"infeasible", smallest:{COLUMN:value}, reachable}: per limit the
                         value nearest to it that can be reached while the other limits hold (for a lower limit the
                         largest), to 0.01 %.

Examples:
  ${CLI} solve --library sample --max memory_mib=70000 --min total_tok_s=6000
  ${CLI} solve --library ~/nvlabs --max memory_mib=97723.4375 --max runtime_ms=55554.12 \\
      --solutions 3 --min-different-layers 20 --json
`,
  sweep: `Usage: ${CLI} sweep --library PATH --over COLUMN --points N [options]

  --over COLUMN          the limit to move between its extremes: a summable column or a throughput
  --points N             how many levels (default 20)
${PROBLEM}  --json                 one object a line: {over, level, status, objective, bound, gap, solve_ms, costs, solutions}

Example:
  ${CLI} sweep --library sample --over memory_mib --points 10 --json
`,
  import: `Usage: ${CLI} import PATH [--out FILE] [--json]

Reads a block library by its content, whatever its files are called, and says what it found. With --out it is written
as our own JSON.

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

Loaders that would refuse the architecture are named on stderr.

Example:
  ${CLI} export --solution preset:nemotron-51b --format decilm --out config.json
`,
  serve: `Usage: ${CLI} serve [--port N] [--project DIR] [--no-open]

Serves the workbench on 127.0.0.1 and prints its address, which carries a token for this run.

Example:
  ${CLI} serve --port 8080 --project ./my-project
`,
} as const;
