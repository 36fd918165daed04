/** Data for training and evaluation: what the rest of `train` needs of it. */
export type { DataDescription, TaskExample } from './data_format.ts';
export { batchIndices } from './batches.ts';
export { openData, type Data } from './open.ts';
export { prepareData } from './prepare.ts';
export { answeredRight, answerPositions, taskAccuracy, taskBatches, type AnsweredBatch, type TaskAnswer, type TaskBatch } from './task_batches.ts';
export { openTokens, type TokenSet } from './token_set.ts';
