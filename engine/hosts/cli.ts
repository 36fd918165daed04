/**
 * The command line: the same engine without a window, for scripts. Results go to stdout, everything else to stderr;
 * exit codes are 0 done, 1 failure, 2 usage or bad input, 3 infeasible.
 */
import process from 'node:process';
import { toErrorPayload } from '../protocol/errors.ts';
import { runCalibrate } from './cli/calibrate_verb.ts';
import { runCost } from './cli/cost_verb.ts';
import { HELP } from './cli/help.ts';
import { runExplain } from './cli/explain_verb.ts';
import { runExport } from './cli/export_verb.ts';
import { runFrontier } from './cli/frontier_verb.ts';
import { runImport } from './cli/import_verb.ts';
import { runLibrary } from './cli/library_verb.ts';
import { runAssemble, runDistill, runEvaluate, runGenerateVerb } from './cli/model_verbs.ts';
import { runBld, runParentVerb, runPipelineVerb, runScore } from './cli/pipeline_verb.ts';
import { runPlan } from './cli/plan_verb.ts';
import { runReference } from './cli/reference_verb.ts';
import { runServe } from './cli/serve_verb.ts';
import { runSolve } from './cli/solve_verb.ts';
import { UsageError } from './cli/usage_error.ts';
import { runValidate } from './cli/validate_verb.ts';

const VERBS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  solve: runSolve,
  frontier: runFrontier,
  explain: runExplain,
  import: runImport,
  export: runExport,
  library: runLibrary,
  reference: runReference,
  cost: runCost,
  validate: runValidate,
  plan: runPlan,
  calibrate: runCalibrate,
  pipeline: runPipelineVerb,
  parent: runParentVerb,
  bld: runBld,
  score: runScore,
  assemble: runAssemble,
  distill: runDistill,
  evaluate: runEvaluate,
  generate: runGenerateVerb,
  serve: runServe,
};

async function main(argv: readonly string[]): Promise<number> {
  const [verb, ...rest] = argv;
  if (verb === undefined || verb === 'help' || verb === '--help' || verb === '-h') {
    process.stdout.write(HELP.overview);
    return verb === undefined ? 2 : 0;
  }
  const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (run === undefined) throw new UsageError(`There is no verb "${verb}"; there are ${Object.keys(VERBS).join(', ')}.`);
  if (rest.includes('--help') || rest.includes('-h')) {
    process.stdout.write(HELP[verb as keyof typeof HELP]);
    return 0;
  }
  return run(rest);
}

/** With --json an error is one JSON object on stderr, else a sentence and a hint. */
function report(error: unknown, json: boolean): number {
  const usage = error instanceof UsageError;
  const payload = usage
    ? { code: 'bad_input' as const, message: error.message, hint: 'See: cli --help', retryable: false }
    : toErrorPayload(error);
  if (json) process.stderr.write(`${JSON.stringify({ error: payload })}\n`);
  else process.stderr.write(`${payload.message}\n${payload.hint === undefined ? '' : `${payload.hint}\n`}`);
  return payload.code === 'bad_input' || payload.code === 'too_large' || payload.code === 'not_found' ? 2 : 1;
}

// A reader such as `head` that stops reading is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
const argv = process.argv.slice(2);
main(argv)
  .catch((error: unknown) => report(error, argv.includes('--json')))
  .then((code) => {
    process.exitCode = code;
  });
