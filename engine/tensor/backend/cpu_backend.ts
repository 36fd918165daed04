/** tfjs's backend in plain JavaScript: slow and everywhere, and what all other backends are checked against. */
import { backend, ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

/** Makes it current. */
export async function openCpuBackend(): Promise<void> {
  if (!(await setBackend('cpu'))) throw new Error('The cpu tensor backend did not start.');
  await ready();
  // On Node its first use prints an advertisement for another package.
  Reflect.set(backend(), 'firstUse', false);
}
