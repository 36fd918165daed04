/** The whole window takes dropped files and folders. */
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { importFiles } from '../state/actions.ts';
import { track } from '../state/activity.ts';
import { droppedFiles } from '../state/files.ts';
import { notifyError } from '../state/notice_store.ts';
import { Icon } from '../widgets/icon.tsx';

export function DropTarget({ children }: { readonly children: ReactNode }) {
  const [over, setOver] = useState(false);
  /** Entering a child fires before leaving its parent: only the balance tells. */
  const depth = useRef(0);
  const onDragEnter = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    depth.current++;
    setOver(true);
  };
  const onDragLeave = (event: DragEvent): void => {
    if (!hasFiles(event)) return;
    depth.current = Math.max(0, depth.current - 1);
    if (depth.current === 0) setOver(false);
  };
  const onDrop = (event: DragEvent): void => {
    event.preventDefault();
    depth.current = 0;
    setOver(false);
    if (!hasFiles(event)) return;
    track(droppedFiles(event.dataTransfer).then(importFiles)).catch((error: unknown) => 
      notifyError('What was dropped could not be read', error),
    );
  };
  return (
    <div
      className="window"
      role="presentation"
      onDragEnter={onDragEnter}
      onDragLeave={onDragLeave}
      onDragOver={(event) => {
        event.preventDefault();
        event.dataTransfer.dropEffect = hasFiles(event) ? 'copy' : 'none';
      }}
      onDrop={onDrop}
      data-testid="drop-target"
    >
      {children}
      {over && (
        <div className="drop-veil" aria-hidden="true">
          <Icon name="upload" size={32} />
          Drop a block library, or a model&apos;s config.json
        </div>
      )}
    </div>
  );
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer.types.includes('Files');
}
