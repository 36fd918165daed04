/** Weights on the device that may be wanted again, up to a limit of bytes; what was not used for longest goes first. */
import { disposeWeights, uploadBlock, type DeviceWeights } from '../transformer/device_weights.ts';
import type { HostWeights } from '../transformer/host_tensor.ts';

interface Entry {
  readonly weights: DeviceWeights;
  readonly bytes: number;
}

export class WeightCache {
  readonly #limitBytes: number;
  /** In order of last use. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Does `work` with the weights under `key`, which `load` provides where they are not there. They stay the cache's. */
  async use<T>(key: string, load: () => Promise<HostWeights>, work: (weights: DeviceWeights) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key) ?? (await this.#upload(load));
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    try {
      return await work(entry.weights);
    } finally {
      this.#shrink(this.#limitBytes);
    }
  }

  dispose(): void {
    this.#shrink(0);
  }

  async #upload(load: () => Promise<HostWeights>): Promise<Entry> {
    const host = await load();
    const bytes = Object.values(host).reduce((sum, { data }) => sum + data.byteLength, 0);
    this.#shrink(Math.max(0, this.#limitBytes - bytes));
    const entry = { weights: uploadBlock(host), bytes };
    this.#bytes += bytes;
    return entry;
  }

  #shrink(limitBytes: number): void {
    for (const [key, { weights, bytes }] of this.#entries) {
      if (this.#bytes <= limitBytes) return;
      disposeWeights(weights);
      this.#entries.delete(key);
      this.#bytes -= bytes;
    }
  }
}
