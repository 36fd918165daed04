/** The state of a run or a step as a sign whose shape says it too. */
import { Icon, type IconName } from '../../widgets/icon.tsx';
import type { RunLook } from './step_texts.ts';

const ICONS: Readonly<Partial<Record<RunLook, IconName>>> = { done: 'check', failed: 'alert', cancelled: 'minus', interrupted: 'minus' };

export function StateIcon({ look, progress }: { readonly look: RunLook; readonly progress?: number | undefined }) {
  const icon = ICONS[look];
  return (
    <span className={`state-icon state-${look}`} aria-hidden="true">
      {icon !== undefined && <Icon name={icon} size={12} />}
      {look === 'running' && (
        <svg width="16" height="16" viewBox="0 0 16 16">
          <circle cx="8" cy="8" r="6" pathLength="100" />
          <circle cx="8" cy="8" r="6" pathLength="100" strokeDasharray={`${Math.max(4, Math.round(100 * (progress ?? 0)))} 100`} />
        </svg>
      )}
    </span>
  );
}
