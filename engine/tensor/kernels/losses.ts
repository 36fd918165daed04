/** Kernels of losses and of what evaluation asks, over hidden states and over chunks of logits. */
import { rowsOf, sizeOf, type Bindings, type KernelCall } from './call.ts';

export const LOSS_KERNELS: Bindings = {
  FusedNormalisedMse: (call, wasm) => {
    const student = call.input('student');
    const count = sizeOf(student);
    const teacher = call.sized('teacher', count);
    const input = call.sized('input', count);
    const loss = call.output([]);
    const scale = call.output([]);
    wasm.normalisedMse(call.at(student), call.at(teacher), call.at(input), call.at(loss), call.at(scale), count, call.number('smallest'));
    return [loss, scale];
  },
  FusedNormalisedMseGrad: (call, wasm) => {
    const student = call.input('student');
    const count = sizeOf(student);
    const teacher = call.sized('teacher', count);
    const dstudent = call.output(student.shape);
    wasm.normalisedMseGrad(call.at(student), call.at(teacher), call.at(call.sized('scale', 1)), call.at(call.sized('dy', 1)), call.at(dstudent), count);
    return [dstudent];
  },
  FusedCosineLoss: (call, wasm) => {
    const student = call.input('student');
    const teacher = call.sized('teacher', sizeOf(student));
    const { rows, width } = rowsOf(student);
    const loss = call.output([]);
    const perRow = [...student.shape.slice(0, -1), 1];
    const a = call.output(perRow);
    const b = call.output(perRow);
    wasm.cosineLoss(call.at(student), call.at(teacher), call.at(loss), call.at(a), call.at(b), rows, width, call.number('smallest'));
    return [loss, a, b];
  },
  FusedCosineLossGrad: (call, wasm) => {
    const student = call.input('student');
    const teacher = call.sized('teacher', sizeOf(student));
    const { rows, width } = rowsOf(student);
    const a = call.sized('a', rows);
    const b = call.sized('b', rows);
    const dstudent = call.output(student.shape);
    wasm.cosineLossGrad(call.at(student), call.at(teacher), call.at(a), call.at(b), call.at(call.sized('dy', 1)), call.at(dstudent), rows, width);
    return [dstudent];
  },

  FusedLogitStats: (call, wasm) => {
    const logits = call.input('logits');
    const { rows, width } = rowsOf(logits);
    const targets = call.sized('targets', rows, 'int32');
    const [max, sum, picked] = perRow(call, ['max', 'sum', 'picked'], rows);
    wasm.logitStats(call.at(logits), call.at(targets), call.at(max), call.at(sum), call.at(picked), rows, width, call.number('offset'));
    return [max, sum, picked].map((tensor) => call.inPlace(tensor));
  },
  FusedCrossEntropyGrad: (call, wasm) => {
    const logits = call.input('logits');
    const { rows, width } = rowsOf(logits);
    const targets = call.sized('targets', rows, 'int32');
    const [max, sum] = perRow(call, ['max', 'sum'], rows);
    const scale = call.sized('scale', 1);
    wasm.crossEntropyGrad(call.at(logits), call.at(targets), call.at(max), call.at(sum), call.at(scale), rows, width, call.number('offset'));
    return [call.inPlace(logits)];
  },
  FusedKlStats: (call, wasm) => {
    const student = call.input('student');
    const teacher = call.sized('teacher', sizeOf(student));
    const { rows, width } = rowsOf(student);
    const stats = perRow(call, ['studentMax', 'studentSum', 'teacherMax', 'teacherSum', 'cross'], rows);
    const [studentMax, studentSum, teacherMax, teacherSum, cross] = stats.map((tensor) => call.at(tensor));
    wasm.klStats(call.at(student), call.at(teacher), studentMax, studentSum, teacherMax, teacherSum, cross, rows, width);
    return stats.map((tensor) => call.inPlace(tensor));
  },
  FusedKlGrad: (call, wasm) => {
    const student = call.input('student');
    const teacher = call.sized('teacher', sizeOf(student));
    const { rows, width } = rowsOf(student);
    const stats = perRow(call, ['studentMax', 'studentSum', 'teacherMax', 'teacherSum'], rows);
    const [studentMax, studentSum, teacherMax, teacherSum] = stats.map((tensor) => call.at(tensor));
    wasm.klGrad(call.at(student), call.at(teacher), studentMax, studentSum, teacherMax, teacherSum, call.at(call.sized('scale', 1)), rows, width);
    return [call.inPlace(student)];
  },
  FusedTopLogits: (call, wasm) => {
    const logits = call.input('logits');
    const { rows, width } = rowsOf(logits);
    const k = call.number('k');
    const values = call.output([rows, k]);
    const indices = call.output([rows, k], 'int32');
    wasm.topLogits(call.at(logits), call.at(values), call.at(indices), rows, width, k);
    return [values, indices];
  },
};

function perRow(call: KernelCall, names: readonly string[], rows: number): ReturnType<KernelCall['sized']>[] {
  return names.map((name) => call.sized(name, rows));
}
