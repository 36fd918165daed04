/** What the calls and streams of `protocol/train_api.ts` do. */
import path from 'node:path';
import type { CallResult } from '../../protocol/api.ts';
import { WorkbenchError } from '../../protocol/errors.ts';
import type { trainCalls, trainStreams } from '../../protocol/train_api.ts';
import { openCheckpoint } from '../../transformer/checkpoint.ts';
import { PATHS } from '../pipeline/jobs.ts';
import { presetPlan, presets } from '../pipeline/presets.ts';
import type { Handlers } from '../rpc_server.ts';
import type { Shelf } from '../shelf.ts';
import { nodeFiles } from '../trainer/node_files.ts';
import { readResults } from './run_results.ts';
import type { Training } from './training.ts';

/** @param takeGrant The path behind a handle that the host gave out; each is good once. */
export function trainHandlers(training: Training, shelf: Pick<Shelf, 'import'>, takeGrant: (handle: string) => string | undefined): Pick<Handlers['calls'], keyof typeof trainCalls> {
  return {
    'train.presets': ({ seed }) => ({ presets: presets().map((preset) => ({ ...preset, plan: presetPlan(preset.id, seed) })) }),
    'train.devices': ({ again }) => training.devices(again),
    'train.read_parent': (where) => readParent('handle' in where ? takeGrant(where.handle) : where.folder),
    'run.list': () => training.list(),
    'run.create': async ({ plan, name }) => ({ id: await training.create(plan, name) }),
    'run.start': async ({ id, backend, processes, from }) => {
      await training.start(id, { backend, processes }, from);
      return {};
    },
    'run.resume': async ({ id, backend, processes }) => {
      await training.start(id, { backend, processes });
      return {};
    },
    'run.experiment': async ({ id, experiments }) => {
      await training.experiment(id, experiments);
      return {};
    },
    'run.cancel': async ({ id }) => {
      await training.cancel(id);
      return {};
    },
    'run.remove': async ({ id }) => {
      await training.remove(id);
      return {};
    },
    'run.report': async ({ id }) => {
      const folder = await training.folderOf(id);
      return { ...(await readResults(folder)), targets: await training.targets(id) };
    },
    'run.open_library': async ({ id }, { signal }) => {
      const file = path.join(await training.folderOf(id), PATHS.library);
      try {
        const { summary } = await shelf.import({ path: file }, signal);
        return { library: summary };
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
        throw new WorkbenchError('bad_input', 'The run has no block library yet.', { hint: 'It is there when its blocks are scored.' });
      }
    },
    'run.export': (request, { signal }) => training.export(request, signal),
  };
}

/** Headers only: whether its weights are all there and of the right shapes. */
async function readParent(typed: string | undefined): Promise<CallResult<'train.read_parent'>> {
  if (typed === undefined) throw new WorkbenchError('not_found', 'That folder is no longer known.', { hint: 'Pick it again.' });
  if (!path.isAbsolute(typed)) throw new WorkbenchError('bad_input', `${typed} is no absolute path.`, { hint: 'Give the whole path of the checkpoint folder.' });
  const folder = path.normalize(typed);
  const checkpoint = await openCheckpoint(nodeFiles(folder), folder);
  try {
    const { architecture, tokenizer, notes } = checkpoint;
    return { folder, architecture, ...(tokenizer !== undefined && { tokenizer }), notes: [...notes] };
  } finally {
    await checkpoint.close();
  }
}

export function trainStreamHandlers(training: Training): Pick<Handlers['streams'], keyof typeof trainStreams> {
  return {
    runs: (_, { emit, fail }) => training.watchList(emit, fail),
    run: ({ id }, { emit, end, fail }) => {
      let dispose: (() => void) | undefined;
      let stopped = false;
      training.watch(id, emit, end).then((stop) => {
        dispose = stop;
        if (stopped) stop();
      }, fail);
      return () => {
        stopped = true;
        dispose?.();
      };
    },
  };
}
