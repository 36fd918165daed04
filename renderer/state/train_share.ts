/**
 * Keeps what did not change: a new value in which every part that is equal to the old one *is* the old one, so that views of
 * those parts are not drawn again. For plain data as it comes from the engine; typed arrays count as changed.
 */
export function share<T>(before: unknown, now: T): T {
  if (Object.is(before, now)) return now;
  if (Array.isArray(now)) {
    const old: readonly unknown[] = Array.isArray(before) ? before : [];
    const kept = now.map((item: unknown, i) => share(old[i], item));
    return Array.isArray(before) && same(old, kept) ? (before as T) : (kept as T);
  }
  if (isRecord(now)) {
    const old = isRecord(before) ? before : {};
    const entries = Object.entries(now).map(([key, value]) => [key, share(old[key], value)] as const);
    const unchanged = Object.keys(old).length === entries.length && entries.every(([key, value]) => key in old && Object.is(old[key], value));
    return unchanged && isRecord(before) ? (before as T) : (Object.fromEntries(entries) as T);
  }
  return now;
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, i) => Object.is(item, b[i]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
}
