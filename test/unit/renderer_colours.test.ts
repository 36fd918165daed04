import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const renderer = path.join(import.meta.dirname, '..', '..', 'renderer');
const files = readdirSync(renderer, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll(path.sep, '/'))
  .filter((file) => /\.(css|ts|tsx)$/.test(file) && !/\.test\.tsx?$/.test(file) && file !== 'theme/theme.ts')
  .sort();

/** Hexadecimal and functional notations anywhere; names in CSS only, as they are words elsewhere. */
const NOTATION = /#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b|\b(?:rgba?|hsla?|hwb|lab|lch|oklab|oklch)\(/i;
const NAMED = /:[^;{]*[\s:,(](?:black|white|gr[ae]y|red|green|blue|orange|yellow|purple|silver|navy|teal)[\s,;)]/i;

describe('colours stand in theme/theme.ts alone', () => {
  test('the measure recognises colours', () => {
    for (const colour of ['#fff', '#1b1f27', '#00000080', 'rgb(0 0 0)', 'oklch(0.5 0 0)']) expect(NOTATION.test(`color: ${colour};`)).toBe(true);
    expect(NAMED.test('color: white;')).toBe(true);
    expect(NAMED.test('white-space: nowrap;')).toBe(false);
  });

  test.each(files)('%s', (file) => {
    const code = readFileSync(path.join(renderer, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
    expect(NOTATION.exec(code)?.[0]).toBeUndefined();
    if (file.endsWith('.css')) expect(NAMED.exec(code)?.[0]).toBeUndefined();
  });
});
