/** A modal dialog: the browser's own, so that focus stays inside and Escape closes. */
import { useEffect, useEffectEvent, useRef, type ReactNode } from 'react';
import { IconButton } from './button.tsx';
import './dialog.css';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
  readonly width?: number;
  /** Without a title bar; the title is then only read out. */
  readonly bare?: boolean;
  readonly testId?: string;
}

export function Dialog({ title, onClose, children, footer, width = 560, bare = false, testId }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const close = useEffectEvent(onClose);
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return undefined;
    // Escape closes it; Chromium announces that beforehand only sometimes, so what counts is that it is closed.
    const onNativeClose = (): void => close();
    // The dialog's own box covers its content: a press on the element itself is one on the backdrop.
    const onMouseDown = (event: MouseEvent): void => {
      if (event.target === dialog) close();
    };
    dialog.addEventListener('close', onNativeClose);
    dialog.addEventListener('mousedown', onMouseDown);
    dialog.showModal();
    // Rather than the first button, which would greet with its tooltip.
    if (dialog.querySelector('input:focus') === null) dialog.focus();
    return () => {
      dialog.removeEventListener('close', onNativeClose);
      dialog.removeEventListener('mousedown', onMouseDown);
      dialog.close();
    };
  }, []);
  return (
    <dialog
      ref={element}
      className={bare ? 'dialog dialog-bare' : 'dialog'}
      style={{ width }}
      aria-label={title}
      data-testid={testId}
      tabIndex={-1}
    >
      <div className="dialog-box">
        {!bare && (
          <header className="dialog-header">
            <h2>{title}</h2>
            <IconButton icon="close" label="Close" onClick={onClose} />
          </header>
        )}
        <div className="dialog-body">{children}</div>
        {footer !== undefined && <footer className="dialog-footer">{footer}</footer>}
      </div>
    </dialog>
  );
}
