/** The name of a workload while it is edited; every workload has one of its own, because messages call it by it. */
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { setWorkload } from '../../state/document_store.ts';
import type { WorkloadSetting } from '../../state/derived_workloads.ts';
import '../../widgets/number_field.css';

interface WorkloadNameProps {
  readonly workload: WorkloadSetting;
  readonly others: readonly WorkloadSetting[];
  /** Takes the focus. */
  readonly fresh: boolean;
  readonly testId: string;
}

export function WorkloadName({ workload, others, fresh, testId }: WorkloadNameProps) {
  const id = useId();
  const [draft, setDraft] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (fresh) input.current?.focus();
  }, [fresh]);
  const revert = (): void => {
    setDraft(undefined);
    setProblem(undefined);
  };
  const commit = (): void => {
    const name = (draft ?? workload.name).trim();
    if (name === '') return setProblem('Name: a workload needs one.');
    if (others.some((other) => other.name === name)) return setProblem(`Name: another workload is called "${name}".`);
    revert();
    return name === workload.name ? undefined : setWorkload({ ...workload, name });
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'Enter') commit();
    if (event.key !== 'Escape' || draft === undefined) return;
    event.stopPropagation();
    revert();
  };
  return (
    <>
      <span className={`workload-field workload-name-field number-field-box${problem === undefined ? '' : ' number-field-invalid'}`}>
        <input
          ref={input}
          type="text"
          aria-label="Name of the workload"
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          data-testid={testId}
          maxLength={60}
          value={draft ?? workload.name}
          onChange={(event) => {
            setDraft(event.target.value);
            setProblem(undefined);
          }}
          onFocus={(event) => event.currentTarget.select()}
          onBlur={commit}
          onKeyDown={onKeyDown}
        />
      </span>
      {problem !== undefined && (
        <span id={id} role="alert" className="workload-problem">
          {problem}
        </span>
      )}
    </>
  );
}
