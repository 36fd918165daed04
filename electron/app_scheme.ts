/**
 * Serves the page's files over `app://` instead of `file://`: a URL either names a file inside the page's folder or
 * is refused. The resolver is pure; the handler reads and adds the headers.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { CONTENT_SECURITY_POLICY, isOurUrl } from './security.ts';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

export type ResolvedUrl =
  | { readonly kind: 'file'; readonly path: string; readonly contentType: string }
  | { readonly kind: 'refused'; readonly status: 400 | 403 | 404 };

/** `folder` is absolute. Only names of known file types below it come back, however the URL is spelled. */
export function resolveAppUrl(url: string, folder: string): ResolvedUrl {
  if (!isOurUrl(url)) return { kind: 'refused', status: 403 };
  let pathname: string;
  try {
    pathname = decodeURIComponent(new URL(url).pathname);
  } catch {
    return { kind: 'refused', status: 400 };
  }
  // Anything that could mean another folder on some platform; `:` covers drive letters and NTFS streams.
  // oxlint-disable-next-line no-control-regex
  if (/[\\:\u0000-\u001f]/.test(pathname) || pathname.split('/').some((part) => part === '..' || part === '.')) {
    return { kind: 'refused', status: 403 };
  }
  const wanted = pathname === '' || pathname === '/' ? '/index.html' : pathname;
  const file = path.resolve(folder, `.${wanted}`);
  const inside = path.relative(folder, file);
  if (inside === '' || inside.startsWith('..') || path.isAbsolute(inside)) return { kind: 'refused', status: 403 };
  const contentType = CONTENT_TYPES[path.extname(file).toLowerCase()];
  return contentType === undefined ? { kind: 'refused', status: 404 } : { kind: 'file', path: file, contentType };
}

/** The handler for `protocol.handle`; web standard types only, so that it runs in plain Node too. */
export function createAppSchemeHandler(folder: string): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(undefined, { status: 405 });
    const resolved = resolveAppUrl(request.url, folder);
    if (resolved.kind === 'refused') return new Response(undefined, { status: resolved.status });
    try {
      const bytes = await readFile(resolved.path);
      return new Response(request.method === 'HEAD' ? undefined : new Uint8Array(bytes), {
        headers: {
          'content-type': resolved.contentType,
          'content-security-policy': CONTENT_SECURITY_POLICY,
          'x-content-type-options': 'nosniff',
          'cross-origin-opener-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'cache-control': 'no-cache',
        },
      });
    } catch {
      return new Response(undefined, { status: 404 });
    }
  };
}
