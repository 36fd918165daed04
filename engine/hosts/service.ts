/** What every call and stream of `protocol/api.ts` does: the one place where the engine's parts meet. */
import process from 'node:process';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { architectureKvBytesPerToken, architectureParams } from '../architecture/count.ts';
import { express } from '../architecture/express.ts';
import { decilmObstacles } from '../architecture/decilm.ts';
import { loaderWarnings } from '../architecture/loaders.ts';
import { parents, referenceArchitectures } from '../architecture/presets.ts';
import { publishedModels } from '../architecture/published.ts';
import { columnRanges } from '../search/ranges.ts';
import { Solver } from '../search/solver.ts';
import { evaluateChoices } from '../search/totals.ts';
import type { CreateTrainer } from '../jobs/trainer.ts';
import type { StreamEvent, StreamParams, StudyName } from '../protocol/api.ts';
import { WorkbenchError } from '../protocol/errors.ts';
import type { ProjectState } from '../protocol/workspace.ts';
import type { HardwareStore } from '../workspace/hardware_store.ts';
import type { Project } from '../workspace/project.ts';
import type { UserData } from '../workspace/user_data.ts';
import { costHandlers } from './cost_handlers.ts';
import { fitHandler, hardwareHandlers } from './hardware_handlers.ts';
import { Rack } from './rack.ts';
import { readArchitectureFile } from './architecture_files.ts';
import { capabilities } from './capabilities.ts';
import { architectureOf, exportChild } from './child_export.ts';
import type { Handlers, StreamContext } from './rpc_server.ts';
import { Shelf } from './shelf.ts';
import { pipeline } from './pipeline/run_pipeline.ts';
import { trainHandlers, trainStreamHandlers } from './training/train_handlers.ts';
import { Training } from './training/training.ts';

declare const __APP_VERSION__: string;

export interface ServiceOptions {
  readonly project: Project;
  readonly user: UserData;
  readonly hardware: HardwareStore;
  readonly host: 'electron' | 'browser';
  readonly desktopReason: string | undefined;
  readonly createSearchWorker: () => Worker;
  readonly createImportWorker: (options: WorkerOptions) => Worker;
  readonly createFitWorker: (options: WorkerOptions) => Worker;
  readonly createTrainer: CreateTrainer;
  /** The path behind a handle that the host gave out; each is good once. */
  readonly takeGrant: (handle: string) => string | undefined;
}

export interface Service {
  readonly handlers: Handlers;
  clientGone(clientId: string): void;
  /** Leaves a run under way as interrupted; resolves when that is on disk. */
  stop(): Promise<void>;
}

export function createService(options: ServiceOptions): Service {
  const { project, user } = options;
  const rack = new Rack(options.hardware);
  const shelf = new Shelf(project, rack, options.createImportWorker);
  const training = new Training({
    projectFolder: project.folder,
    readOnly: () => project.state().read_only,
    pipeline,
    create: options.createTrainer,
    hardware: () => rack.hardware(),
  });
  const solvers = new Map<string, Solver>();
  const startedAt = new Date().toISOString();

  /** One per page: its newest request wins over its own older ones only. */
  const solverOf = (clientId: string): Solver => {
    let solver = solvers.get(clientId);
    if (solver === undefined) {
      solver = new Solver({ createWorker: options.createSearchWorker });
      solvers.set(clientId, solver);
    }
    return solver;
  };

  /** Emits `started`, then everything the worker says. */
  const study =
    <N extends StudyName>(name: N): Handlers['streams'][N] =>
    ((params: StreamParams<N>, { clientId, emit, end, fail }: StreamContext<N>) => {
      emit({ kind: 'started' } as StreamEvent<N>);
      let run: { cancel(): void } | undefined;
      let stopped = false;
      const begin = async (): Promise<void> => {
        const view = await shelf.view(params.library_id);
        if (stopped) return;
        const started = solverOf(clientId).study(name, view, params, emit);
        run = started;
        await started.done;
        end();
      };
      begin().catch(fail);
      return () => {
        stopped = true;
        run?.cancel();
      };
    }) as Handlers['streams'][N];

  const handlers: Handlers = {
    calls: {
      'library.list': async () => ({ libraries: await shelf.list() }),
      'library.view': ({ id }, { clientId }) => {
        // Whoever looks at a library is about to search it.
        void solverOf(clientId).prepare();
        return shelf.view(id);
      },
      'library.ranges': async ({ id }) => ({ ranges: columnRanges(await shelf.view(id)) }),
      'library.import': async ({ source }, { signal }) => {
        if (source.kind === 'upload') {
          const { summary, library } = await shelf.import({ files: source.files }, signal);
          return { library: summary, notes: library.notes };
        }
        const file = source.kind === 'granted' ? options.takeGrant(source.handle) : user.recentPath(source.id);
        if (file === undefined) {
          throw new WorkbenchError('not_found', 'That file is no longer known.', { hint: 'Pick it again.' });
        }
        const { summary, library } = await shelf.import({ path: file }, signal);
        await user.addRecent(file, summary.name);
        return { library: summary, notes: library.notes };
      },
      'library.remove': async ({ id }) => {
        await shelf.remove(id);
        return {};
      },
      'recent.list': () => ({ recents: user.recents() }),
      'architecture.references': () => ({ parents: [...parents()], references: [...referenceArchitectures()] }),
      'architecture.express': async ({ library_id, architecture }) => {
        const outcome = express(architecture, await shelf.view(library_id));
        return outcome.kind === 'expressed'
          ? { kind: 'expressed', choices: [...outcome.choices] }
          : { kind: 'inexpressible', reasons: [...outcome.reasons] };
      },
      'architecture.import': ({ file }) => ({ architecture: readArchitectureFile(file) }),
      'child.evaluate': async ({ library_id, objective, choices }) =>
        evaluateChoices(await shelf.view(library_id), objective, choices),
      'child.shape': async ({ child }) => {
        const architecture = await architectureOf(child, 'child', (id) => shelf.view(id));
        return {
          num_params: architectureParams(architecture),
          kv_bytes_per_token_fp8: architectureKvBytesPerToken(architecture, 1),
          loaders: [...loaderWarnings(architecture)],
          decilm_obstacles: [...decilmObstacles(architecture)],
        };
      },
      'child.export': (params) => exportChild(params, shelf),
      'published.models': () => publishedModels(),
      'project.save': async ({ document, base_revision }) => ({ revision: await project.save(document, base_revision) }),
      'preferences.get': () => user.preferences,
      'preferences.save': async (preferences) => {
        await user.savePreferences(preferences);
        return {};
      },
      ...hardwareHandlers(rack, () => shelf.hardwareChanged()),
      ...costHandlers(rack, shelf, () => new Solver({ createWorker: options.createSearchWorker })),
      ...trainHandlers(training, shelf, options.takeGrant),
    },
    streams: {
      'engine.status': (_, { emit }) => {
        emit({
          version: __APP_VERSION__,
          node: process.versions.node,
          host: options.host,
          started_at: startedAt,
          capabilities: capabilities(options.host, options.desktopReason),
        });
        return () => undefined;
      },
      project: (_, { emit }) => {
        // Devices and models that cannot be read are told of like a document that cannot.
        const { damaged } = options.hardware;
        const told = (state: ProjectState): ProjectState =>
          damaged === undefined ? state : { ...state, recovered: `${state.recovered === undefined ? '' : `${state.recovered} `}${damaged}. It was left as it is; put it right or move it away, then open the project again.` };
        emit(told(project.state()));
        return project.onChange((state) => emit(told(state)));
      },
      solve: (problem, { clientId, emit, end, fail }) => {
        emit({ status: 'searching' });
        let run: { cancel(): void } | undefined;
        let stopped = false;
        const begin = async (): Promise<void> => {
          const view = await shelf.view(problem.library_id);
          if (stopped) return;
          const solve = solverOf(clientId).solve(view, problem, emit);
          run = solve;
          await solve.done;
          end();
        };
        begin().catch(fail);
        return () => {
          stopped = true;
          run?.cancel();
        };
      },
      sweep: study('sweep'),
      contour: study('contour'),
      explain: study('explain'),
      'calibration.fit': fitHandler(rack, {
        createWorker: options.createFitWorker,
        pathOf: (source) => (source.kind === 'granted' ? options.takeGrant(source.handle) : user.recentPath(source.id)),
      }),
      ...trainStreamHandlers(training),
    },
  };

  return {
    handlers,
    stop: () => training.stop(),
    clientGone(clientId) {
      solvers.get(clientId)?.dispose();
      solvers.delete(clientId);
    },
  };
}

