/**
 * How fast the current backend does what training does, to choose between backends: the three matrix products of a linear
 * layer (forward, and both gradients) with element-wise work between, at the size of a small block.
 */
import * as tf from '@tensorflow/tfjs-core';

const TOKENS = 1024;
const WIDTH = 256;
const INNER = 768;
/** Of one step. */
const FLOPS = 3 * 2 * TOKENS * WIDTH * INNER;

/**
 * Measures for about `seconds` after one step of warm-up, in which shaders compile. Answers GFLOP/s over everything,
 * counting the matrix products only; `now` is a clock in milliseconds.
 */
export async function probeGflops(seconds: number, now: () => number): Promise<number> {
  const x = tf.randomNormal([TOKENS, WIDTH], 0, 1, 'float32', 1);
  const weight = tf.randomNormal([INNER, WIDTH], 0, 1, 'float32', 2);
  const step = async () => {
    const sum = tf.tidy(() => {
      const y = tf.sigmoid(tf.matMul(x, weight, false, true));
      const dx = tf.matMul(y, weight);
      const dw = tf.matMul(y, x, true, false);
      return tf.add(tf.sum(tf.mul(dx, x)), tf.sum(tf.mul(dw, weight)));
    });
    // Reading waits for queued work.
    await sum.data();
    sum.dispose();
  };
  try {
    await step();
    const startedAt = now();
    let [steps, elapsedMs] = [0, 0];
    do {
      await step();
      steps++;
      elapsedMs = now() - startedAt;
    } while (elapsedMs < seconds * 1000);
    return (steps * FLOPS) / elapsedMs / 1e6;
  } finally {
    tf.dispose([x, weight]);
  }
}
