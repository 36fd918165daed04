/**
 * What the window may do, as pure decisions: whose URL is ours, where it may go, what it may open, which permissions
 * it gets and the content security policy its pages come with. Follows Electron's security checklist; main.ts only
 * applies these answers.
 */
export const APP_SCHEME = 'app';
const APP_HOST = 'workbench';
/** Also the page's origin as Chromium serialises it. */
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const APP_URL = `${APP_ORIGIN}/index.html`;

/** No network at all, no eval; inline styles because Plotly adds its mode-bar rules that way. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "worker-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Electron's safe defaults, stated so that a change of them is a decision. */
export const WEB_PREFERENCES = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  // Its dictionaries would come from the network.
  spellcheck: false,
} as const;

/** Sites the user's own browser may be sent to: where papers, models and licences live. */
const LINK_HOSTS: ReadonlySet<string> = new Set([
  'arxiv.org',
  'developer.nvidia.com',
  'docs.nvidia.com',
  'build.nvidia.com',
  'github.com',
  'huggingface.co',
  'www.gnu.org',
]);

/** Compares parsed parts, never a prefix: `app://workbench.evil` and `app://workbench@evil` are not ours. */
export function isOurUrl(url: string): boolean {
  const parsed = parse(url);
  // `origin` is "null" for custom schemes in Node's URL, so its parts are compared.
  return (
    parsed !== undefined &&
    parsed.protocol === `${APP_SCHEME}:` &&
    parsed.hostname === APP_HOST &&
    parsed.port === '' &&
    parsed.username === '' &&
    parsed.password === ''
  );
}

export function mayNavigate(url: string): boolean {
  return isOurUrl(url);
}

/** A new window is never opened; a link to a known site goes to the user's browser. */
export function externalLink(url: string): string | undefined {
  const parsed = parse(url);
  if (parsed === undefined || parsed.protocol !== 'https:' || !LINK_HOSTS.has(parsed.hostname)) return undefined;
  if (parsed.username !== '' || parsed.password !== '' || parsed.port !== '') return undefined;
  return parsed.href;
}

/** Electron grants everything by default. Our page only ever copies text. */
export function mayUsePermission(permission: string, requestingUrl: string, isMainFrame: boolean): boolean {
  return permission === 'clipboard-sanitized-write' && isMainFrame && isOurUrl(requestingUrl);
}

function parse(url: string): URL | undefined {
  try {
    return new URL(url);
  } catch {
    return undefined;
  }
}
