import { describe, expect, it } from 'vitest';
import { APP_URL, CONTENT_SECURITY_POLICY, externalLink, isOurUrl, mayNavigate, mayUsePermission, WEB_PREFERENCES } from './security.ts';

describe('whose URL is ours', () => {
  it.each([APP_URL, 'app://workbench/', 'app://workbench/assets/a.js?x#y'])('%s is', (url) => {
    expect(isOurUrl(url)).toBe(true);
    expect(mayNavigate(url)).toBe(true);
  });

  it.each([
    'app://workbench.evil.example/index.html',
    'app://workbench@evil/index.html',
    'app://evil@workbench/index.html',
    'app://workbench:1234/index.html',
    'app://other/index.html',
    'application://workbench/index.html',
    'https://workbench/index.html',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'data:text/html,app://workbench/',
    'about:blank',
    'workbench',
    '',
  ])('%s is not', (url) => {
    expect(isOurUrl(url)).toBe(false);
    expect(mayNavigate(url)).toBe(false);
  });
});

describe('links that leave the window', () => {
  it('sends known https sites to the browser', () => {
    expect(externalLink('https://arxiv.org/abs/2411.19146')).toBe('https://arxiv.org/abs/2411.19146');
  });

  it.each([
    'http://arxiv.org/abs/2411.19146',
    'https://arxiv.org.evil.example/',
    'https://arxiv.org@evil.example/',
    'https://user:pw@arxiv.org/',
    'https://arxiv.org:8443/',
    'https://evil.example/?https://arxiv.org/',
    'file:///etc/passwd',
    'smb://arxiv.org/share',
    'javascript:alert(1)',
    APP_URL,
    'nonsense',
  ])('keeps %s closed', (url) => {
    expect(externalLink(url)).toBeUndefined();
  });
});

describe('permissions', () => {
  it('lets our main frame copy text, and nothing else', () => {
    expect(mayUsePermission('clipboard-sanitized-write', APP_URL, true)).toBe(true);
    expect(mayUsePermission('clipboard-sanitized-write', APP_URL, false)).toBe(false);
    expect(mayUsePermission('clipboard-sanitized-write', 'https://evil.example/', true)).toBe(false);
    for (const permission of ['clipboard-read', 'media', 'geolocation', 'notifications', 'openExternal', 'unknown']) {
      expect(mayUsePermission(permission, APP_URL, true)).toBe(false);
    }
  });
});

describe('content security policy', () => {
  const directives = new Map(
    CONTENT_SECURITY_POLICY.split('; ').map((directive) => {
      const [name = '', ...values] = directive.split(' ');
      return [name, values] as const;
    }),
  );

  it('allows nothing that it does not name', () => {
    expect(directives.get('default-src')).toEqual(["'none'"]);
  });

  it('runs only our own script files and reaches no network', () => {
    expect(directives.get('script-src')).toEqual(["'self'"]);
    expect(directives.get('connect-src')).toEqual(["'self'"]);
    expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe-eval|https?:|\*/);
  });
});

it('the page has neither Node nor a way around the sandbox', () => {
  expect(WEB_PREFERENCES).toMatchObject({ contextIsolation: true, sandbox: true, webSecurity: true });
  for (const [name, value] of Object.entries(WEB_PREFERENCES)) if (name.startsWith('nodeIntegration')) expect(value).toBe(false);
});
