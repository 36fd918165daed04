/** Errors as they cross the boundary: a code to act on, a sentence to show, and a way out. */
import { z } from 'zod';

export const ERROR_CODES = [
  /** Parameters or a file that cannot be understood; the message names the place and what was expected. */
  'bad_input',
  /** No such library, project or file. */
  'not_found',
  /** Something else holds what is asked for, such as the project's lock. */
  'conflict',
  /** The caller withdrew the request. */
  'cancelled',
  /** Too large for the stated limit. */
  'too_large',
  /** The disk or the operating system refused. */
  'io',
  /** The engine stopped; it may be back. */
  'engine_gone',
  /** A fault of ours. */
  'internal',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export const errorPayloadSchema = z.object({
  code: z.enum(ERROR_CODES),
  message: z.string(),
  /** What to do about it. */
  hint: z.string().optional(),
  /** Where it is: file, path inside the file, what was expected and what was found. */
  details: z
    .object({
      file: z.string().optional(),
      path: z.string().optional(),
      expected: z.string().optional(),
      found: z.string().optional(),
    })
    .optional(),
  retryable: z.boolean(),
});
export type ErrorPayload = z.infer<typeof errorPayloadSchema>;

/** The one error type that engine and renderer throw on purpose. */
export class WorkbenchError extends Error {
  readonly payload: ErrorPayload;

  constructor(code: ErrorCode, message: string, rest: Omit<Partial<ErrorPayload>, 'code' | 'message'> = {}) {
    super(message);
    this.name = 'WorkbenchError';
    this.payload = { retryable: false, ...rest, code, message };
  }

  static from(payload: ErrorPayload): WorkbenchError {
    return new WorkbenchError(payload.code, payload.message, payload);
  }
}

/** A file that cannot be read as what it should be. */
export function badInput(
  file: string,
  path: string,
  expected: string,
  found: string,
  hint?: string,
): WorkbenchError {
  const place = path === '' ? file : `${file}, ${path}`;
  return new WorkbenchError('bad_input', `${place}: expected ${expected}, found ${found}.`, {
    details: { file, path, expected, found },
    hint,
  });
}

/** Any thrown value as a payload; foreign errors become `internal` with their message. */
export function toErrorPayload(thrown: unknown): ErrorPayload {
  if (thrown instanceof WorkbenchError) return thrown.payload;
  if (thrown instanceof z.ZodError) {
    const issue = thrown.issues[0];
    const path = issue?.path.join('.') ?? '';
    return {
      code: 'bad_input',
      message: `${path === '' ? 'Request' : path}: ${issue?.message ?? 'not what was expected'}`,
      details: { path },
      retryable: false,
    };
  }
  if (thrown instanceof Error) {
    const code = 'code' in thrown && typeof thrown.code === 'string' && /^E[A-Z]+$/.test(thrown.code) ? 'io' : 'internal';
    return { code, message: thrown.message, retryable: code === 'io' };
  }
  return { code: 'internal', message: String(thrown), retryable: false };
}

export function isCancelled(thrown: unknown): boolean {
  return thrown instanceof WorkbenchError && thrown.payload.code === 'cancelled';
}
