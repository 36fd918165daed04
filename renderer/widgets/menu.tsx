/** A button that opens a list of actions below it. Arrow keys move, Escape closes. */
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement, type ReactNode } from 'react';
import { createPortal } from 'react-dom';
import './menu.css';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly description?: string | undefined;
  readonly disabled?: boolean;
  readonly checked?: boolean;
  readonly onSelect: () => void;
  /** A second action at the item's end. */
  readonly aside?: ReactNode;
}

export interface MenuSection {
  readonly id: string;
  readonly title?: string;
  readonly items: readonly MenuItem[];
}

interface MenuProps {
  readonly label: string;
  readonly sections: readonly MenuSection[];
  /** The button; it gets the handlers that open the menu. */
  readonly renderTrigger: (props: {
    readonly onClick: () => void;
    readonly 'aria-haspopup': 'menu';
    readonly 'aria-expanded': boolean;
    readonly ref: (element: HTMLButtonElement | null) => void;
  }) => ReactElement;
  readonly width?: number;
  readonly testId?: string;
}

export function Menu({ label, sections, renderTrigger, width = 260, testId }: MenuProps) {
  const [open, setOpen] = useState(false);
  const [button, setButton] = useState<HTMLButtonElement | null>(null);
  const close = (): void => {
    setOpen(false);
    button?.focus();
  };
  return (
    <>
      {renderTrigger({
        onClick: () => setOpen(!open),
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        ref: setButton,
      })}
      {open &&
        button !== null &&
        createPortal(
          <MenuList label={label} sections={sections} anchor={button} width={width} testId={testId} onClose={close} onLeave={() => setOpen(false)} />,
          button.closest('dialog') ?? document.body,
        )}
    </>
  );
}

interface MenuListProps {
  readonly label: string;
  readonly sections: readonly MenuSection[];
  readonly anchor: HTMLElement;
  readonly width: number;
  readonly testId: string | undefined;
  readonly onClose: () => void;
  readonly onLeave: () => void;
}

function MenuList({ label, sections, anchor, width, testId, onClose, onLeave }: MenuListProps) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = list.current;
    if (element === null) return;
    const at = anchor.getBoundingClientRect();
    const { height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
    const below = at.bottom + 4;
    element.style.top = `${below + height > innerHeight - 8 ? Math.max(8, at.top - height - 4) : below}px`;
    items(element)[0]?.focus();
  }, [anchor, width]);
  useEffect(() => {
    const onPointerDown = (event: PointerEvent): void => {
      const target = event.target as Node;
      if (list.current?.contains(target) !== true && !anchor.contains(target)) onLeave();
    };
    document.addEventListener('pointerdown', onPointerDown);
    window.addEventListener('resize', onLeave);
    return () => {
      document.removeEventListener('pointerdown', onPointerDown);
      window.removeEventListener('resize', onLeave);
    };
  }, [anchor, onLeave]);
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      event.preventDefault();
      event.stopPropagation();
      return onClose();
    }
    const all = items(event.currentTarget);
    const here = all.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    all[(next + all.length) % all.length]?.focus();
  };
  return (
    <div ref={list} className="menu" role="menu" tabIndex={-1} aria-label={label} style={{ width }} onKeyDown={onKeyDown} data-testid={testId}>
      {sections
        .filter((section) => section.items.length > 0)
        .map((section) => (
          <div key={section.id} className="menu-section" role="group" aria-label={section.title}>
            {section.title !== undefined && <div className="menu-title">{section.title}</div>}
            {section.items.map((item) => (
              <div key={item.id} className="menu-row">
                <button
                  type="button"
                  role={item.checked === undefined ? 'menuitem' : 'menuitemradio'}
                  aria-checked={item.checked}
                  className="menu-item"
                  disabled={item.disabled}
                  data-testid={`menu-item-${item.id}`}
                  onClick={() => {
                    onClose();
                    item.onSelect();
                  }}
                >
                  <span className="menu-label">{item.label}</span>
                  {item.description !== undefined && <span className="menu-description">{item.description}</span>}
                </button>
                {item.aside}
              </div>
            ))}
          </div>
        ))}
    </div>
  );
}

function items(list: HTMLElement): HTMLElement[] {
  return [...list.querySelectorAll<HTMLElement>('button:not(:disabled)')];
}
