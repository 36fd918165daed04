/** Why a workload cannot be limited as asked, and what the library has instead. */
import { WorkbenchError } from '../protocol/errors.ts';
import type { WorkloadQuantity } from '../protocol/problem.ts';
import type { Situation } from './workload_situation.ts';
import { inOrder, measuredTraffic, type Traffic } from './workload_traffic.ts';

export function refusal({ workload }: Pick<Situation, 'workload'>, what: string, hint: string): WorkbenchError {
  return new WorkbenchError('bad_input', `Workload "${workload.name}": ${what}.`, { hint });
}

function lengthsOf({ isl, osl, length }: Traffic): string {
  if (isl !== undefined && osl !== undefined) return `isl ${isl} with osl ${osl}`;
  return length === undefined ? 'unknown lengths' : `${length} tokens`;
}

/** A runtime is limited for lengths or a batch that nobody measured. */
export function unmeasured(situation: Situation, batch: number, column: WorkloadQuantity): WorkbenchError {
  const { traffic, view } = situation;
  const { name } = view.header;
  if (traffic.measured.length > 0) {
    const batches = inOrder(traffic.measured.map((measurement) => measurement.batch));
    return refusal(
      situation,
      `${column} is not known at batch ${batch}: for ${lengthsOf(traffic)} the library ${name} was measured at batch ${batches}`,
      `Take one of the batches ${batches}, or "largest", which tries them all.`,
    );
  }
  const known = measuredTraffic(view.header);
  return refusal(
    situation,
    `${column} is not known for ${lengthsOf(traffic)}: the library ${name} has no runtimes for it`,
    known === ''
      ? 'Its measurements name no lengths; limit one of its columns instead.'
      : `It was measured with ${known}. Take those, or limit only memory_mib and kv_tokens.`,
  );
}

/** There is a measurement, but not with what the quantity needs. */
export function untold(situation: Situation, column: WorkloadQuantity): WorkbenchError {
  const { name } = situation.view.header;
  const { osl } = situation.traffic;
  if ((column === 'output_tok_s' || column === 'itl_ms') && (osl === undefined || osl === 0)) {
    return refusal(
      situation,
      `${column} cannot be told: the library ${name} does not say how many tokens of a sequence are generated`,
      'Limit total_tok_s or latency_ms instead.',
    );
  }
  const missing = column === 'ttft_ms' ? 'prefill_runtime_ms' : column === 'itl_ms' ? 'decode_runtime_ms' : 'runtime_ms';
  return refusal(
    situation,
    `${column} cannot be told: the library ${name} has no ${missing} for ${lengthsOf(situation.traffic)}`,
    column === 'ttft_ms' || column === 'itl_ms'
      ? 'Limit latency_ms or a throughput instead, or import runtimes of both phases.'
      : 'Import a runtime, or limit other quantities.',
  );
}

export function memoryUnknown(situation: Situation, batch: number | undefined): WorkbenchError {
  const { view, traffic, split } = situation;
  const { name } = view.header;
  if (split !== undefined && traffic.length === undefined) {
    return refusal(situation, `memory depends on the tokens per sequence, which the library ${name} does not tell`, 'Give isl and osl.');
  }
  const known = measuredTraffic(view.header);
  return refusal(
    situation,
    batch === undefined
      ? `the library ${name} cannot tell weights from KV cache, so cached tokens cannot be counted`
      : `memory is not known at batch ${batch} for ${lengthsOf(traffic)}: the library ${name} cannot tell weights from KV cache`,
    `It needs weights_bytes and kv_bytes_per_sequence, or num_params with the parent's shape and number formats.${
      batch === undefined || known === '' ? '' : ` Totals as measured: ${known}.`
    }`,
  );
}
