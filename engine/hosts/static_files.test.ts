import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { contentType, resolveAsset, securityHeaders } from './static_files.ts';

const root = path.resolve('/srv/page');

describe('static files', () => {
  it('maps the root to index.html and paths to files', () => {
    expect(resolveAsset(root, '/')).toBe(path.join(root, 'index.html'));
    expect(resolveAsset(root, '/assets/a.js?v=1#x')).toBe(path.join(root, 'assets', 'a.js'));
  });

  it.each(['/../secret', '/..%2fsecret', '/%2e%2e/%2e%2e/etc/passwd', '/a%00.js', '/..%5csecret', '/%', '//other'])(
    'never leads outside: %s',
    (target) => {
      const file = resolveAsset(root, target);
      expect(file === undefined || file.startsWith(root + path.sep)).toBe(true);
    },
  );

  it('names the type and forbids foreign scripts', () => {
    expect(contentType('a.JS')).toContain('text/javascript');
    const csp = securityHeaders('http://127.0.0.1:1234')['content-security-policy'];
    expect(csp).toContain("script-src 'self'");
    expect(csp).toContain('ws://127.0.0.1:1234');
    expect(csp).not.toMatch(/unsafe-eval|\*/);
  });
});
