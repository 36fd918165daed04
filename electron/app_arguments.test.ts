import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAppArguments } from './app_arguments.ts';

const CWD = path.resolve('/work');

describe('the app\'s command line', () => {
  it('opens a window, with a project where one is named', () => {
    expect(parseAppArguments([], CWD)).toEqual({ kind: 'window', projectFolder: undefined });
    const project = { kind: 'window', projectFolder: path.join(CWD, 'demo') };
    expect(parseAppArguments(['--project', 'demo'], CWD)).toEqual(project);
    expect(parseAppArguments(['--project=demo'], CWD)).toEqual(project);
    expect(parseAppArguments(['--enable-logging', '--project', 'demo'], CWD)).toEqual(project);
    expect(parseAppArguments(['--project'], CWD)).toEqual({ kind: 'window', projectFolder: undefined });
  });

  it('hands everything after --cli to the CLI untouched', () => {
    const args = ['solve', '--project', 'demo', '--json', '--cli'];
    expect(parseAppArguments(['--cli', ...args], CWD)).toEqual({ kind: 'cli', args });
    expect(parseAppArguments(['--ozone-platform=headless', '--disable-gpu', '--cli', ...args], CWD)).toEqual({ kind: 'cli', args });
    expect(parseAppArguments(['--cli'], CWD)).toEqual({ kind: 'cli', args: [] });
  });

  it('takes --cli for the CLI only at the front', () => {
    expect(parseAppArguments(['--project', 'demo', '--cli'], CWD).kind).toBe('window');
    expect(parseAppArguments(['file.json', '--cli'], CWD).kind).toBe('window');
  });
});
