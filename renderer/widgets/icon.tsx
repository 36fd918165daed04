/** Line icons on a 16-unit grid, drawn in the text's colour. */
const PATHS = {
  add: 'M8 3v10M3 8h10',
  alert: 'M8 2 14.5 13.5h-13zM8 6.5v3M8 11.6v.1',
  ban: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2M3.9 3.9l8.2 8.2',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  chevron: 'm4 6 4 4 4-4',
  chip: 'M4.5 4.5h7v7h-7zM6.5 4.5V2M9.5 4.5V2M6.5 14v-2.5M9.5 14v-2.5M4.5 6.5H2M4.5 9.5H2M14 6.5h-2.5M14 9.5h-2.5',
  close: 'm4 4 8 8M12 4l-8 8',
  command: 'm4 5 3 3-3 3M8.5 11.5H12',
  compare: 'M2.5 3.5h4v9h-4zM9.5 3.5h4v9h-4z',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  download: 'M8 2.5v7.5M4.8 7 8 10.2 11.2 7M2.5 13.5h11',
  edit: 'M3 13l.6-2.8 7.2-7.2 2.2 2.2-7.2 7.2zM9.4 4.4l2.2 2.2',
  file: 'M4 1.8h5L12.5 5v9.2H4zM9 1.8V5h3.5',
  folder: 'M2 4h4l1.5 1.5H14v7.5H2z',
  help: 'M6 6.2a2 2 0 1 1 2.8 1.9c-.6.3-.8.7-.8 1.4M8 11.6v.1M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8',
  info: 'M8 7.2v4M8 4.7v.1M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8',
  library: 'M2.5 3h3v10h-3zM6.5 3h3v10h-3zM10.7 3.6l2.6-.7 2 9.6-2.6.7',
  link: 'M6.5 9.5 9.5 6.5M7 4.5l1.3-1.3a3 3 0 0 1 4.4 4.4L11.5 9M9 11.5l-1.3 1.3a3 3 0 0 1-4.4-4.4L4.5 7',
  lock: 'M4 7.2h8v6.3H4zM5.6 7.2V5a2.4 2.4 0 0 1 4.8 0v2.2',
  minus: 'M3 8h10',
  moon: 'M13 9.6A5.6 5.6 0 0 1 6.4 3a5.6 5.6 0 1 0 6.6 6.6',
  next: 'm6 4 4 4-4 4',
  pin: 'M5.5 2h5l-.7 4.5L12 9H4l2.2-2.5zM8 9v5',
  previous: 'm10 4-4 4 4 4',
  redo: 'M12.5 6H6a3.2 3.2 0 0 0 0 6.5h3M9.8 3.2 12.6 6 9.8 8.8',
  sun: 'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6M8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M12.8 3.2l-1 1M4.2 11.8l-1 1',
  train: 'M2.5 2.5v11h11M5 5.2c.8 3.8 3 5.6 8 5.9',
  trash: 'M3 4.5h10M6 4.5V2.8h4v1.7M4.2 4.5l.6 9h6.4l.6-9',
  undo: 'M3.5 6H10a3.2 3.2 0 0 1 0 6.5H7M6.2 3.2 3.4 6l2.8 2.8',
  upload: 'M8 10V2.5M4.8 5.7 8 2.5l3.2 3.2M2.5 13.5h11',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className="icon"
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
