/**
 * An ONNX model written byte by byte: `Y = FusedMatMul(A, B)` of the com.microsoft domain, which is a matrix product whose
 * operands may be transposed. Inputs have no stated shape, so any rank and batch go. Field numbers are those of onnx.proto3;
 * only varints and length-delimited fields occur.
 */

const ELEMENT_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const IR_VERSION = 8;
const OPSET_VERSION = 17;

/** Names of the inputs and the outputs. */
export const MATMUL_NAMES = { a: 'A', b: 'B', y: 'Y', empty: 'E' } as const;

/** `withEmpty` puts an output before `Y`: a sequence of tensors with nothing in it, for callers that want what is no tensor. */
export function fusedMatMulModel(transposeA: boolean, transposeB: boolean, withEmpty: boolean): Uint8Array<ArrayBuffer> {
  const product = [
    ...text(1, MATMUL_NAMES.a),
    ...text(1, MATMUL_NAMES.b),
    ...text(2, MATMUL_NAMES.y),
    ...text(4, 'FusedMatMul'),
    ...message(5, attribute('transA', transposeA ? 1 : 0)),
    ...message(5, attribute('transB', transposeB ? 1 : 0)),
    ...text(7, 'com.microsoft'),
  ];
  const empty = [...text(2, MATMUL_NAMES.empty), ...text(4, 'SequenceEmpty')];
  const graph = [
    ...message(1, product),
    ...(withEmpty ? message(1, empty) : []),
    ...text(2, 'matmul'),
    ...message(11, floatTensor(MATMUL_NAMES.a)),
    ...message(11, floatTensor(MATMUL_NAMES.b)),
    ...(withEmpty ? message(12, floatSequence(MATMUL_NAMES.empty)) : []),
    ...message(12, floatTensor(MATMUL_NAMES.y)),
  ];
  return Uint8Array.from([
    ...integer(1, IR_VERSION),
    ...message(7, graph),
    ...message(8, [...text(1, ''), ...integer(2, OPSET_VERSION)]),
    ...message(8, [...text(1, 'com.microsoft'), ...integer(2, 1)]),
  ]);
}

/** ValueInfoProto: name, and a tensor type with an element type and no shape. */
function floatTensor(name: string): number[] {
  return [...text(1, name), ...message(2, floatTensorType())];
}

/** ValueInfoProto: name, and the type of a sequence of such tensors. */
function floatSequence(name: string): number[] {
  return [...text(1, name), ...message(2, message(4, message(1, floatTensorType())))];
}

/** TypeProto. */
function floatTensorType(): number[] {
  return message(1, integer(1, ELEMENT_FLOAT));
}

function attribute(name: string, value: number): number[] {
  return [...text(1, name), ...integer(3, value), ...integer(20, ATTRIBUTE_INT)];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function message(field: number, content: readonly number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(content.length), ...content];
}

/** ASCII only. */
function text(field: number, value: string): number[] {
  return message(field, [...value].map((character) => character.charCodeAt(0)));
}
