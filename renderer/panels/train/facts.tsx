/** Names and what they are, one below the other. */
import { Fragment, type ReactNode } from 'react';

export function Facts({ facts, testId }: { readonly facts: readonly (readonly [string, ReactNode])[]; readonly testId?: string }) {
  return (
    <dl className="train-facts selectable" data-testid={testId}>
      {facts.map(([name, value]) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
