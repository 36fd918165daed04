/** What browser mode lets in: only the page it serves, on this machine, with this run's token. */
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeFolder, ROOT, startServer, temporaryFolder, type RunningServer } from '../fixtures/server.mjs';
import { connectClient, openSocket } from './engine_client.ts';

let folder: string;
let server: RunningServer;
beforeAll(async () => {
  folder = await temporaryFolder();
  server = await startServer({ project: path.join(folder, 'project'), home: path.join(folder, 'home') });
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

function request(target: string, options: { readonly method?: string; readonly host?: string } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = http.request(
      { host: '127.0.0.1', port: server.port, path: target, method: options.method ?? 'GET', headers: { host: options.host ?? `127.0.0.1:${server.port}` } },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    call.once('error', reject).end();
  });
}

describe('pages', () => {
  it('serves the page with a policy that runs and loads nothing but our own files', async () => {
    const answer = await request('/');
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('<div id="root">');
    const policy = String(answer.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toContain(`connect-src 'self' ws://127.0.0.1:${server.port}`);
    expect(policy).not.toMatch(/unsafe-eval|\*/);
    expect(answer.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });

  it.each(['localhost', 'evil.example', 'evil.example:80', '127.0.0.1'])('refuses the host %s, which DNS rebinding would send', async (host) => {
    const answer = await request('/', { host });
    expect(answer.status).toBe(403);
    expect(answer.body).not.toContain('root');
  });

  it.each([
    '/../../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/../../../package.json',
    '/..\\..\\package.json',
    '/%00',
    '/%',
    '//etc/passwd',
    '/nothing.js',
  ])('answers 404 to %s', async (target) => {
    const answer = await request(target);
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('puzzle-workbench');
  });

  it('reads only', async () => {
    expect((await request('/', { method: 'POST' })).status).toBe(405);
    expect(await request('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('does not say the token anywhere', async () => {
    const { body } = await request('/');
    expect(body).not.toContain(server.token);
    const index = await readFile(path.join(ROOT, 'dist', 'renderer', 'index.html'), 'utf8');
    expect(body).toBe(index);
  });
});

describe('sockets', () => {
  it.each([
    ['without an origin', {}],
    ['with another origin', { origin: 'http://evil.example' }],
    ['with the origin of another port', { origin: 'http://127.0.0.1:1' }],
    ['with the origin of localhost', { origin: 'http://localhost' }],
  ])('are refused %s, even with the token', async (_, options) => {
    expect(await openSocket(server, { ...options, token: server.token })).toEqual({ kind: 'refused', status: 403 });
  });

  it('are refused under another host name', async () => {
    expect(await openSocket(server, { origin: server.origin, host: 'evil.example', token: server.token })).toEqual({ kind: 'refused', status: 403 });
  });

  it.each([
    ['a wrong token', 'wrong'],
    ['no token', ''],
    ['a token of the right length', 'A'.repeat(32)],
  ])('are closed with 4001 after %s', async (_, token) => {
    expect(await openSocket(server, { origin: server.origin, token })).toEqual({ kind: 'closed', code: 4001 });
  });

  it('are closed with 4001 where the token comes as bytes', async () => {
    expect(await openSocket(server, { origin: server.origin, token: server.token, binary: true })).toEqual({ kind: 'closed', code: 4001 });
  });

  it('reach the engine with origin and token', async () => {
    const client = await connectClient(server);
    const { libraries } = await client.call('library.list', {});
    expect(libraries.map((library) => library.origin)).toEqual(['sample', 'sample']);
    client.close();
  });
});

describe('the network', () => {
  it('listens on 127.0.0.1 and nowhere else', async () => {
    const others = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []).filter((address) => !address.internal).map((address) => address.address);
    // Linux answers on all of 127.0.0.0/8, so that a listener on every interface would be reached here too.
    const addresses = process.platform === 'linux' ? [...others, '127.0.0.2'] : others;
    expect(await reaches('127.0.0.1')).toBe(true);
    for (const address of addresses) expect(await reaches(address), address).toBe(false);
  });
});

function reaches(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port: server.port });
    const settle = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

describe('the command line', () => {
  it('refuses a port that is none', async () => {
    await expect(startServer({ project: folder, home: folder, port: 70_000 })).rejects.toThrow(/exit code 2[\s\S]*--port/);
  });

  it('says that a port is taken', async () => {
    await expect(startServer({ project: path.join(folder, 'other'), home: path.join(folder, 'home'), port: server.port })).rejects.toThrow(/in use/);
  });
});
