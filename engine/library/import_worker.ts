/** Worker thread that reads and parses one import; see `import_in_worker.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { toErrorPayload } from '../protocol/errors.ts';
import { exportLibrary } from './export.ts';
import { importLibrary } from './import.ts';
import type { ImportAnswer, ImportTask } from './import_in_worker.ts';
import { libraryId } from './library_id.ts';
import { readImportFiles } from './read_files.ts';

const task = workerData as ImportTask;
let answer: ImportAnswer;
try {
  const files = 'path' in task ? await readImportFiles(task.path) : task.files;
  const library = importLibrary(files);
  const content = exportLibrary(library);
  answer = { kind: 'done', result: { library, content, id: libraryId(library.name, content) } };
} catch (error) {
  answer = { kind: 'failed', error: toErrorPayload(error) };
}
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's port has no origin
parentPort?.postMessage(answer);
