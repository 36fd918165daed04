/** The kinds of traffic that the child must serve beside the limits: one line each, and the one being edited in full. */
import { useState } from 'react';
import { useStore } from 'zustand';
import { documentStore } from '../../state/document_store.ts';
import type { OpenLibrary } from '../../state/engine_store.ts';
import { solveStore } from '../../state/solve_store.ts';
import { Button } from '../../widgets/button.tsx';
import { WorkloadRow } from './workload_row.tsx';
import { addWorkload } from './workload_actions.ts';
import './workloads.css';

export function WorkloadsPanel({ library }: { readonly library: OpenLibrary }) {
  const workloads = useStore(documentStore, (state) => state.document.workloads);
  const solve = useStore(solveStore);
  const [open, setOpen] = useState<{ readonly id: string; readonly fresh: boolean }>();
  return (
    <section className="side-section" aria-label="Workloads" data-testid="workloads">
      <header className="side-header">
        <h2>Workloads</h2>
        <Button variant="ghost" icon="add" onClick={() => setOpen({ id: addWorkload(library), fresh: true })} data-testid="add-workload">
          Add workload
        </Button>
      </header>
      {workloads.length === 0 && <p className="muted">A kind of traffic, with its lengths, batch and limits, that the child must also serve.</p>}
      <ul>
        {workloads.map((workload) => (
          <WorkloadRow
            key={workload.id}
            workload={workload}
            others={workloads.filter((other) => other !== workload)}
            library={library}
            solve={solve}
            open={open?.id === workload.id}
            fresh={open?.id === workload.id && open.fresh}
            onToggle={() => setOpen(open?.id === workload.id ? undefined : { id: workload.id, fresh: false })}
          />
        ))}
      </ul>
    </section>
  );
}
