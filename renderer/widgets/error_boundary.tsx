/** Keeps a fault in one panel from taking the window with it. */
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { EmptyState } from './empty_state.tsx';

interface ErrorBoundaryProps {
  /** What failed, as the user knows it. */
  readonly name: string;
  readonly children: ReactNode;
}

interface ErrorBoundaryState {
  readonly error: Error | undefined;
  readonly stack: string;
}

export class ErrorBoundary extends Component<ErrorBoundaryProps, ErrorBoundaryState> {
  override state: ErrorBoundaryState = { error: undefined, stack: '' };

  static getDerivedStateFromError(thrown: unknown): Partial<ErrorBoundaryState> {
    return { error: thrown instanceof Error ? thrown : new Error(String(thrown)) };
  }

  override componentDidCatch(_error: Error, info: ErrorInfo): void {
    this.setState({ stack: info.componentStack ?? '' });
  }

  override render(): ReactNode {
    const { error, stack } = this.state;
    if (error === undefined) return this.props.children;
    const details = `Puzzle Workbench ${__APP_VERSION__}\n${this.props.name}\n${error.stack ?? error.message}\n${stack}`;
    return (
      <EmptyState
        icon="alert"
        title={`${this.props.name} failed`}
        text={`${error.message}. This is a fault of the program; your project is safe.`}
        testId="panel-failed"
        actions={
          <>
            <Button onClick={() => this.setState({ error: undefined, stack: '' })}>Try again</Button>
            <Button icon="copy" onClick={() => void navigator.clipboard.writeText(details)}>
              Copy details
            </Button>
          </>
        }
      />
    );
  }
}
