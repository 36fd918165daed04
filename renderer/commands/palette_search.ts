/** Finds commands by what is typed: every word must occur; starts of words come first. */
export function searchTitles<T extends { readonly title: string }>(entries: readonly T[], query: string): readonly T[] {
  const words = query.toLowerCase().split(/\s+/).filter((word) => word !== '');
  const ranked = entries.flatMap((entry) => {
    const title = entry.title.toLowerCase();
    const places = words.map((word) => (title.startsWith(word) ? 0 : title.includes(` ${word}`) ? 1 : title.includes(word) ? 2 : undefined));
    const score = places.reduce<number | undefined>((sum, place) => (sum === undefined || place === undefined ? undefined : sum + place), 0);
    return score === undefined ? [] : [{ entry, score }];
  });
  return ranked.sort((a, b) => a.score - b.score).map(({ entry }) => entry);
}
