/** A word or two that qualify what they stand beside. */
import './badge.css';

interface BadgeProps {
  readonly text: string;
  readonly tone?: 'neutral' | 'accent' | 'warning' | 'danger' | 'ok';
}

export function Badge({ text, tone = 'neutral' }: BadgeProps) {
  return <span className={`badge badge-${tone}`}>{text}</span>;
}
