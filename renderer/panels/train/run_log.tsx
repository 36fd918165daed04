/** The end of a run's log, in a drawer at the foot that opens. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import type { RunLogLine } from '../../../engine/protocol/train_api.ts';
import { copyText } from '../../state/train_actions.ts';
import { runStore } from '../../state/train_run_store.ts';
import { Badge } from '../../widgets/badge.tsx';
import { Button } from '../../widgets/button.tsx';
import { Icon } from '../../widgets/icon.tsx';

const NOTHING: readonly RunLogLine[] = [];

export function RunLog({ shown, onToggle }: { readonly shown: boolean; readonly onToggle: () => void }) {
  const log = useStore(runStore, ({ view }) => view?.log ?? NOTHING);
  const [onlyWarnings, setOnlyWarnings] = useState(false);
  const warnings = useMemo(() => log.filter(({ level }) => level === 'warning').length, [log]);
  const lines = useMemo(() => (onlyWarnings ? log.filter(({ level }) => level === 'warning') : log), [log, onlyWarnings]);
  const last = log.at(-1);
  return (
    <section className={shown ? 'run-log run-log-open' : 'run-log'} aria-label="Log">
      <header className="run-log-head">
        <button type="button" className="run-log-toggle" aria-expanded={shown} aria-controls="run-log-lines" onClick={onToggle} data-testid="log-toggle">
          <Icon name={shown ? 'chevron' : 'next'} size={14} />
          Log
          {warnings > 0 && <Badge text={`${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`} tone="warning" />}
        </button>
        {!shown && last !== undefined && <span className="run-log-last muted">{last.text}</span>}
        {shown && (
          <span className="run-log-tools">
            <label className="run-log-filter">
              <input type="checkbox" checked={onlyWarnings} onChange={(event) => setOnlyWarnings(event.target.checked)} data-testid="log-warnings" />
              Warnings only
            </label>
            <Button variant="ghost" icon="copy" disabled={lines.length === 0} onClick={() => void copyText(lines.map(plainLine).join('\n'), 'Log')} data-testid="log-copy">
              Copy
            </Button>
          </span>
        )}
      </header>
      {shown && <Lines lines={lines} onlyWarnings={onlyWarnings} />}
    </section>
  );
}

function Lines({ lines, onlyWarnings }: { readonly lines: readonly RunLogLine[]; readonly onlyWarnings: boolean }) {
  const list = useRef<HTMLOListElement>(null);
  /** Whoever scrolled up wants to read there. */
  const following = useRef(true);
  const count = lines.length;
  const newest = lines.at(-1)?.at;
  useEffect(() => {
    const element = list.current;
    if (element === null || !following.current || count === 0 || newest === undefined) return;
    element.scrollTop = element.scrollHeight;
  }, [count, newest]);
  return (
    <ol
      id="run-log-lines"
      ref={list}
      className="run-log-lines selectable"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a scrolled region must be reachable by keyboard
      tabIndex={0}
      aria-label="Lines of the log"
      onScroll={(event) => {
        const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
        following.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
      data-testid="log-lines"
    >
      {lines.map((line) => (
        <li key={keyOf(line)} className={`log-line log-${levelOf(line)}`} data-level={levelOf(line)}>
          <time dateTime={line.at}>{clock(line.at)}</time>
          <span className="log-level">{line.level === 'warning' && <Icon name="alert" size={12} />}</span>
          <span className="log-text">{line.text}</span>
        </li>
      ))}
      {lines.length === 0 && <li className="log-none muted">{onlyWarnings ? 'No warnings.' : 'Nothing has been said yet.'}</li>}
    </ol>
  );
}

/** Lines have no name, and their places move as the oldest ones leave: by these only new ones are drawn. */
const keys = new WeakMap<RunLogLine, number>();
let given = 0;

function keyOf(line: RunLogLine): number {
  let key = keys.get(line);
  if (key === undefined) keys.set(line, (key = given++));
  return key;
}

function levelOf(line: RunLogLine): RunLogLine['level'] {
  return line.level === 'warning' ? 'warning' : 'info';
}

function clock(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleTimeString('en-GB');
}

function plainLine(line: RunLogLine): string {
  const { at, text, step } = line;
  return [at, levelOf(line), step ?? '', text].join('\t');
}
