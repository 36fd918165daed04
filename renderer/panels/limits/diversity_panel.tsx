/** How many different solutions are wanted, how different, and which of them is shown. */
import { useStore } from 'zustand';
import { runCommand } from '../../commands/command_actions.ts';
import { shortcutOf } from '../../commands/use_commands.ts';
import { documentStore, setDiversity } from '../../state/document_store.ts';
import { solveStore } from '../../state/solve_store.ts';
import { IconButton } from '../../widgets/button.tsx';
import { NumberField } from '../../widgets/number_field.tsx';

const MAX_SOLUTIONS = 10;

export function DiversityPanel({ layers }: { readonly layers: number }) {
  const { solutions, min_different_layers: different } = useStore(documentStore, (state) => state.document);
  const answer = useStore(solveStore, (state) => state.answer);
  const index = useStore(solveStore, (state) => state.solutionIndex);
  const found = answer?.solutions.length ?? 0;
  return (
    <section className="side-section" aria-label="Solutions">
      <header className="side-header">
        <h2>Solutions</h2>
        {found > 1 && (
          <span className="stepper" data-testid="solution-switcher">
            <IconButton icon="previous" label="Previous solution" shortcut={shortcutOf('solution.previous')} onClick={() => runCommand('solution.previous')} />
            <span aria-live="polite">
              {index + 1} of {found}
            </span>
            <IconButton icon="next" label="Next solution" shortcut={shortcutOf('solution.next')} onClick={() => runCommand('solution.next')} />
          </span>
        )}
      </header>
      <div className="side-row">
        <span>Find</span>
        <span className="small-field">
          <NumberField
            label="Number of solutions"
            value={solutions}
            unit=""
            step={1}
            check={whole(1, MAX_SOLUTIONS)}
            onCommit={(value) => setDiversity({ solutions: value })}
            testId="solutions-number"
          />
        </span>
        <span>{solutions === 1 ? 'solution' : 'solutions, each differing in'}</span>
      </div>
      {solutions > 1 && (
        <div className="side-row">
          <span>at least</span>
          <span className="small-field">
            <NumberField
              label="Layers in which solutions differ at least"
              value={different}
              unit=""
              step={1}
              check={whole(1, layers)}
              onCommit={(value) => setDiversity({ min_different_layers: value })}
              testId="min-different-layers-number"
            />
          </span>
          <span>layers from every earlier one</span>
        </div>
      )}
      {answer?.exhausted === true && <p className="muted">Only {found} {found === 1 ? 'solution differs' : 'solutions differ'} that much within the limits.</p>}
    </section>
  );
}

function whole(least: number, most: number): (value: number) => string | undefined {
  return (value) => (Number.isInteger(value) && value >= least && value <= most ? undefined : `Type a whole number from ${least} to ${most}.`);
}
