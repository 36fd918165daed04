/** What the rungs of the tensor backend ladder have in common. */

/** A backend that is open and current. */
export interface Rung {
  /** For people. */
  readonly line: string;
  /** Versions of what results depend on, besides tfjs's. */
  readonly versions: Readonly<Record<string, string>>;
  /** Makes it current again after another one was. */
  activate(): Promise<void>;
  /** Where native calls can spread over cores; see `OpenDevice`. */
  useThreads?(count: number): void;
  dispose(): void;
}

export interface RungOptions {
  /** Threads of one native call. */
  readonly threads: number;
  /** Asked for by name: taken even where another rung would be faster. */
  readonly forced: boolean;
  /** Whether our own wasm kernels are used, where the rung has them. */
  readonly fusedKernels: boolean;
}

export type OpenRung = (options: RungOptions) => Promise<Rung>;

/** Why a rung cannot be used here: half a sentence, and what would change it. */
export class RungUnavailable extends Error {
  readonly remedy: string | undefined;

  constructor(reason: string, remedy?: string) {
    super(reason);
    this.name = 'RungUnavailable';
    this.remedy = remedy;
  }
}
