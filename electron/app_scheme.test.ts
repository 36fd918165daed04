import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { createAppSchemeHandler, resolveAppUrl } from './app_scheme.ts';
import { CONTENT_SECURITY_POLICY } from './security.ts';

const FOLDER = path.resolve('/app/renderer');

describe('resolving an app URL', () => {
  it.each([
    ['app://workbench', 'index.html', 'text/html; charset=utf-8'],
    ['app://workbench/', 'index.html', 'text/html; charset=utf-8'],
    ['app://workbench/index.html?theme=dark#x', 'index.html', 'text/html; charset=utf-8'],
    ['app://workbench/assets/main-1.js', 'assets/main-1.js', 'text/javascript; charset=utf-8'],
    ['app://workbench/a%20b.css', 'a b.css', 'text/css; charset=utf-8'],
  ])('%s is %s', (url, file, contentType) => {
    expect(resolveAppUrl(url, FOLDER)).toEqual({ kind: 'file', path: path.join(FOLDER, file), contentType });
  });

  it.each([
    'app://workbench/..%2f..%2fetc/passwd.json',
    'app://workbench/%2e%2e%2f%2e%2e%2fsecret.json',
    'app://workbench/a%5c..%5c..%5csecret.json',
    'app://workbench/%00index.html',
    'app://workbench/c:/windows/system.json',
    'app://workbench/index.html:stream.js',
    'app://evil/index.html',
    'file:///index.html',
  ])('refuses %s', (url) => {
    expect(resolveAppUrl(url, FOLDER)).toEqual({ kind: 'refused', status: 403 });
  });

  it('refuses broken escapes and file types that the page does not have', () => {
    expect(resolveAppUrl('app://workbench/%zz.js', FOLDER)).toEqual({ kind: 'refused', status: 400 });
    expect(resolveAppUrl('app://workbench/main.js.map', FOLDER)).toEqual({ kind: 'refused', status: 404 });
    expect(resolveAppUrl('app://workbench/assets', FOLDER)).toEqual({ kind: 'refused', status: 404 });
  });

  it('never leaves its folder, whatever the path', () => {
    const piece = fc.constantFrom('..', '.', '%2e%2e', '%2f', '%5c', '/', '//', 'a', 'index.html', 'b.js', '%00', 'c:', '~', '%252e');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const resolved = resolveAppUrl(`app://workbench/${pieces.join('')}`, FOLDER);
        if (resolved.kind === 'file') expect(resolved.path.startsWith(FOLDER + path.sep)).toBe(true);
      }),
    );
  });
});

describe('the handler', () => {
  let folder = '';
  beforeAll(() => {
    const base = mkdtempSync(path.join(os.tmpdir(), 'app-scheme-'));
    folder = path.join(base, 'renderer');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'index.html'), '<p>hello</p>');
    writeFileSync(path.join(base, 'secret.json'), '{}');
  });
  afterAll(() => rmSync(path.dirname(folder), { recursive: true }));

  it('gives the file with its type and the policy', async () => {
    const response = await createAppSchemeHandler(folder)(new Request('app://workbench/'));
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('<p>hello</p>');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('refuses what is outside, absent, or not a read', async () => {
    const handle = createAppSchemeHandler(folder);
    expect((await handle(new Request('app://workbench/..%2fsecret.json'))).status).toBe(403);
    expect((await handle(new Request('app://workbench/none.js'))).status).toBe(404);
    expect((await handle(new Request('app://workbench/', { method: 'POST' }))).status).toBe(405);
  });
});
