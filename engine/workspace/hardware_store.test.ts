import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deviceSchema } from '../protocol/hardware.ts';
import { HardwareStore } from './hardware_store.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'puzzle-workbench-hardware-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const device = (id: string) =>
  deviceSchema.parse({ id, name: id, kind: 'gpu', peak_tflops: { bf16: 100 }, memory_bytes: 24e9, memory_gb_s: 1000, link: { name: 'PCIe4', gb_s_per_direction: 32 }, source: 'test' });
const parent = { id: 'mine-1a2b3c', name: 'Mine', num_hidden_layers: 2, num_key_value_heads: 2, intermediate_size: 64, source: 'test', shape: { hidden_size: 32, num_attention_heads: 4, head_dim: 8, vocab_size: 100, tie_word_embeddings: false } };

describe('hardware and models of a project', () => {
  it('are there again when it is opened the next time', async () => {
    const store = await HardwareStore.open({ folder, writable: true });
    await Promise.all([store.saveDevice(device('one')), store.saveDevice(device('two')), store.saveModel(parent)]);
    expect(store.devices).toHaveLength(2);
    await store.saveDevice({ ...device('one'), memory_gb_s: 2000 });
    await store.remove('device', 'two');
    const again = await HardwareStore.open({ folder, writable: true });
    expect(again.devices.map(({ id, memory_gb_s: rate, origin }) => [id, rate, origin])).toEqual([['one', 2000, 'user']]);
    expect(again.models).toEqual([parent]);
    expect(again.damaged).toBeUndefined();
  });

  it('are not written over where they cannot be read', async () => {
    const file = path.join(folder, 'hardware.json');
    writeFileSync(file, '{"format": "puzzle-workbench/hardware", "version": 1, "devices": [{');
    const store = await HardwareStore.open({ folder, writable: true });
    expect(store.damaged).toContain(file);
    await expect(store.saveDevice(device('one'))).rejects.toThrow(file);
    expect(readFileSync(file, 'utf8')).toContain('"devices": [{');
  });

  it('live as long as the process where the project can only be read', async () => {
    const store = await HardwareStore.open({ folder, writable: false });
    await store.saveDevice(device('one'));
    await store.saveModel(parent);
    expect([store.devices.length, store.models.length]).toEqual([1, 1]);
    const again = await HardwareStore.open({ folder, writable: true });
    expect([again.devices.length, again.models.length]).toEqual([0, 0]);
  });
});
