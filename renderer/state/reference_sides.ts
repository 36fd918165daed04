/** The models of the reference comparison in the order in which they are shown: what there is, then what we found. */
import type { ReferenceAnswer, ReferenceComparison, ReferenceModel, ReferenceProblemId } from '../../engine/protocol/reference.ts';

export interface ReferenceSide {
  readonly id: 'parent' | 'released' | ReferenceProblemId;
  readonly name: string;
  readonly model: ReferenceModel;
  /** Sequences together that its throughput is for. */
  readonly batch: number;
  /** Absent for models that nobody searched here. */
  readonly answer: ReferenceAnswer | undefined;
}

/** A problem without a child has no side. */
export function referenceSides({ parent, released, answers }: ReferenceComparison): readonly ReferenceSide[] {
  return [
    { id: 'parent', name: parent.name, model: parent, batch: parent.report.batch, answer: undefined },
    { id: 'released', name: released.name, model: released, batch: released.report.batch, answer: undefined },
    ...answers.flatMap((answer): ReferenceSide[] =>
      answer.child === undefined ? [] : [{ id: answer.problem.id, name: `Ours, ${answer.problem.name}`, model: answer.child, batch: answer.child.batch, answer }],
    ),
  ];
}
