/** What stands where there is nothing to show: why, and what to do about it. */
import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';
import './empty_state.css';

interface EmptyStateProps {
  readonly icon?: IconName;
  readonly title: string;
  readonly text?: ReactNode;
  readonly actions?: ReactNode;
  readonly busy?: boolean;
  readonly testId?: string;
}

export function EmptyState({ icon, title, text, actions, busy = false, testId }: EmptyStateProps) {
  return (
    <div className="empty-state" role="status" aria-busy={busy} data-testid={testId}>
      {busy ? <span className="spinner" aria-hidden="true" /> : icon !== undefined && <Icon name={icon} size={24} />}
      <p className="empty-state-title">{title}</p>
      {text !== undefined && <div className="empty-state-text">{text}</div>}
      {actions !== undefined && <div className="empty-state-actions">{actions}</div>}
    </div>
  );
}
