import { describe, expect, it } from 'vitest';
import { MemoryFiles } from '../../transformer/memory_files.ts';
import { PASSAGE_CHARACTERS, userText } from './user_documents.ts';

async function documents(files: Record<string, string | Uint8Array>, path: string): Promise<string[]> {
  const found: string[] = [];
  for await (const document of (await userText(new MemoryFiles(files), path)).documents()) found.push(document);
  return found;
}

const manyFiles = (content: (i: number) => string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`/texts/${String(i).padStart(2, '0')}.txt`, content(i)]));

describe('text files', () => {
  it('are a document each where there are many', async () => {
    const text = (i: number): string => `file ${i}\n\n${'words '.repeat(1000)}\n\nend`;
    expect(await documents(manyFiles(text), '/texts')).toEqual(Array.from({ length: 25 }, (_, i) => text(i)));
  });

  it('are cut at blank lines where there are few, no text lost', async () => {
    const paragraphs = Array.from({ length: 40 }, (_, i) => `paragraph ${i} ${'word '.repeat(100)}`.trim());
    const found = await documents({ 'book.txt': paragraphs.join('\n \n') }, 'book.txt');
    expect(found.length).toBeGreaterThan(5);
    for (const passage of found.slice(0, -1)) expect(passage.length).toBeGreaterThan(PASSAGE_CHARACTERS - 2);
    expect(found.join('\n\n').split(/\n\s*\n/)).toEqual(paragraphs);
  });

  it('are cut at lines where there are no blank ones', async () => {
    const line = 'a line of a log file with a few words';
    const found = await documents({ 'x.md': `${line}\n`.repeat(5000) }, 'x.md');
    expect(found.length).toBeGreaterThan(2);
    expect(found.join('\n')).toBe(Array.from({ length: 5000 }, () => line).join('\n'));
  });
});

describe('JSON Lines', () => {
  it('are a document per line, whatever else a line has', async () => {
    const content = `\ufeff${JSON.stringify({ id: 1, text: 'one\n\ntwo' })}\r\n\r\n${JSON.stringify({ text: '' })}\n${JSON.stringify({ text: 'é😀' })}`;
    expect(await documents({ 'a.jsonl': content }, 'a.jsonl')).toEqual(['one\n\ntwo', 'é😀']);
  });

  it('may have long lines', async () => {
    const text = 'abc äöü '.repeat(50_000);
    expect(await documents({ 'a.jsonl': `${JSON.stringify({ text })}\n` }, 'a.jsonl')).toEqual([text]);
  });

  it.each([
    ['what is not JSON', '{"text": "a"}\n{"text": "b"\n', /a\.jsonl, line 2: expected a JSON object with a text field, found what is not JSON/],
    ['an array', '["a"]', /line 1: .*found an array/],
    ['a null', '\n\nnull', /line 3: .*found null/],
    ['another field', '{"content": "a"}', /line 1: .*found one with content/],
    ['a number', '{"text": 5}', /line 1: expected text that is a string, found number/],
  ])('refuse %s with the line', async (_, content, message) => {
    await expect(documents({ 'a.jsonl': content }, 'a.jsonl')).rejects.toThrow(message);
  });
});

describe('folders', () => {
  const files = {
    '/data/b/deep/x.txt': 'third',
    '/data/a.jsonl': '{"text": "first"}\n{"text": "second"}\n',
    '/data/z.MD': 'fourth',
    '/data/picture.png': Uint8Array.of(0x89, 0x50, 0, 0xff),
    '/data/b/notes.pdf': 'no',
  };

  it('are read with all below them, in the order of names', async () => {
    expect(await documents(files, '/data')).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('name what is skipped', async () => {
    const { notes } = await userText(new MemoryFiles(files), '/data');
    expect(notes).toEqual(['Skipped 2 of 5 files, which are not .txt, .md or .jsonl: /data/b/notes.pdf, /data/picture.png.']);
  });

  it('without text are refused', async () => {
    await expect(userText(new MemoryFiles({ '/data/a.png': 'x' }), '/data')).rejects.toThrow(/\/data: expected a \.txt, \.md or \.jsonl file .* found only \/data\/a\.png/);
  });

  it('that are a file of another kind are refused', async () => {
    await expect(userText(new MemoryFiles({ '/data/a.png': 'x' }), '/data/a.png')).rejects.toThrow(/expected a \.txt/);
  });

  it('that do not exist are named', async () => {
    await expect(userText(new MemoryFiles(), '/nowhere')).rejects.toMatchObject({ payload: { code: 'not_found', message: expect.stringContaining('/nowhere') } });
  });
});
