/** What the benchmark calls, bundled as the product bundles it. */
export { forkTrainer } from '../../../engine/hosts/trainer/fork_trainer.ts';
export { nodeFiles } from '../../../engine/hosts/trainer/node_files.ts';
export { openTensorDevice } from '../../../engine/hosts/trainer/tensor_backends.ts';
export { TrainerPool } from '../../../engine/jobs/trainer_pool.ts';
export { memoryUse } from '../../../engine/tensor/backend/memory_guard.ts';
export { writeTensors } from '../../../engine/transformer/tensor_file.ts';
export { MemoryFiles } from '../../../engine/transformer/memory_files.ts';
export { profiled, timed } from './timed_step.ts';
export { fullJob, blockJob, peerTensors, prepareRun, quietContext, SHAPES, STUDENTS } from './workload.ts';
