/** One of the two problems: what is asked, how well it is answered, and the ways to go on with it. */
import { useStore } from 'zustand';
import type { ReferenceAnswer, ReferenceModel, ReferenceProblem } from '../../../engine/protocol/reference.ts';
import { documentStore } from '../../state/document_store.ts';
import { isPinned, openReferenceProblem, pinReferenceAnswer } from '../../state/reference_actions.ts';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';
import { limitTexts, proofText } from './problem_text.ts';

interface ProblemCardProps {
  readonly problem: ReferenceProblem;
  /** Absent while it is being solved. */
  readonly answer?: ReferenceAnswer;
  readonly released?: ReferenceModel;
}

export function ProblemCard({ problem, answer, released }: ProblemCardProps) {
  const proof = answer === undefined ? undefined : proofText(answer);
  return (
    <section className="reference-problem" aria-label={problem.name} data-testid={`reference-problem-${problem.id}`} data-status={answer?.status ?? 'solving'}>
      <header>
        <h3>{problem.name}</h3>
        {proof === undefined ? (
          <span className="reference-proof muted">
            <span className="spinner" aria-hidden="true" /> Solving…
          </span>
        ) : (
          <span className={`reference-proof reference-proof-${proof.tone}`} title={proof.details}>
            {proof.tone === 'ok' && <Icon name="check" size={14} />}
            {proof.text}
          </span>
        )}
        <span className="reference-actions">{answer !== undefined && released !== undefined && <Actions answer={answer} released={released} />}</span>
      </header>
      <p className="muted">{problem.what}</p>
      <ul className="reference-limits" aria-label="Limits">
        {limitTexts(problem).map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      {answer !== undefined && <Fits answer={answer} />}
    </section>
  );
}

function Actions({ answer, released }: { readonly answer: ReferenceAnswer; readonly released: ReferenceModel }) {
  const { problem, child } = answer;
  const pinned = useStore(documentStore, ({ document }) => child !== undefined && isPinned(document, problem.library_id, child.architecture.blocks));
  return (
    <>
      {child !== undefined && (
        <Button icon={pinned ? 'check' : 'pin'} disabled={pinned} onClick={() => pinReferenceAnswer(answer)} data-testid={`reference-pin-${problem.id}`}>
          {pinned ? 'Pinned' : 'Pin'}
        </Button>
      )}
      <Button variant="primary" onClick={() => openReferenceProblem(problem, released.architecture)} data-testid={`reference-open-${problem.id}`}>
        Open this problem
      </Button>
    </>
  );
}

function Fits({ answer: { problem, released_fits: fits } }: { readonly answer: ReferenceAnswer }) {
  return (
    <p className={fits ? 'reference-fits reference-proof-ok' : 'reference-fits muted'} data-testid={`reference-fits-${problem.id}`} data-fits={fits}>
      <Icon name={fits ? 'check' : 'close'} size={14} />
      The released Nemotron-51B {fits ? 'meets these limits.' : 'does not meet these limits.'}
    </p>
  );
}
