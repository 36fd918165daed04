import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as fc from 'fast-check';
import { readStateFile, writeFileAtomically, writeStateFile } from './state_file.ts';
import { placeWindow, windowStateSchema, type WindowState } from './window_state.ts';

const PRIMARY = { x: 0, y: 25, width: 1920, height: 1055 };
const LEFT = { x: -2560, y: 0, width: 2560, height: 1440 };

describe('placing the window', () => {
  it('puts it back where it was', () => {
    const saved: WindowState = { x: 100, y: 80, width: 1200, height: 800, maximized: false };
    expect(placeWindow(saved, [PRIMARY])).toEqual(saved);
    expect(placeWindow({ ...saved, x: -2000 }, [PRIMARY, LEFT])).toEqual({ ...saved, x: -2000 });
  });

  it('centres it on the primary display at first, and when its display is gone', () => {
    const centred = { x: 240, y: 103, width: 1440, height: 900, maximized: false };
    expect(placeWindow(undefined, [PRIMARY])).toEqual(centred);
    expect(placeWindow({ x: -2000, y: 80, width: 1200, height: 800, maximized: true }, [PRIMARY])).toEqual({
      ...centred,
      maximized: true,
    });
  });

  it('pulls in a window that sticks out and cuts one that is too large', () => {
    expect(placeWindow({ x: 1700, y: 700, width: 1000, height: 700, maximized: false }, [PRIMARY])).toEqual({
      x: 920,
      y: 380,
      width: 1000,
      height: 700,
      maximized: false,
    });
    expect(placeWindow({ x: 0, y: 0, width: 5000, height: 4000, maximized: false }, [PRIMARY])).toEqual({
      ...PRIMARY,
      maximized: false,
    });
  });

  it('always lies inside a display, even one smaller than the smallest window', () => {
    const area = fc.record({
      x: fc.integer({ min: -4000, max: 4000 }),
      y: fc.integer({ min: -4000, max: 4000 }),
      width: fc.integer({ min: 320, max: 4000 }),
      height: fc.integer({ min: 240, max: 4000 }),
    });
    const saved = fc.record({
      x: fc.integer({ min: -9000, max: 9000 }),
      y: fc.integer({ min: -9000, max: 9000 }),
      width: fc.integer({ min: 1, max: 9000 }),
      height: fc.integer({ min: 1, max: 9000 }),
      maximized: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.option(saved, { nil: undefined }), fc.array(area, { minLength: 1, maxLength: 3 }), (state, areas) => {
        const placed = placeWindow(state, areas);
        const inside = areas.some(
          (a) =>
            placed.x >= a.x &&
            placed.y >= a.y &&
            placed.x + placed.width <= a.x + a.width &&
            placed.y + placed.height <= a.y + a.height,
        );
        expect(inside).toBe(true);
      }),
    );
  });
});

describe('state files', () => {
  let folder = '';
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'shell-state-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('come back as written', () => {
    const file = path.join(folder, 'deep', 'window.json');
    const state: WindowState = { x: 1, y: 2, width: 1000, height: 700, maximized: true };
    writeStateFile(file, state);
    expect(readStateFile(file, windowStateSchema)).toEqual(state);
    expect(readdirSync(path.dirname(file))).toEqual(['window.json']);
  });

  it.each(['', '{', '[]', '{"x":1}', '{"x":1e9,"y":0,"width":1,"height":1,"maximized":false}', 'null'])(
    'count as absent when they hold %j',
    (text) => {
      const file = path.join(folder, 'window.json');
      writeFileSync(file, text);
      expect(readStateFile(file, windowStateSchema)).toBeUndefined();
    },
  );

  it('leave the old content and no litter when a write fails', () => {
    const blocked = path.join(folder, 'taken');
    writeFileSync(path.join(folder, 'keep'), 'old');
    writeFileAtomically(path.join(folder, 'keep'), 'new');
    expect(readFileSync(path.join(folder, 'keep'), 'utf8')).toBe('new');
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    writeStateFile(path.join(folder, 'keep', 'below-a-file.json'), {});
    expect(log).toHaveBeenCalledWith(expect.stringContaining('below-a-file.json'));
    log.mockRestore();
    expect(() => writeFileAtomically(path.join(blocked, 'x'), '')).toThrow(/ENOENT/);
    expect(readdirSync(folder)).toEqual(['keep']);
  });
});
