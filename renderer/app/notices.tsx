/** Messages at the window's corner. They go by themselves, but not while looked at; errors say where in which file. */
import { useStore } from 'zustand';
import { dismiss, holdNotice, noticeStore, releaseNotice, type Notice } from '../state/notice_store.ts';
import { IconButton } from '../widgets/button.tsx';
import { Icon, type IconName } from '../widgets/icon.tsx';
import './notices.css';

const ICONS: Readonly<Record<Notice['kind'], IconName>> = { error: 'alert', warning: 'alert', info: 'info', success: 'check' };
const FACTS = [
  ['file', 'File'],
  ['path', 'Place'],
  ['expected', 'Expected'],
  ['found', 'Found'],
] as const;

export function Notices() {
  const notices = useStore(noticeStore, (state) => state.notices);
  return (
    <div className="notices" role="region" aria-label="Messages">
      {notices.map((notice) => (
        <NoticeView key={notice.id} notice={notice} />
      ))}
    </div>
  );
}

function NoticeView({ notice }: { readonly notice: Notice }) {
  const facts = FACTS.flatMap(([key, name]) => {
    const value = notice.details?.[key];
    return value === undefined || value === '' ? [] : [{ name, value }];
  });
  return (
    <div
      className={`notice notice-${notice.kind}`}
      role={notice.kind === 'error' ? 'alert' : 'status'}
      data-testid="notice"
      data-kind={notice.kind}
      onPointerEnter={() => holdNotice(notice.id, 'pointer')}
      onPointerLeave={() => releaseNotice(notice.id, 'pointer')}
      onFocus={() => holdNotice(notice.id, 'focus')}
      onBlur={() => releaseNotice(notice.id, 'focus')}
    >
      <Icon name={ICONS[notice.kind]} />
      <div className="notice-content selectable">
        <div className="notice-title">{notice.title}</div>
        {notice.text !== undefined && <div className="notice-text">{notice.text}</div>}
        {facts.length > 0 && (
          <dl className="notice-facts">
            {facts.map(({ name, value }) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        )}
        {notice.hint !== undefined && <div className="notice-hint">{notice.hint}</div>}
      </div>
      <IconButton icon="close" label="Dismiss" onClick={() => dismiss(notice.id)} />
    </div>
  );
}
