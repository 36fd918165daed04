/** Peers' answers kept in a file from run to run, so that developing does not wait for them. Never used for published tables. */
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

export function openCache(file) {
  if (file === undefined) return undefined;
  const answers = new Map(Object.entries(existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}));
  return {
    get: (key) => answers.get(key),
    set: (key, answer) => {
      answers.set(key, answer);
      return writeFile(file, JSON.stringify(Object.fromEntries(answers)));
    },
  };
}
