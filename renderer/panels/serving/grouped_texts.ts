/** The same remark about several architectures said once, with their names. */

export interface GroupedText {
  readonly text: string;
  /** Undefined where it is about all of them. */
  readonly names: string | undefined;
}

export function groupedTexts(all: readonly { readonly name: string; readonly texts: readonly string[] }[]): readonly GroupedText[] {
  const byText = new Map<string, string[]>();
  for (const { name, texts } of all) for (const text of new Set(texts)) byText.set(text, [...(byText.get(text) ?? []), name]);
  return [...byText].map(([text, names]) => ({ text, names: names.length === all.length ? undefined : names.join(', ') }));
}
