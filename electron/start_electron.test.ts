import process from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import { READY_LINE } from './app_arguments.ts';
import { startElectron } from './start_electron.ts';

/** Node plays Electron. */
const start = (script: string, readyWithinMs = 10_000) => startElectron(process.execPath, ['-e', script], readyWithinMs);

describe('starting Electron', () => {
  it('is ready when it says so, and its exit code follows', async () => {
    const started = await start(`console.log('noise'); console.log(${JSON.stringify(READY_LINE)}); setTimeout(() => process.exit(7), 50)`);
    expect(started.kind).toBe('ready');
    expect(started.kind === 'ready' && (await started.exit)).toBe(7);
  });

  it('failed when it ends first; what it printed tells why', async () => {
    const started = await start(`console.error('No usable sandbox!'); process.exit(133)`);
    expect(started).toMatchObject({
      kind: 'failed',
      failure: { kind: 'exit', code: 133 },
      output: expect.stringContaining('No usable sandbox!'),
    });
  });

  it('failed when it stays silent, and is gone afterwards', async () => {
    const started = await start(`setInterval(() => {}, 1000)`, 300);
    expect(started).toMatchObject({ kind: 'failed', failure: { kind: 'timeout' } });
  });

  it('is not turned into plain Node by the environment', async () => {
    vi.stubEnv('ELECTRON_RUN_AS_NODE', '1');
    vi.stubEnv('PUZZLE_TEST', 'kept');
    const started = await start(`console.error(process.env.ELECTRON_RUN_AS_NODE, process.env.PUZZLE_TEST)`);
    vi.unstubAllEnvs();
    expect(started).toMatchObject({ output: 'undefined kept\n' });
  });

  it('failed when there is nothing to run', async () => {
    const started = await startElectron('/nonexistent/electron', [], 1_000);
    expect(started).toMatchObject({ kind: 'failed', failure: { kind: 'spawn' } });
  });
});
