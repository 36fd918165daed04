/** The few SVG elements the map is made of, and the patterns that stand beside its colours. */
import type { Theme } from '../../theme/theme.ts';

const NAMESPACE = 'http://www.w3.org/2000/svg';
export const FONT = "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif";

type Attributes = Readonly<Record<string, string | number | undefined>>;

export function svg<K extends keyof SVGElementTagNameMap>(name: K, attributes: Attributes = {}, parent?: Element): SVGElementTagNameMap[K] {
  const element = document.createElementNS(NAMESPACE, name);
  put(element, attributes);
  parent?.append(element);
  return element;
}

export function put(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(name, String(value));
  }
}

export function text(content: string, attributes: Attributes, parent: Element): SVGTextElement {
  const element = svg('text', attributes, parent);
  element.textContent = content;
  return element;
}

/** Ids are unique in the page, since several maps may be on it. */
export interface Patterns {
  readonly saved: string;
  readonly linearAttention: string;
  readonly linearFfn: string;
}

let nextId = 1;

/** Hatches: time saved, and linear sub-blocks. */
export function definePatterns(root: SVGSVGElement, theme: Theme): Patterns {
  const id = nextId++;
  const defs = svg('defs', {}, root);
  const hatch = (name: string, ground: string, line: string, size: number, width: number, angle: number): string => {
    const patternId = `map${id}-${name}`;
    const pattern = svg(
      'pattern',
      { id: patternId, width: size, height: size, patternUnits: 'userSpaceOnUse', patternTransform: `rotate(${angle})` },
      defs,
    );
    svg('rect', { width: size, height: size, fill: ground }, pattern);
    svg('rect', { width, height: size, fill: line }, pattern);
    return `url(#${patternId})`;
  };
  return {
    saved: hatch('saved', theme.savedSoft, theme.saved, 6, 1.2, 45),
    linearAttention: hatch('linear-attention', theme.surface, theme.attention, 3, 1.5, -45),
    linearFfn: hatch('linear-ffn', theme.surface, theme.ffn, 3, 1.5, -45),
  };
}
