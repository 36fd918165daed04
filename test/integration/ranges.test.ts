import { describe, expect, it } from 'vitest';
import { sharedData } from '../support/shared_data.ts';
import { importLibrary } from '../../engine/library/import.ts';
import { readImportFiles } from '../../engine/library/read_files.ts';
import { sampleLibrary } from '../../engine/library/sample.ts';
import { toView } from '../../engine/library/view.ts';
import { columnRanges } from '../../engine/search/ranges.ts';

describe('column ranges', () => {
  it('span what the sample can reach, the parent inside', () => {
    const ranges = columnRanges(toView('sample', sampleLibrary()));
    const parameters = ranges.find((range) => range.column === 'num_params');
    // Embedding, head and final norm alone; all of Llama-3.1-70B (puzzle.md 2.2).
    expect(parameters).toEqual({ column: 'num_params', smallest: 2 * 1_050_673_152 + 8192, largest: 70_553_706_496, parent: 70_553_706_496 });
    for (const { smallest, parent, largest } of ranges) {
      expect(smallest).toBeLessThanOrEqual(parent);
      expect(parent).toBeLessThanOrEqual(largest);
    }
  });

  const folder = sharedData('nvlabs-puzzle');
  it.skipIf(folder === undefined)('give a finite throughput where a child can take no time at all', async () => {
    const view = toView('nvlabs', importLibrary(await readImportFiles(folder!)));
    const throughput = columnRanges(view).find((range) => range.column === 'total_tok_s');
    expect(throughput?.parent).toBeCloseTo(4700.28, 2);
    expect(throughput?.largest).toBeCloseTo((256 * 1200 * 1000) / 83.977, -3);
  });

  it.skipIf(folder === undefined)('count the blocks of the NVlabs library whose loss is below the parent model', async () => {
    const ranges = columnRanges(toView('nvlabs', importLibrary(await readImportFiles(folder!))));
    // puzzle.md 1.10: 38 entries lie below the parent's 1.641809; divergence from the parent cannot be below 0.
    expect(ranges.find((range) => range.column === 'lm_loss')?.better_than_parent).toBe(38);
    expect(ranges.find((range) => range.column === 'kl_div')?.better_than_parent).toBe(0);
  });
});
