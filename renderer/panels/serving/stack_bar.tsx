/** One horizontal bar of parts, on a scale that several bars share. */
import type { ReactNode } from 'react';

export interface StackPart {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  /** As its tooltip says it. */
  readonly text: string;
}

interface StackBarProps {
  readonly parts: readonly StackPart[];
  /** What the full width stands for. */
  readonly whole: number;
  readonly label: string;
  /** A mark on the scale, such as the memory there is. */
  readonly limit?: number;
}

/** Parts are coloured by `stack-<id>` of serving.css. */
export function StackBar({ parts, whole, label, limit }: StackBarProps) {
  const share = (value: number): string => `${((100 * Math.max(0, value)) / whole).toFixed(3)}%`;
  return (
    <div className="stack" role="img" aria-label={`${label}: ${parts.map((part) => `${part.label} ${part.text}`).join(', ')}`}>
      {parts.map((part) => part.value > 0 && <span key={part.id} className={`stack-part stack-${part.id}`} style={{ width: share(part.value) }} title={`${part.label}: ${part.text}`} />)}
      {limit !== undefined && limit < whole && <span className="stack-limit" style={{ left: share(limit) }} />}
    </div>
  );
}

export function StackLegend({ parts, children }: { readonly parts: readonly Pick<StackPart, 'id' | 'label'>[]; readonly children?: ReactNode }) {
  return (
    <ul className="stack-legend">
      {parts.map(({ id, label }) => (
        <li key={id}>
          <span className={`stack-key stack-${id}`} aria-hidden="true" />
          {label}
        </li>
      ))}
      {children}
    </ul>
  );
}
