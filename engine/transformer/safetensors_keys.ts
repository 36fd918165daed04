/** Finds a key that occurs twice in one object of a JSON text: `JSON.parse` would silently keep the last one. */

/** The first repeated key, or undefined. `text` must be valid JSON. */
export function repeatedKey(text: string): string | undefined {
  // One entry per open bracket: the keys of an object so far, or undefined for a list.
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '{':
        open.push(new Set());
        isKeyNext = true;
        break;
      case '[':
        open.push(undefined);
        isKeyNext = false;
        break;
      case '}':
      case ']':
        open.pop();
        isKeyNext = false;
        break;
      case ',':
        isKeyNext = open.at(-1) !== undefined;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (isKeyNext) {
          const key = String(JSON.parse(text.slice(i, end + 1)));
          const keys = open.at(-1);
          if (keys?.has(key) === true) return key;
          keys?.add(key);
          isKeyNext = false;
        }
        i = end;
        break;
      }
      default:
    }
  }
  return undefined;
}

/** Where the string that starts at `start` has its closing quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"' || i >= text.length) return i;
  }
}
